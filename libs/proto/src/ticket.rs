//! Tickets: short-lived leave to read or write one file, given by the scheduler and honoured by the gateway.
//!
//! A ticket is `<access>.<file id>.<unix seconds>.<mac>`, mac = base64url(HMAC-SHA256(key, everything before it)).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{FileId, Timestamp};
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// The secret that scheduler and gateway share. Never printed.
#[derive(Clone)]
pub struct TicketKey(Vec<u8>);

impl std::fmt::Debug for TicketKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TicketKey(..)")
    }
}

impl TicketKey {
    /// 32 bytes for another purpose, always the same for one key; nobody without the key can tell them.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).unwrap_or_else(|_| unreachable!("any length is a key"));
        mac.update(b"derive\n");
        mac.update(purpose.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

/// A secret that is too short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a ticket key needs at least 32 characters; make one with: openssl rand -hex 32")]
pub struct WeakKey;

impl std::str::FromStr for TicketKey {
    type Err = WeakKey;
    fn from_str(s: &str) -> Result<Self, WeakKey> {
        if s.len() < 32 { Err(WeakKey) } else { Ok(Self(s.as_bytes().to_vec())) }
    }
}

/// What a ticket allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// GET and HEAD.
    Read,
    /// PUT, once or repeatedly with the same bytes.
    Write,
}

impl Access {
    const fn letter(self) -> &'static str {
        match self {
            Self::Read => "r",
            Self::Write => "w",
        }
    }
}

/// Why a ticket is not honoured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadTicket {
    /// Not in the form of a ticket, or signed with another key.
    #[error("the ticket is not valid")]
    Forged,
    /// Its time is over.
    #[error("the ticket has expired")]
    Expired,
    /// It is for another file or another kind of access.
    #[error("the ticket is for something else")]
    Mismatch,
}

fn mac(key: &TicketKey, body: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&key.0).expect("HMAC takes a key of any length");
    mac.update(body.as_bytes());
    mac
}

/// Makes a ticket.
#[must_use]
pub fn issue(key: &TicketKey, access: Access, file: FileId, expires: Timestamp) -> String {
    let body = format!("{}.{file}.{}", access.letter(), expires.micros() / 1_000_000);
    let tag = URL_SAFE_NO_PAD.encode(mac(key, &body).finalize().into_bytes());
    format!("{body}.{tag}")
}

/// Checks that `ticket` allows `access` to `file` at `now`.
///
/// # Errors
/// [`BadTicket`]; the signature is checked first, in constant time.
pub fn check(
    key: &TicketKey,
    ticket: &str,
    access: Access,
    file: FileId,
    now: Timestamp,
) -> Result<(), BadTicket> {
    let (body, tag) = ticket.rsplit_once('.').ok_or(BadTicket::Forged)?;
    let tag = URL_SAFE_NO_PAD.decode(tag).map_err(|_| BadTicket::Forged)?;
    mac(key, body).verify_slice(&tag).map_err(|_| BadTicket::Forged)?;
    let mut parts = body.split('.');
    let (letter, id, expires) = (parts.next(), parts.next(), parts.next());
    let expires: i64 = expires.and_then(|e| e.parse().ok()).ok_or(BadTicket::Forged)?;
    if expires * 1_000_000 < now.micros() {
        return Err(BadTicket::Expired);
    }
    if letter != Some(access.letter()) || id != Some(file.to_string().as_str()) {
        return Err(BadTicket::Mismatch);
    }
    Ok(())
}

/// Makes leave for one call between the services of an operator, from the secret that they share:
/// `s.<unix seconds>.<mac>`.
#[must_use]
pub fn pass(key: &TicketKey, expires: Timestamp) -> String {
    let body = format!("s.{}", expires.micros() / 1_000_000);
    let tag = URL_SAFE_NO_PAD.encode(mac(key, &body).finalize().into_bytes());
    format!("{body}.{tag}")
}

/// Checks that `pass` was made by a service that shares the secret, and is honoured at `now`.
///
/// # Errors
/// [`BadTicket`]; a ticket for a file is no pass.
pub fn check_pass(key: &TicketKey, pass: &str, now: Timestamp) -> Result<(), BadTicket> {
    let (body, tag) = pass.rsplit_once('.').ok_or(BadTicket::Forged)?;
    let tag = URL_SAFE_NO_PAD.decode(tag).map_err(|_| BadTicket::Forged)?;
    mac(key, body).verify_slice(&tag).map_err(|_| BadTicket::Forged)?;
    let expires: i64 = body.strip_prefix("s.").and_then(|e| e.parse().ok()).ok_or(BadTicket::Mismatch)?;
    if expires.saturating_mul(1_000_000) < now.micros() { Err(BadTicket::Expired) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_opens_one_file_one_way_for_a_while() {
        // S5
        let key: TicketKey = "0123456789abcdef0123456789abcdef".parse().unwrap();
        let other: TicketKey = "0123456789abcdef0123456789abcdeX".parse().unwrap();
        let (file, now, end) =
            (FileId::from_random(7), Timestamp::from_micros(1_000_000), Timestamp::from_micros(9_000_000));
        let t = issue(&key, Access::Read, file, end);
        assert_eq!(check(&key, &t, Access::Read, file, now), Ok(()));
        assert_eq!(check(&key, &t, Access::Write, file, now), Err(BadTicket::Mismatch));
        assert_eq!(check(&key, &t, Access::Read, FileId::from_random(8), now), Err(BadTicket::Mismatch));
        assert_eq!(
            check(&key, &t, Access::Read, file, Timestamp::from_micros(10_000_000)),
            Err(BadTicket::Expired)
        );
        assert_eq!(check(&other, &t, Access::Read, file, now), Err(BadTicket::Forged));
        let longer = t.replace(".9.", ".99.");
        assert_eq!(check(&key, &longer, Access::Read, file, now), Err(BadTicket::Forged));
        assert_eq!(check(&key, "", Access::Read, file, now), Err(BadTicket::Forged));
        assert!("short".parse::<TicketKey>().is_err());
    }

    #[test]
    fn a_pass_is_for_those_who_share_the_secret_for_a_while_and_opens_no_file() {
        let key: TicketKey = "0123456789abcdef0123456789abcdef".parse().unwrap();
        let other: TicketKey = "0123456789abcdef0123456789abcdeX".parse().unwrap();
        let (now, end) = (Timestamp::from_micros(1_000_000), Timestamp::from_micros(9_000_000));
        let p = pass(&key, end);
        assert_eq!(check_pass(&key, &p, now), Ok(()));
        assert_eq!(check_pass(&key, &p, Timestamp::from_micros(10_000_000)), Err(BadTicket::Expired));
        assert_eq!(check_pass(&other, &p, now), Err(BadTicket::Forged));
        assert_eq!(check_pass(&key, &p.replace("s.9.", "s.99."), now), Err(BadTicket::Forged));
        let file = FileId::from_random(7);
        assert_eq!(check_pass(&key, &issue(&key, Access::Write, file, end), now), Err(BadTicket::Mismatch));
        assert!(check(&key, &p, Access::Read, file, now).is_err());
    }
}
