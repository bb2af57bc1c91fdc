//! Identifiers. 128 random bits each, so that knowing one tells nothing about another; randomness comes from the caller.

use std::fmt;

/// Text that is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {what} id: {expected}")]
pub struct BadId {
    what: &'static str,
    expected: &'static str,
}

macro_rules! random_id {
    ($(#[$meta:meta])* $ty:ident, $what:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $ty(u128);

        impl $ty {
            /// From 128 random bits.
            #[must_use]
            pub const fn from_random(bits: u128) -> Self {
                Self(bits)
            }
        }
        impl fmt::Display for $ty {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:032x}", self.0)
            }
        }
        impl fmt::Debug for $ty {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:032x})", stringify!($ty), self.0)
            }
        }
        impl std::str::FromStr for $ty {
            type Err = BadId;
            /// Exactly 32 lowercase hexadecimal digits.
            fn from_str(s: &str) -> Result<Self, BadId> {
                let bad = BadId { what: $what, expected: "32 lowercase hexadecimal digits" };
                if s.len() != 32 || !s.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
                    return Err(bad);
                }
                u128::from_str_radix(s, 16).map(Self).map_err(|_| bad)
            }
        }
    };
}

random_id!(
    /// Names a task.
    TaskId,
    "task"
);
random_id!(
    /// Names a stored file: an input or a result.
    FileId,
    "file"
);
random_id!(
    /// Names one grant of one task to one miner.
    LeaseId,
    "lease"
);

macro_rules! hotkey_id {
    ($(#[$meta:meta])* $ty:ident, $what:literal) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $ty(String);

        impl $ty {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $ty {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl std::str::FromStr for $ty {
            type Err = BadId;
            fn from_str(s: &str) -> Result<Self, BadId> {
                let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
                if (1..=64).contains(&s.len()) && s.bytes().all(fits) {
                    Ok(Self(s.to_owned()))
                } else {
                    Err(BadId { what: $what, expected: "1 to 64 letters, digits, dots, dashes or underscores" })
                }
            }
        }
    };
}

hotkey_id!(
    /// Names a miner: its hotkey (ss58) on a subnet, or a name of the operator's choice off chain.
    /// 1 to 64 of `A-Z a-z 0-9 . _ -`.
    MinerId,
    "miner"
);
hotkey_id!(
    /// Names a validator, in the same way as a miner is named.
    ValidatorId,
    "validator"
);

/// Written and read as its text.
macro_rules! serde_as_text {
    ($($ty:ty),+) => {$(
        impl serde::Serialize for $ty {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $ty {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}
pub(crate) use serde_as_text;

serde_as_text!(TaskId, FileId, LeaseId, MinerId, ValidatorId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_as_it_was_written() {
        let id = TaskId::from_random(0x00ff);
        assert_eq!(id.to_string(), "000000000000000000000000000000ff");
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn what_is_not_an_id_is_refused() {
        // H5: an id never carries a path
        for bad in [
            "",
            "ff",
            "../../../etc/passwd",
            "000000000000000000000000000000FF",
            "+00000000000000000000000000000ff",
        ] {
            assert!(bad.parse::<FileId>().is_err(), "{bad}");
        }
        for bad in ["", "a/b", "a b", "é", &"x".repeat(65)] {
            assert!(bad.parse::<MinerId>().is_err(), "{bad}");
        }
    }
}
