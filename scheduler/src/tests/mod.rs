//! The scheduler over real gRPC, with a task store in memory.

mod fake;
mod fanout;
mod leases;
mod load;
pub(crate) mod members;
mod outages;
mod pairing;
mod receipts;
pub(crate) mod rig;
mod submit;
