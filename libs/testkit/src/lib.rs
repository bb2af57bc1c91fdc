//! Helpers for tests. A dev-dependency only: nothing here is part of the product.

pub mod eventually;
pub mod golden;
