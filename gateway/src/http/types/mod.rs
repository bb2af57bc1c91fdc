//! The public JSON. Keys are a contract: `openapi.json` pins them.

pub(crate) mod detail;
pub(crate) mod health;
pub(crate) mod submit;
pub(crate) mod task;
pub(crate) mod trace;
pub(crate) mod transcript;
