//! How long a transaction is valid.

/// How long a transaction is valid, in blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Era {
    Immortal,
    Mortal { period: u64, phase: u64 },
}

impl Era {
    /// The block at which the era began that is current at block `now`.
    pub(crate) fn birth(self, now: u64) -> u64 {
        match self {
            Era::Immortal => 0,
            Era::Mortal { period, phase } => (now.max(phase) - phase) / period * period + phase,
        }
    }

    /// One byte of zero, or the two bytes of a mortal era.
    pub(crate) fn read(bytes: &[u8]) -> Option<Era> {
        match *bytes {
            [0] => Some(Era::Immortal),
            [a, b] => {
                let encoded = u64::from(u16::from_le_bytes([a, b]));
                let period = 2 << (encoded % 16);
                let phase = (encoded >> 4) * (period >> 12).max(1);
                (period >= 4 && phase < period).then_some(Era::Mortal { period, phase })
            }
            _ => None,
        }
    }
}
