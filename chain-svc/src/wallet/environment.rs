//! The password of a keyfile in the environment, as btcli keeps it.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::Password;

/// The password that the environment holds for the keyfile at `path`, if it holds one: `BT_PW_` and the path in
/// capitals with underscores, the password combined with that name by exclusive or, in base64. This hides it from a
/// glance and from nothing else. `variable` reads the environment.
#[must_use]
pub fn password_of(path: &Path, variable: impl Fn(&str) -> Option<String>) -> Option<Password> {
    let name = variable_of(path);
    let mixed = Zeroizing::new(STANDARD.decode(variable(&name)?.trim()).ok()?);
    let plain = mixed.iter().zip(name.bytes().cycle()).map(|(a, b)| a ^ b).collect();
    String::from_utf8(plain).ok().map(Password::new)
}

fn variable_of(path: &Path) -> String {
    format!("BT_PW_{}", path.to_string_lossy().replace(['/', '.'], "_").to_uppercase())
}
