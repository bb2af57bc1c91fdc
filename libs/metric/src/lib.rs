//! How far two answers are apart: the scheduler asks which of several agrees best, the scorer how right one is.
//!
//! One metric in each file. All are pure. Those of text count in words or characters of [normalised](normalise) text, but
//! for chrF, which takes the text as it is written; those of sound take samples of -1..=1.
//!
//! Each is compared with the implementation that the field uses: with answers that are recorded in `oracles/`, and where that
//! implementation is there, as in `cargo verify`, with its answers to new cases.

mod agreement;
mod align;
mod analysis;
mod bits;
mod chrf;
mod embedding;
mod normalise;
#[cfg(test)]
#[expect(clippy::print_stdout, reason = "its figures are for people")]
mod oracle;
mod resample;
mod rouge;
mod si_sdr;
mod stoi;
mod units;
mod wer;

pub use agreement::{Said, agreement, likeness};
pub use align::align;
pub use analysis::{Closeness, measured};
pub use chrf::{Grams, chrf};
pub use embedding::cosine;
pub use normalise::normalise;
pub use resample::resample;
pub use rouge::{Outline, rouge_l};
pub use si_sdr::si_sdr;
pub use stoi::stoi;
pub use units::Unit;
pub use wer::{Spoken, cer, wer};
