//! The RPC side under faults.

mod faults;
mod mutations;
