//! Media in, samples out. A file is known by its bytes, read once, and decoded in constant memory.
//!
//! Order: [`sniff`](sniff::sniff) the container; decode it in Rust; leave what Rust can't read to a contained
//! [`Ffmpeg`]. Every refusal is a [`MediaError`] with one sentence for the person who sent the file.
//! [`chunk`] plans which parts of the sound a model hears together.

mod carried;
mod child;
pub mod chunk;
mod container;
mod decode;
mod downmix;
mod encode;
mod error;
mod ffmpeg;
mod limits;
pub mod loudness;
mod mended;
mod mpeg;
mod native;
mod pcm;
mod promise;
mod render;
mod resample;
mod said;
mod shape;
mod si_sdr;
pub mod sniff;
mod source;
#[cfg(test)]
pub(crate) mod tests;
mod wav;

pub use container::Container;
pub use decode::{Decoder, MediaInfo, Pcm, Sound};
pub use encode::{EncodeError, encode_file, resampled};
pub use error::MediaError;
pub use ffmpeg::Ffmpeg;
pub use limits::ChildLimits;
pub use render::{Picture, render_file};
pub(crate) use resample::Resample;
pub use shape::{Block, Shape};
pub use si_sdr::si_sdr;
