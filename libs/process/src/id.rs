//! Chance as an argument: the one source of random ids.

/// 128 random bits from the operating system's generator.
#[must_use]
pub fn random() -> u128 {
    rand::random()
}

/// 64 random bits.
#[must_use]
pub fn random_u64() -> u64 {
    rand::random()
}
