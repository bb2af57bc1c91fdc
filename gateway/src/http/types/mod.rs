//! The public JSON. Keys are a contract: `openapi.json` pins them.

pub(crate) mod detail;
pub(crate) mod facts;
pub(crate) mod form;
pub(crate) mod health;
pub(crate) mod models;
pub(crate) mod quality;
pub(crate) mod responses;
pub(crate) mod result;
pub(crate) mod submit;
pub(crate) mod task;
pub(crate) mod trace;
pub(crate) mod transcript;
