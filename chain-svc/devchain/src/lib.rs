//! A JSON-RPC server over the recorded metadata of a subtensor runtime, for tests and the laptop. It is no node.
