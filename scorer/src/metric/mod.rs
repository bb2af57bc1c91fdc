//! One metric in each file. All are pure, and count in words or characters of normalised text.

mod chrf;
mod edit;
mod normalise;
mod rouge;
mod si_sdr;
mod wer;

pub use chrf::chrf;
pub use normalise::normalise;
pub use rouge::rouge_l;
pub use si_sdr::si_sdr;
pub use wer::{cer, wer};
