//! The one service that knows a chain: it reads a subnet of Bittensor and writes to it with a hotkey.
