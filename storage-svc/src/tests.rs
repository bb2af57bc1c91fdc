//! What tests of this crate share: sample values, and the service over a real connection.

mod claim;
mod golden;
pub(crate) mod sample;
pub(crate) mod wire;
