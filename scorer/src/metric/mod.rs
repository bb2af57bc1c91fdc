//! One metric in each file. All are pure, and count in words or characters of normalised text.

mod edit;
mod normalise;
mod wer;

pub use normalise::normalise;
pub use wer::{cer, wer};
