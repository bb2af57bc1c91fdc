//! Talks to a Triton Inference Server over its KServe v2 gRPC protocol.
//!
//! ```no_run
//! use std::time::Duration;
//! use futures_util::StreamExt as _;
//! use triton_client::{ErrorKind, Options, Tensor, Triton};
//!
//! # async fn example(samples: Vec<i16>) -> Result<(), triton_client::Error> {
//! let options = Options { admin_key: Some("secret".into()), ..Options::default() };
//! let triton = Triton::connect_lazy("http://127.0.0.1:8001", options)?;
//! triton.load("asr").await?;
//!
//! let answer = triton
//!     .infer("asr")
//!     .input("pcm", Tensor::i16([1, samples.len()], &samples))
//!     .input("language", Tensor::text([1, 1], ["auto"]))
//!     .id("task-1")
//!     .timeout(Duration::from_secs(30))
//!     .param("beam", 1)
//!     .send()
//!     .await;
//! match answer {
//!     Ok(output) => println!("{}", output.text("text")?),
//!     Err(error) if error.kind == ErrorKind::DeadStub => {
//!         triton.unload("asr").await?;
//!         triton.load("asr").await?;
//!     }
//!     Err(error) => return Err(error),
//! }
//!
//! let mut parts = triton.infer("tts").input("text", Tensor::text([1], ["hello"])).stream().await?;
//! while let Some(part) = parts.next().await {
//!     let audio = part?.f32("audio")?.collect::<Vec<f32>>();
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Every call carries the current span's trace context. Types of the wire stay inside: a failure is an
//! [`Error`] whose [`ErrorKind`] says what to do. With feature `fake` there is a server for tests
//! in module `fake`.

mod client;
mod datatype;
mod decode;
mod error;
#[cfg(feature = "fake")]
pub mod fake;
#[allow(clippy::all, dead_code, missing_docs, unreachable_pub, reason = "generated, and more than is used")]
mod generated;
mod infer;
mod metadata;
mod output;
mod param;
mod propagate;
mod repository;
mod shm;
mod status;
mod stream;
mod tensor;

pub use client::{Options, Triton};
pub use datatype::{DataType, Element, UnknownDataType, Values};
pub use error::{Error, ErrorKind};
pub use infer::Infer;
pub use metadata::{BatchStatistics, ModelMetadata, ModelStatistics, TensorInfo, Timing};
pub use output::Output;
pub use param::Param;
pub use repository::{ModelState, ModelStatus};
pub use shm::Region;
pub use stream::OutputStream;
pub use tensor::Tensor;
