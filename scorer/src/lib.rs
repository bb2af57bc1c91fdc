//! Is the result good? Everything here is pure: what it computes depends on its arguments alone, and the same records give
//! the same bytes on every machine.
//!
//! - `accuracy`: how right an answer is, by kind, by the metrics of the crate `metric`;
//! - `reward`: what an answer earns by being right, fast and staked;
//! - `copies`: identical wrong answers earn once;
//! - `consensus`: what validators agree on, and how far each can be believed;
//! - `standing`, `weights`: how good a miner has been, and its share;
//! - `round`: all of these in order, over records that can be replayed;
//! - `challenge`, `material`: tasks whose truth is known, made from a seed.

pub mod accuracy;
pub mod challenge;
pub mod copies;
pub mod material;
pub mod reward;
pub mod round;
pub mod standing;
#[cfg(test)]
#[expect(clippy::print_stdout, reason = "its figures are for people")]
mod trial;
pub mod weights;

pub use domain::consensus;
pub use metric;
