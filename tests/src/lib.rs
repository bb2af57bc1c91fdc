//! The harness of the stories: a whole cluster in this process, or each service as a program of its own.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc)]

pub mod character;
pub mod cluster;
pub mod codes;
pub mod cost;
pub mod fleet;
pub mod gate;
pub mod material;
pub mod media;
pub mod mesh;
pub mod official;
pub mod program;
pub mod validator;

pub use cluster::Cluster;
pub use gate::{Gate, Hold};
pub use mesh::Mesh;
pub use program::Program;
pub use validator::Validator;
