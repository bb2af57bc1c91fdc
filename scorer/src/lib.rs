//! Is the result good? Everything here is pure: what it computes depends on its arguments alone, and the same records give
//! the same bytes on every machine.
//!
//! - `metric`: how far two texts or sounds are apart, one metric in each file;
//! - `accuracy`: how right an answer is, by kind;
//! - `reward`: what an answer earns by being right, fast and staked;
//! - `copies`: identical wrong answers earn once;
//! - `consensus`: what validators agree on, and how far each can be believed;
//! - `standing`, `weights`: how good a miner has been, and its share;
//! - `round`: all of these in order, over records that can be replayed;
//! - `challenge`, `material`: tasks whose truth is known, made from a seed;
//! - `wandb`: what a validator finds, as a run for Weights & Biases; the one part that is not pure.

pub mod accuracy;
pub mod challenge;
pub mod consensus;
pub mod copies;
pub mod material;
pub mod metric;
pub mod reward;
pub mod round;
pub mod standing;
pub mod wandb;
pub mod weights;
