//! The headers of a signed request, as pairs of a name and a value.

use crate::{Account, Malformed, Signature};

/// Names of the headers, in lower case as HTTP/2 and gRPC metadata want them; HTTP/1 reads them in any case.
pub mod names {
    /// The version of the scheme: `1`.
    pub const VERSION: &str = "x-bittensor-version";
    /// Who sends, ss58.
    pub const HOTKEY: &str = "x-bittensor-hotkey";
    /// For whom it is, ss58.
    pub const RECEIVER: &str = "x-bittensor-receiver";
    /// Nanoseconds since the Unix epoch, decimal.
    pub const NONCE: &str = "x-bittensor-nonce";
    /// `0x` and 128 hexadecimal digits.
    pub const SIGNATURE: &str = "x-bittensor-signature";
    /// The kind of key; absent means sr25519.
    pub const CRYPTO: &str = "x-bittensor-crypto";
}

const VERSION: &str = "1";
const SCHEME: &str = "sr25519";

/// What the headers say, in shape but not yet believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headers {
    /// Who claims to send.
    pub hotkey: Account,
    /// For whom it claims to be signed; none when the header is missing.
    pub receiver: Option<Account>,
    /// Nanoseconds since the Unix epoch.
    pub nonce: u64,
    /// Over the text of [`crate::Request::payload`].
    pub signature: Signature,
}

impl Headers {
    /// The headers to send.
    #[must_use]
    pub fn write(&self) -> Vec<(&'static str, String)> {
        let mut out = vec![
            (names::VERSION, VERSION.to_owned()),
            (names::HOTKEY, self.hotkey.to_string()),
            (names::NONCE, self.nonce.to_string()),
            (names::SIGNATURE, format!("0x{}", hex::encode(self.signature.0))),
        ];
        out.extend(self.receiver.map(|r| (names::RECEIVER, r.to_string())));
        out
    }

    /// Reads the headers of a request; those of other names are passed over. Every value has one spelling: what this
    /// accepts, [`Headers::write`] writes.
    ///
    /// # Errors
    /// Names the header that is missing, doubled or not in shape; the value itself is never repeated.
    pub fn read<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Result<Self, Malformed> {
        let known =
            [names::VERSION, names::HOTKEY, names::RECEIVER, names::NONCE, names::SIGNATURE, names::CRYPTO];
        let mut values: [Option<&str>; 6] = [None; 6];
        for (name, value) in pairs {
            let Some(i) = known.iter().position(|k| name.eq_ignore_ascii_case(k)) else { continue };
            let text = std::str::from_utf8(value).map_err(|_| Malformed::Header(known[i]))?;
            if values[i].replace(text).is_some() {
                return Err(Malformed::Twice(known[i]));
            }
        }
        let [version, hotkey, receiver, nonce, signature, crypto] = values;
        let need = |value: Option<&'a str>, name| value.ok_or(Malformed::Missing(name));
        let address = |text: &str, name| text.parse::<Account>().map_err(|_| Malformed::Header(name));

        if need(version, names::VERSION)? != VERSION {
            return Err(Malformed::Header(names::VERSION));
        }
        if crypto.is_some_and(|c| c != SCHEME) {
            return Err(Malformed::Scheme);
        }
        Ok(Self {
            hotkey: address(need(hotkey, names::HOTKEY)?, names::HOTKEY)?,
            nonce: decimal(need(nonce, names::NONCE)?).ok_or(Malformed::Header(names::NONCE))?,
            signature: signature_of(need(signature, names::SIGNATURE)?)
                .ok_or(Malformed::Header(names::SIGNATURE))?,
            receiver: receiver.map(|r| address(r, names::RECEIVER)).transpose()?,
        })
    }
}

// `str::parse` also takes a plus sign and leading zeros, which are other texts for the same number
fn decimal(text: &str) -> Option<u64> {
    let number = text.parse::<u64>().ok()?;
    (number.to_string() == text).then_some(number)
}

fn signature_of(text: &str) -> Option<Signature> {
    let digits = text.strip_prefix("0x")?;
    if digits.bytes().any(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let mut bytes = [0; 64];
    hex::decode_to_slice(digits, &mut bytes).ok()?;
    Some(Signature(bytes))
}
