//! Writing text so that it reads as text again.

/// The rules of a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escape {
    /// None.
    Plain,
    /// Text of XML and HTML.
    Markup,
    /// The value of an attribute between quotes.
    Attribute,
    /// Markdown; in a table, bars are escaped too.
    Markdown { table: bool },
    /// SubRip has no escapes: an arrow must not read as a time line.
    Srt,
    /// WebVTT.
    Vtt,
}

impl Escape {
    /// `text` as it is written; `first` when it begins a block.
    pub(super) fn apply(self, text: &str, first: bool) -> String {
        let mut out = String::with_capacity(text.len() + 8);
        match self {
            Self::Plain => out.push_str(text),
            Self::Srt => out.push_str(&text.replace("-->", "->")),
            Self::Markup | Self::Attribute | Self::Vtt => {
                for c in text.chars() {
                    match c {
                        '&' => out.push_str("&amp;"),
                        '<' => out.push_str("&lt;"),
                        '>' => out.push_str("&gt;"),
                        '"' if self == Self::Attribute => out.push_str("&quot;"),
                        '\'' if self == Self::Attribute => out.push_str("&#39;"),
                        // not allowed in XML, and of no use anywhere
                        '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {
                        }
                        c => out.push(c),
                    }
                }
            }
            Self::Markdown { table } => markdown(text, first, table, &mut out),
        }
        out
    }
}

fn markdown(text: &str, first: bool, table: bool, out: &mut String) {
    let chars: Vec<char> = text.chars().collect();
    let body = chars.iter().position(|c| !c.is_whitespace()).unwrap_or(0);
    let word = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric());
    // brackets alone are text, unless something makes a link, a footnote or a task of them
    let linking = ["](", "][", "]:", "[^", "[ ]", "[x]", "[X]"].iter().any(|sign| text.contains(sign));
    for (at, c) in chars.iter().enumerate() {
        let (before, after) = (at.checked_sub(1).map(|i| &chars[i]), chars.get(at + 1));
        let begins = first && at == body;
        let numbered = first
            && at > body
            && at - body < 10
            && chars[body..at].iter().all(char::is_ascii_digit)
            && after.is_none_or(|c| c.is_whitespace());
        let special = match c {
            '\\' | '`' | '*' => true,
            '[' | ']' => linking,
            '_' => !(word(before) && word(after)),
            '~' => after == Some(&'~') || before == Some(&'~'),
            '<' => after.is_some_and(|c| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')),
            '&' => after.is_some_and(|c| c.is_ascii_alphabetic() || *c == '#'),
            '|' => table || begins,
            '#' => begins,
            '>' | '=' => begins,
            '+' | '-' => begins && after.is_none_or(|c| c.is_whitespace() || *c == '-'),
            ':' => begins && after.is_none_or(|c| c.is_whitespace()),
            '.' | ')' => numbered,
            _ => false,
        };
        if special {
            out.push('\\');
        }
        match c {
            '\n' | '\r' => out.push(' '),
            c => out.push(*c),
        }
    }
}
