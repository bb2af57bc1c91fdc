//! Conditional and partial reads (RFC 9110, 13 and 14).

use domain::FileMeta;
use http::{HeaderMap, header};

/// What to send of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plan {
    /// All of it.
    Whole,
    /// `length` bytes from `offset`, `length` at least 1.
    Part { offset: u64, length: u64 },
    /// The client has it.
    NotModified,
    /// The range lies outside.
    Unsatisfiable,
}

/// The entity tag of a file: its digest, so it is strong.
pub(crate) fn etag(file: &FileMeta) -> String {
    format!("\"{}\"", file.sha256)
}

/// Whether the headers ask for anything but the whole file.
pub(crate) fn is_plain(headers: &HeaderMap) -> bool {
    !headers.contains_key(header::RANGE) && !headers.contains_key(header::IF_NONE_MATCH)
}

/// Decides by `If-None-Match`, `Range` and `If-Range`, in the order of the RFC.
pub(crate) fn plan(headers: &HeaderMap, etag: &str, size: u64) -> Plan {
    let text = |name: header::HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
    if text(header::IF_NONE_MATCH).is_some_and(|tags| none_match_has(tags, etag)) {
        return Plan::NotModified;
    }
    // a date never equals a digest: then the whole file is the safe answer
    if text(header::IF_RANGE).is_some_and(|tag| tag.trim() != etag) {
        return Plan::Whole;
    }
    match text(header::RANGE).and_then(parse) {
        None => Plan::Whole,
        Some(wanted) => wanted.within(size),
    }
}

/// Weak comparison against a list of tags.
fn none_match_has(tags: &str, etag: &str) -> bool {
    tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

/// One range of bytes as asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// From the first number up to and with the second.
    Between(u64, u64),
    /// From here to the end.
    From(u64),
    /// The last so many.
    Last(u64),
}

/// `None` for what has no meaning here: another unit, several ranges, anything malformed. Such a header is ignored.
fn parse(header: &str) -> Option<Wanted> {
    let (unit, ranges) = header.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") || ranges.contains(',') {
        return None;
    }
    let (first, last) = ranges.trim().split_once('-')?;
    match (first.trim(), last.trim()) {
        ("", last) => Some(Wanted::Last(number(last)?)),
        (first, "") => Some(Wanted::From(number(first)?)),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some(Wanted::Between(first, last))
        }
    }
}

/// Digits alone; more than fit mean "past any end".
fn number(digits: &str) -> Option<u64> {
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| digits.parse().unwrap_or(u64::MAX))
}

impl Wanted {
    fn within(self, size: u64) -> Plan {
        let (first, last) = match self {
            Self::Between(first, last) => (first, last),
            Self::From(first) => (first, u64::MAX),
            Self::Last(0) => return Plan::Unsatisfiable,
            Self::Last(count) => (size.saturating_sub(count), u64::MAX),
        };
        if first >= size {
            return Plan::Unsatisfiable;
        }
        let last = last.min(size - 1);
        Plan::Part { offset: first, length: last - first + 1 }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    const TAG: &str = "\"abc\"";

    fn planned(pairs: &[(header::HeaderName, &str)], size: u64) -> Plan {
        let headers = pairs.iter().map(|(n, v)| (n.clone(), HeaderValue::from_str(v).unwrap())).collect();
        plan(&headers, TAG, size)
    }

    #[test]
    fn a_range_gives_the_bytes_it_names() {
        let part = |offset, length| Plan::Part { offset, length };
        for (range, expected) in [
            ("bytes=0-0", part(0, 1)),
            ("bytes=2-4", part(2, 3)),
            ("bytes=2-400", part(2, 8)),
            ("bytes=9-", part(9, 1)),
            ("bytes=-3", part(7, 3)),
            ("bytes=-300", part(0, 10)),
            ("Bytes = 1 - 2", part(1, 2)),
            ("bytes=10-", Plan::Unsatisfiable),
            ("bytes=-0", Plan::Unsatisfiable),
            ("bytes=99999999999999999999999-", Plan::Unsatisfiable),
            // ignored: malformed, several, another unit
            ("bytes=4-2", Plan::Whole),
            ("bytes=0-1,4-5", Plan::Whole),
            ("bytes=-", Plan::Whole),
            ("bytes=+1-2", Plan::Whole),
            ("seconds=1-2", Plan::Whole),
            ("bytes", Plan::Whole),
        ] {
            assert_eq!(planned(&[(header::RANGE, range)], 10), expected, "{range}");
        }
        assert_eq!(planned(&[(header::RANGE, "bytes=0-")], 0), Plan::Unsatisfiable);
        assert_eq!(planned(&[], 0), Plan::Whole);
    }

    #[test]
    fn conditions_go_before_ranges() {
        let range = (header::RANGE, "bytes=0-0");
        let one = Plan::Part { offset: 0, length: 1 };
        assert_eq!(
            planned(&[range.clone(), (header::IF_NONE_MATCH, "\"x\", W/\"abc\"")], 10),
            Plan::NotModified
        );
        assert_eq!(planned(&[(header::IF_NONE_MATCH, "*")], 10), Plan::NotModified);
        assert_eq!(planned(&[range.clone(), (header::IF_NONE_MATCH, "\"x\"")], 10), one);
        assert_eq!(planned(&[range.clone(), (header::IF_RANGE, TAG)], 10), one);
        for other in ["\"x\"", "W/\"abc\"", "Sat, 21 Nov 2026 09:30:00 GMT"] {
            assert_eq!(planned(&[range.clone(), (header::IF_RANGE, other)], 10), Plan::Whole, "{other}");
        }
    }

    proptest! {
        // H9 (small): no header breaks it, and a part lies inside the file
        #[test]
        fn no_range_header_reaches_outside_the_file(text in "[ -~]{0,24}", numbers in "bytes=[0-9]{0,21}-[0-9]{0,21}", size in 0u64..1000) {
            for range in [text.as_str(), numbers.as_str()] {
                if let Plan::Part { offset, length } = planned(&[(header::RANGE, range)], size) {
                    prop_assert!(length >= 1 && offset + length <= size);
                }
            }
        }
    }
}
