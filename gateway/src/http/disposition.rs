//! `Content-Disposition` (RFC 6266).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but the `attr-char` of RFC 8187.
const NOT_ATTR: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// Always `attachment`: a browser that shows what strangers uploaded runs it. The name is shown where it is harmless
/// and spelt out in full beside it; the result is always a valid header value.
pub(crate) fn attachment(name: &str) -> String {
    let name: String = name.chars().filter(|c| !c.is_control() && !is_direction(*c)).collect();
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    if last.is_empty() || last == "." || last == ".." {
        return "attachment".to_owned();
    }
    let plain: String = last
        .chars()
        .map(|c| if c == ' ' || c.is_ascii_graphic() && !"\"\\%;".contains(c) { c } else { '_' })
        .collect();
    if plain == last {
        format!("attachment; filename=\"{plain}\"")
    } else {
        format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", utf8_percent_encode(last, NOT_ATTR))
    }
}

/// Marks that turn the direction of text make `exe.wav` of `vaw.exe`.
const fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_is_shown_plain_where_it_can_be() {
        for (name, expected) in [
            ("talk 1.wav", "attachment; filename=\"talk 1.wav\""),
            ("Übung.mp3", "attachment; filename=\"_bung.mp3\"; filename*=UTF-8''%C3%9Cbung.mp3"),
            ("a\"b;c.wav", "attachment; filename=\"a_b_c.wav\"; filename*=UTF-8''a%22b%3Bc.wav"),
            ("../../etc/passwd", "attachment; filename=\"passwd\""),
            ("x\r\nSet-Cookie: a=b", "attachment; filename=\"xSet-Cookie: a=b\""),
            ("vaw\u{202e}.exe", "attachment; filename=\"vaw.exe\""),
            ("..", "attachment"),
            ("", "attachment"),
        ] {
            assert_eq!(attachment(name), expected, "{name:?}");
        }
    }

    proptest! {
        // H5
        #[test]
        fn no_name_leaves_its_quotes(name in any::<String>(), nasty in "[./\\\\%\u{0}-\u{20}\"a;:C\u{202e}é]{0,40}") {
            for name in [name, nasty] {
                let value = attachment(&name);
                prop_assert!(http::HeaderValue::from_str(&value).is_ok() && value.is_ascii());
                let inside = value.split('"').nth(1).unwrap_or_default();
                prop_assert!(!inside.contains(['/', '\\', '%']));
                prop_assert!([0, 2].contains(&value.matches('"').count()));
            }
        }
    }
}
