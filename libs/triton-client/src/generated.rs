//! NVIDIA's protocol as Rust, compared with its protos by `tests/generated.rs`.
include!("generated/inference.rs");
