//! The client's own name for a file: shown again, never used.

/// Longest name that is kept, in bytes.
const MAX: usize = 255;

/// A name fit to be shown: without control characters, at most 255 bytes, cut at a character; `None` when nothing is left.
pub(super) fn clean(name: Option<&str>) -> Option<String> {
    let mut name: String = name?.chars().filter(|c| !c.is_control()).collect();
    while name.len() > MAX {
        name.pop();
    }
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_metadata_only() {
        // S17, R9: kept as it is, because nothing ever opens it
        assert_eq!(clean(Some("../../etc/passwd")).as_deref(), Some("../../etc/passwd"));
        assert_eq!(clean(Some("a\r\nSet-Cookie: b\u{0}")).as_deref(), Some("aSet-Cookie: b"));
        assert_eq!(clean(Some(&"é".repeat(200))).unwrap().len(), 254);
        assert_eq!(clean(Some(" \n ")), None);
        assert_eq!(clean(None), None);
    }
}
