//! Which requirements have a test. Each requirement of `docs/requirements.md` has a code (`E17`, `R13`); a test that proves
//! it names the code in a comment.

use std::{collections::BTreeSet, fs, path::Path};

/// Codes of the requirements that no Rust file below `root` names in a comment.
///
/// # Errors
/// When the list or a source file can't be read.
pub fn untested(root: &Path) -> std::io::Result<Vec<String>> {
    let text = fs::read_to_string(root.join("docs/requirements.md"))?;
    let wanted = text.lines().filter_map(|l| Some(l.strip_prefix("- ")?.split_once(':')?.0));
    let mut named = BTreeSet::new();
    for folder in ["gateway", "scheduler", "storage-svc", "scorer", "inference", "violet", "tests", "libs"] {
        collect(&root.join(folder), &mut named)?;
    }
    Ok(wanted.filter(|code| !named.contains(*code)).map(str::to_owned).collect())
}

fn collect(folder: &Path, named: &mut BTreeSet<String>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, named)?;
        } else if path.extension().is_some_and(|e| e == "rs") {
            for comment in fs::read_to_string(&path)?.lines().filter_map(|l| l.split_once("//")) {
                let words = comment.1.split(|c: char| !c.is_ascii_alphanumeric());
                named.extend(words.filter(|w| is_code(w)).map(str::to_owned));
            }
        }
    }
    Ok(())
}

/// A capital letter and a number.
fn is_code(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(|c| c.is_ascii_uppercase())
        && letters.clone().count() > 0
        && letters.all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_a_letter_and_a_number() {
        assert!(is_code("E17") && is_code("R3"));
        assert!(!is_code("E") && !is_code("17") && !is_code("Ex"));
    }
}
