//! Stored files. A file is a name for bytes; the bytes are known by their sha256.

use crate::{FileId, Timestamp};

/// A sha256 digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256(pub [u8; 32]);

impl std::fmt::Display for Sha256 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl std::fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sha256({self})")
    }
}

/// Text that is not a sha256 digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a sha256: 64 lowercase hexadecimal digits are expected")]
pub struct BadDigest;

impl std::str::FromStr for Sha256 {
    type Err = BadDigest;
    fn from_str(s: &str) -> Result<Self, BadDigest> {
        let digit = |b: u8| match b {
            b'0'..=b'9' => Ok(b - b'0'),
            b'a'..=b'f' => Ok(b - b'a' + 10),
            _ => Err(BadDigest),
        };
        if s.len() != 64 {
            return Err(BadDigest);
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(s.as_bytes().chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Ok(Self(bytes))
    }
}

crate::id::serde_as_text!(Sha256);

crate::named! {
    /// What a stored file is for; also the first part of its object path in a cloud bucket.
    "file purpose" pub enum FilePurpose {
        /// Audio that a client uploaded.
        UserAudio = "user_audio",
        /// Speech that a miner made.
        TtsAudio = "tts_audio",
        /// Video that a client uploaded.
        UserVideos = "user_videos",
        /// Documents and texts that a client uploaded.
        UserDocuments = "user_documents",
        /// What a miner answered.
        Results = "results",
        /// Anything else that is short-lived.
        Temp = "temp",
    }
}

/// What is known of a stored file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileMeta {
    /// Its name.
    pub id: FileId,
    /// Digest of its bytes, computed while they were written.
    pub sha256: Sha256,
    /// Length in bytes.
    pub size: u64,
    /// Media type found from the bytes, such as `audio/wav`; `application/octet-stream` when unknown.
    pub content_type: String,
    /// The client's own name for it, at most 255 bytes; metadata only, it never becomes a path.
    pub file_name: Option<String>,
    /// What it is for.
    pub purpose: FilePurpose,
    /// When its last byte became durable.
    pub created_at: Timestamp,
    /// When it will be deleted.
    pub expires_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_reads_back_as_it_was_written() {
        let d = Sha256(std::array::from_fn(|i| (i * 9) as u8));
        assert_eq!(d.to_string().parse(), Ok(d));
        assert!("0g".repeat(32).parse::<Sha256>().is_err());
        assert!("00".repeat(31).parse::<Sha256>().is_err());
    }
}
