//! Media in, speech samples out. A file is known by its bytes, read once, and decoded in constant memory.
//!
//! Order: [`sniff`](sniff::sniff) the container; decode it in Rust; leave what Rust can't read to a contained
//! [`Ffmpeg`]. Every refusal is a [`MediaError`] with one sentence for the person who sent the file.
//! [`chunk`] plans which parts of the sound a model hears together.

mod child;
pub mod chunk;
mod container;
mod decode;
mod error;
mod ffmpeg;
mod limits;
mod mended;
mod mpeg;
mod native;
mod pcm;
mod promise;
mod resample;
pub mod sniff;
mod source;
#[cfg(test)]
mod tests;
mod wav;

pub use container::Container;
pub use decode::{Decoder, MediaInfo, Pcm};
pub use error::MediaError;
pub use ffmpeg::Ffmpeg;
pub use limits::ChildLimits;
