//! The first message of a gRPC body: what a signature over gRPC covers.

/// One byte of flag and four of length.
const PREFIX: usize = 5;

/// A body that cannot be hashed as sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadFrame {
    /// The signature covers the encoded message; a compressed one is another text for it.
    #[error("a signed message must not be compressed")]
    Compressed,
    /// The flag is neither 0 nor 1.
    #[error("the body does not start with a gRPC frame")]
    Flag,
    /// More than the limit.
    #[error("the first message is longer than {0} bytes")]
    TooLong(usize),
}

/// The first message of `body`, the bytes received so far; none while more of them are needed. A body that ends
/// without a message is signed as an empty one.
///
/// # Errors
/// When it is compressed, longer than `limit` bytes (known from its first five), or no gRPC frame.
pub fn first_message(body: &[u8], limit: usize) -> Result<Option<&[u8]>, BadFrame> {
    let Some((prefix, rest)) = body.split_first_chunk::<PREFIX>() else { return Ok(None) };
    let [flag, length @ ..] = *prefix;
    match flag {
        0 => {}
        1 => return Err(BadFrame::Compressed),
        _ => return Err(BadFrame::Flag),
    }
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if length > limit {
        return Err(BadFrame::TooLong(limit));
    }
    Ok(rest.get(..length))
}
