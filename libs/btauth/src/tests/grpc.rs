//! The layers around real gRPC services and clients.

mod calls;
mod kit;
mod refusals;
mod vectors;
