//! What this chain promises, one sentence per test.

mod accounts;
mod api;
mod commit;
mod epoch;
mod extrinsics;
mod faults;
mod genesis;
mod golden;
mod kit;
mod kit_socket;
mod licence;
mod measured;
mod registration;
mod rpc;
mod serving;
mod start;
mod story;
mod weights;
