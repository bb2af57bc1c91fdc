//! Signatures.

/// An sr25519 signature; as text 128 lowercase hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature(pub [u8; 64]);

impl std::fmt::Display for Signature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl std::fmt::Debug for Signature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signature({self})")
    }
}

/// Text that is not a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a signature: 128 lowercase hexadecimal digits are expected")]
pub struct BadSignature;

impl std::str::FromStr for Signature {
    type Err = BadSignature;
    fn from_str(s: &str) -> Result<Self, BadSignature> {
        let mut bytes = [0; 64];
        hex::decode_to_slice(s, &mut bytes).map_err(|_| BadSignature)?;
        Ok(Self(bytes))
    }
}

crate::id::serde_as_text!(Signature);
