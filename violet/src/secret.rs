//! Passwords, words and seeds: from a named variable or file, else asked for on the terminal without being shown.
//!
//! None is ever an argument of the command line, where every process of the machine could read it.

use std::{io, path::Path};

use chain_svc::wallet::{Password, password_of};
use process::exit::BadSetup;
use zeroize::Zeroizing;

use crate::cli::{PasswordFrom, SecretFrom};

/// A new password is no shorter.
const SHORTEST: usize = 8;

/// The password of a key that is there: as named, else from btcli's variable for that file, else asked for.
///
/// # Errors
/// When what was named is not there; when there is no terminal to ask on.
pub fn password(from: &PasswordFrom, keyfile: &Path) -> Result<Password, BadSetup> {
    if let Some(named) = named(from)? {
        return Ok(password_from(&named));
    }
    if let Some(kept) = password_of(keyfile, |name| std::env::var(name).ok()) {
        return Ok(kept);
    }
    let what = format!("the password of {}", keyfile.display());
    Ok(password_from(&ask(&what, "--password-env or --password-file")?))
}

/// A password for a new key, asked for twice unless it is named.
///
/// # Errors
/// When it is too short, or the two differ; as [`password`].
pub fn new_password(from: &PasswordFrom, keyfile: &Path) -> Result<Password, BadSetup> {
    let way = "--password-env or --password-file";
    let chosen = match named(from)? {
        Some(named) => named,
        None => {
            let chosen = ask(&format!("a password for {}", keyfile.display()), way)?;
            if ask("the same again", way)? != chosen {
                return Err(BadSetup("the two passwords differ: nothing was written, try again".to_owned()));
            }
            chosen
        }
    };
    if chosen.chars().count() < SHORTEST {
        return Err(BadSetup(format!(
            "the password is too short: take {SHORTEST} characters or more; nothing was written"
        )));
    }
    Ok(password_from(&chosen))
}

/// Words or a seed.
///
/// # Errors
/// As [`password`].
pub fn secret(from: &SecretFrom) -> Result<Zeroizing<String>, BadSetup> {
    match (&from.secret_env, &from.secret_file) {
        (Some(name), _) => variable(name),
        (None, Some(path)) => file(path),
        (None, None) => ask("the words or the seed", "--secret-env or --secret-file"),
    }
}

fn named(from: &PasswordFrom) -> Result<Option<Zeroizing<String>>, BadSetup> {
    match (&from.password_env, &from.password_file) {
        (Some(name), _) => variable(name).map(Some),
        (None, Some(path)) => {
            let text = file(path)?;
            Ok(Some(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned())))
        }
        (None, None) => Ok(None),
    }
}

fn variable(name: &str) -> Result<Zeroizing<String>, BadSetup> {
    let value = std::env::var(name).ok().filter(|value| !value.is_empty());
    value.map(Zeroizing::new).ok_or_else(|| BadSetup(format!("the variable {name} is empty or not set")))
}

fn file(path: &Path) -> Result<Zeroizing<String>, BadSetup> {
    let text = std::fs::read_to_string(path).map(Zeroizing::new);
    text.map_err(|e| BadSetup(format!("{} can't be read ({e})", path.display())))
}

fn ask(what: &str, way: &str) -> Result<Zeroizing<String>, BadSetup> {
    let answer = rpassword::prompt_password(format!("{what} (it is not shown): ")).map(Zeroizing::new);
    answer.map_err(|e| match e.kind() {
        io::ErrorKind::UnexpectedEof => BadSetup(format!("nothing was typed for {what}")),
        _ => BadSetup(format!("{what} is asked for on a terminal, and there is none: use {way}")),
    })
}

fn password_from(text: &Zeroizing<String>) -> Password {
    Password::new(text.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_file(text: &str) -> (tempfile::TempDir, PasswordFrom) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        std::fs::write(&path, text).unwrap();
        (folder, PasswordFrom { password_file: Some(path), password_env: None })
    }

    #[test]
    fn the_first_line_of_a_file_is_the_password() {
        let (_folder, from) = from_file("correct horse\r\nnot this\n");
        assert_eq!(named(&from).unwrap().unwrap().as_str(), "correct horse");
    }

    #[test]
    fn a_new_password_of_a_few_letters_is_refused() {
        let (_folder, from) = from_file("1234567\n");
        let said = new_password(&from, Path::new("coldkey")).unwrap_err().to_string();
        assert!(said.contains("8 characters") && !said.contains("1234567"), "{said}");
    }

    #[test]
    fn what_was_named_and_is_not_there_is_told() {
        let env = PasswordFrom { password_env: Some("VIOLET_NO_SUCH_VARIABLE".into()), password_file: None };
        let said = password(&env, Path::new("coldkey")).unwrap_err().to_string();
        assert!(said.contains("VIOLET_NO_SUCH_VARIABLE"), "{said}");
        let file = SecretFrom { secret_file: Some("/nowhere/words".into()), secret_env: None };
        assert!(secret(&file).unwrap_err().to_string().contains("/nowhere/words"));
    }
}
