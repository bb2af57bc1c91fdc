//! Opening a timelocked commit with the drand signature of its round.

use ark_serialize::CanonicalDeserialize;
use timelock::block_ciphers::AESGCMBlockCipherProvider;
use timelock::engines::{EngineBLS, drand::TinyBLS381};
use timelock::tlock::{TLECiphertext, tld};

/// The chain writes the two 32-byte fields of the header as lists, each with its length before it.
const LEN_32: [u8; 8] = 32u64.to_le_bytes();
const NONCE: usize = 12;

/// Why a commit does not open.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum Closed {
    #[error("the commit is not framed as the chain frames it")]
    Frame,
    #[error("the commit's header is no ciphertext")]
    Ciphertext,
    #[error("the signature is no point of the curve")]
    Signature,
    #[error("the signature does not open the commit")]
    Key,
}

/// Opens a commit as it is stored on the chain.
///
/// # Errors
/// When it is not framed so, or the signature is of another round.
pub(crate) fn open(sealed: &[u8], signature: &[u8]) -> Result<Vec<u8>, Closed> {
    type Signature = <TinyBLS381 as EngineBLS>::SignatureGroup;
    let bytes = unframe(sealed).ok_or(Closed::Frame)?;
    let sealed =
        TLECiphertext::<TinyBLS381>::deserialize_compressed(&bytes[..]).map_err(|_| Closed::Ciphertext)?;
    let signature = Signature::deserialize_compressed(signature).map_err(|_| Closed::Signature)?;
    tld::<TinyBLS381, AESGCMBlockCipherProvider>(sealed, signature).map_err(|_| Closed::Key)
}

/// Takes the chain's framing off. Every length in the commit is checked against the bytes there are: the library
/// would allocate whatever a length claims.
fn unframe(b: &[u8]) -> Option<Vec<u8>> {
    let framed = b.get(96..104)? == LEN_32 && b.get(136..144)? == LEN_32;
    let tail = b.get(176..)?;
    let (body, suite) = counted(tail)?;
    let (_, rest) = counted(body)?;
    let (nonce, end) = counted(rest)?;
    let (_, after) = counted(suite)?;
    let whole = framed && nonce.len() == NONCE && end.is_empty() && after.is_empty();
    whole.then(|| [&b[..96], &b[104..136], &b[144..]].concat())
}

/// A list of bytes with a u64 before it, and what follows.
fn counted(b: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = b.split_first_chunk::<8>()?;
    rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)
}
