//! Pieces of a text that belong to no language. Pure, linear in the length of the text.

use std::ops::Range;

/// Longest name of a placeholder, and longest inside of a tag, in bytes.
const NAME: usize = 40;
const TAG: usize = 200;

/// Web and mail addresses, tags, placeholders (`{name}`, `${x}`, `%s`) and pictures, in order.
#[must_use]
pub fn spans(text: &str) -> Vec<Range<usize>> {
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::new(), 0);
    while at < bytes.len() {
        let length = length_at(text, at);
        if length > 0 {
            out.push(at..at + length);
            at += length;
        } else {
            at += 1;
            // a mail address starts at the start of a word only
            if is_local(bytes[at - 1]) {
                at += run(&bytes[at..], |b| b.is_ascii_alphanumeric());
            }
            while !text.is_char_boundary(at) {
                at += 1;
            }
        }
    }
    out
}

fn length_at(text: &str, at: usize) -> usize {
    let rest = &text.as_bytes()[at..];
    let before = at.checked_sub(1).map(|i| text.as_bytes()[i]);
    match rest[0] {
        b'<' => tag(rest),
        b'{' | b'$' => braces(rest),
        b'%' if !before.is_some_and(|b| b.is_ascii_digit() || b == b'%') => conversion(rest),
        b'h' if rest.starts_with(b"http://") || rest.starts_with(b"https://") => web(rest),
        b if is_local(b) && !before.is_some_and(is_local) && !follows_letter(&text[..at]) => mail(rest),
        0xe2 | 0xf0 => pictures(&text[at..]),
        _ => 0,
    }
}

/// Whether a text ends in a letter of an alphabet. Scripts without spaces may stand right before an address.
fn follows_letter(text: &str) -> bool {
    text.chars().next_back().is_some_and(|c| c.is_alphanumeric() && c < '\u{250}')
}

fn run(bytes: &[u8], is: impl Fn(u8) -> bool) -> usize {
    bytes.iter().take_while(|b| is(**b)).count()
}

fn web(rest: &[u8]) -> usize {
    let scheme = rest.iter().position(|b| *b == b'/').map_or(0, |slash| slash + 2);
    let address = run(rest, |b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b'"'));
    let closing = rest[..address].iter().rev();
    let ends = closing
        .take_while(|b| matches!(b, b'.' | b',' | b';' | b':' | b'!' | b'?' | b')' | b']' | b'}' | b'\''));
    let length = address - ends.count();
    if length > scheme { length } else { 0 }
}

const fn is_local(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'+' | b'-')
}

fn mail(rest: &[u8]) -> usize {
    let local = run(rest, is_local);
    if rest.get(local) != Some(&b'@') {
        return 0;
    }
    let label = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    let (mut end, mut labels) = (local + 1, 0);
    loop {
        let length = run(&rest[end..], label);
        if length == 0 {
            // a full stop that ends the sentence is no part of it
            return if labels > 1 { end - 1 } else { 0 };
        }
        (end, labels) = (end + length, labels + 1);
        if rest.get(end) != Some(&b'.') {
            return if labels > 1 { end } else { 0 };
        }
        end += 1;
    }
}

fn tag(rest: &[u8]) -> usize {
    let start = 1 + usize::from(rest.get(1) == Some(&b'/'));
    let inside = rest.iter().skip(start).take(TAG + 2).take_while(|b| !matches!(b, b'<' | b'>')).count();
    if rest.get(start + inside) != Some(&b'>') {
        return 0;
    }
    let name = &rest[start..start + inside];
    let numbered = name.strip_suffix(b"/").unwrap_or(name);
    let is_number = (1..=4).contains(&numbered.len()) && numbered.iter().all(u8::is_ascii_digit);
    let is_named = inside <= TAG && name.first().is_some_and(u8::is_ascii_alphabetic);
    if is_number || is_named { start + inside + 1 } else { 0 }
}

fn braces(rest: &[u8]) -> usize {
    let dollar = usize::from(rest[0] == b'$');
    let opening = run(&rest[dollar..(dollar + 2).min(rest.len())], |b| b == b'{');
    if opening == 0 {
        return 0;
    }
    let start = dollar + opening;
    let inside = run(&rest[start..(start + NAME + 1).min(rest.len())], |b| {
        !matches!(b, b'{' | b'}') && !b.is_ascii_whitespace()
    });
    let closing = rest[start + inside..].iter().take(2).take_while(|b| **b == b'}').count();
    if inside <= NAME && closing > 0 { start + inside + closing } else { 0 }
}

fn conversion(rest: &[u8]) -> usize {
    let mut at = 1;
    if rest.get(1) == Some(&b'(') {
        let name = run(&rest[2..], |b| b.is_ascii_alphanumeric() || b == b'_');
        if name == 0 || name > NAME || rest.get(2 + name) != Some(&b')') {
            return 0;
        }
        at = 3 + name;
    }
    at += run(&rest[at..], |b| b.is_ascii_digit()).min(2);
    let is_kind = rest.get(at).is_some_and(|b| b"sdif".contains(b));
    if is_kind && !rest.get(at + 1).is_some_and(u8::is_ascii_alphabetic) { at + 1 } else { 0 }
}

fn pictures(rest: &str) -> usize {
    let is_picture = |c: char| matches!(c, '\u{2600}'..='\u{27bf}' | '\u{1f000}'..='\u{1faff}');
    if !rest.starts_with(is_picture) {
        return 0;
    }
    rest.find(|c| !is_picture(c) && !matches!(c, '\u{fe0f}' | '\u{200d}')).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        spans(text).into_iter().map(|s| &text[s]).collect()
    }

    #[test]
    fn pieces_without_language_are_found_and_nothing_else() {
        let text = "See https://a.org/x?y=1. Mail bob@x.org, {name} %d of 50% de <b>x</b>! ${HOME} {{v}} <1>y</1><2/> %(n)s";
        let wanted = [
            "https://a.org/x?y=1",
            "bob@x.org",
            "{name}",
            "%d",
            "<b>",
            "</b>",
            "${HOME}",
            "{{v}}",
            "<1>",
            "</1>",
        ];
        assert_eq!(found(text), [&wanted[..], &["<2/>", "%(n)s"]].concat());
        assert_eq!(
            found("https://a.org/xをご覧、bob@x.co.jpへ。write a.b@c.de."),
            ["https://a.org/x", "bob@x.co.jp", "a.b@c.de"]
        );
        assert_eq!(found("a <5 and b> 3, 100%sure, 5%d, {a b}, @x, a@b, https://, $5, <>"), [""; 0]);
        assert_eq!(found("ok👍🏽❤️!"), ["👍🏽❤️"]);
    }

    #[test]
    fn a_megabyte_of_one_character_is_looked_through_once() {
        for c in
            ["a", "<", "{", "%", "@", "h", "https://", "a@", "<a", "😀", "%(", ".", "é", "$a", "{a", "%(a"]
        {
            let text = c.repeat(1_000_000 / c.len());
            let whole: usize = spans(&text).into_iter().map(|s| s.len()).sum();
            assert!(whole <= text.len());
        }
    }
}
