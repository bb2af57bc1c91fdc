//! The scheduler over real gRPC, with a task store in memory.

mod fake;
mod leases;
mod load;
pub(crate) mod members;
mod outages;
mod pairing;
mod receipts;
mod rig;
mod submit;
