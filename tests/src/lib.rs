//! The harness of the stories: a whole cluster in this process, or each service as a program of its own.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc)]

pub mod character;
pub mod cluster;
pub mod codes;
pub mod cost;
pub mod fleet;
pub mod material;
pub mod media;
pub mod mesh;
pub mod official;
pub mod program;

pub use cluster::Cluster;
pub use mesh::Mesh;
pub use program::Program;
