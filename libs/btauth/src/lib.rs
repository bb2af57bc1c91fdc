//! Requests signed by a hotkey: the scheme `btauth/1`.
