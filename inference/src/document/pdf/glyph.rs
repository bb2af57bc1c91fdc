//! Which letters the codes and glyph names of simple fonts stand for.

use encoding_rs::{MACINTOSH, WINDOWS_1252};
use unicode_normalization::UnicodeNormalization as _;

/// A predefined list of the letters of codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codes {
    Standard,
    WinAnsi,
    MacRoman,
}

/// Letters of the standard encoding that differ from ASCII, from the code they follow each other at.
const STANDARD: &[(u8, &str)] = &[
    (0x27, "’"),
    (0x60, "‘"),
    (0xa1, "¡¢£⁄¥ƒ§¤'“«‹›ﬁﬂ"),
    (0xb1, "–†‡·"),
    (0xb6, "¶•‚„”»…‰"),
    (0xbf, "¿"),
    (0xc1, "`´ˆ˜¯˘˙¨"),
    (0xca, "˚¸"),
    (0xcd, "˝˛ˇ—"),
    (0xe1, "Æ"),
    (0xe3, "ª"),
    (0xe8, "ŁØŒº"),
    (0xf1, "æ"),
    (0xf5, "ı"),
    (0xf8, "łøœß"),
];

impl Codes {
    /// The letter of a code.
    pub(super) fn letter(self, code: u8) -> Option<char> {
        let by = |encoding: &'static encoding_rs::Encoding| {
            let bytes = [code];
            let (text, _) = encoding.decode_without_bom_handling(&bytes);
            text.chars().next().filter(|c| !c.is_control())
        };
        match self {
            Self::WinAnsi => by(WINDOWS_1252),
            Self::MacRoman => by(MACINTOSH),
            Self::Standard => {
                let listed = STANDARD.iter().rev().find(|(from, _)| *from <= code);
                let own = listed.and_then(|(from, letters)| letters.chars().nth(usize::from(code - from)));
                own.or((0x20..0x7f).contains(&code).then_some(code as char))
            }
        }
    }
}

/// Names that are not built of a letter and an accent.
const NAMES: &[(&str, &str)] = &[
    ("space", " "),
    ("nbspace", " "),
    ("exclam", "!"),
    ("quotedbl", "\""),
    ("numbersign", "#"),
    ("dollar", "$"),
    ("percent", "%"),
    ("ampersand", "&"),
    ("quotesingle", "'"),
    ("parenleft", "("),
    ("parenright", ")"),
    ("asterisk", "*"),
    ("plus", "+"),
    ("comma", ","),
    ("hyphen", "-"),
    ("sfthyphen", "\u{ad}"),
    ("minus", "−"),
    ("period", "."),
    ("slash", "/"),
    ("zero", "0"),
    ("one", "1"),
    ("two", "2"),
    ("three", "3"),
    ("four", "4"),
    ("five", "5"),
    ("six", "6"),
    ("seven", "7"),
    ("eight", "8"),
    ("nine", "9"),
    ("colon", ":"),
    ("semicolon", ";"),
    ("less", "<"),
    ("equal", "="),
    ("greater", ">"),
    ("question", "?"),
    ("at", "@"),
    ("bracketleft", "["),
    ("backslash", "\\"),
    ("bracketright", "]"),
    ("asciicircum", "^"),
    ("underscore", "_"),
    ("grave", "`"),
    ("braceleft", "{"),
    ("bar", "|"),
    ("braceright", "}"),
    ("asciitilde", "~"),
    ("exclamdown", "¡"),
    ("cent", "¢"),
    ("sterling", "£"),
    ("currency", "¤"),
    ("yen", "¥"),
    ("brokenbar", "¦"),
    ("section", "§"),
    ("dieresis", "¨"),
    ("copyright", "©"),
    ("ordfeminine", "ª"),
    ("guillemotleft", "«"),
    ("guillemotright", "»"),
    ("logicalnot", "¬"),
    ("registered", "®"),
    ("macron", "¯"),
    ("degree", "°"),
    ("plusminus", "±"),
    ("acute", "´"),
    ("mu", "µ"),
    ("paragraph", "¶"),
    ("periodcentered", "·"),
    ("middot", "·"),
    ("cedilla", "¸"),
    ("ordmasculine", "º"),
    ("onequarter", "¼"),
    ("onehalf", "½"),
    ("threequarters", "¾"),
    ("questiondown", "¿"),
    ("AE", "Æ"),
    ("ae", "æ"),
    ("OE", "Œ"),
    ("oe", "œ"),
    ("Eth", "Ð"),
    ("eth", "ð"),
    ("Thorn", "Þ"),
    ("thorn", "þ"),
    ("germandbls", "ß"),
    ("Oslash", "Ø"),
    ("oslash", "ø"),
    ("Lslash", "Ł"),
    ("lslash", "ł"),
    ("Dcroat", "Đ"),
    ("dcroat", "đ"),
    ("Hbar", "Ħ"),
    ("hbar", "ħ"),
    ("dotlessi", "ı"),
    ("Tbar", "Ŧ"),
    ("tbar", "ŧ"),
    ("Eng", "Ŋ"),
    ("eng", "ŋ"),
    ("kgreenlandic", "ĸ"),
    ("multiply", "×"),
    ("divide", "÷"),
    ("fraction", "⁄"),
    ("florin", "ƒ"),
    ("quoteleft", "‘"),
    ("quoteright", "’"),
    ("quotesinglbase", "‚"),
    ("quotedblleft", "“"),
    ("quotedblright", "”"),
    ("quotedblbase", "„"),
    ("guilsinglleft", "‹"),
    ("guilsinglright", "›"),
    ("dagger", "†"),
    ("daggerdbl", "‡"),
    ("bullet", "•"),
    ("ellipsis", "…"),
    ("perthousand", "‰"),
    ("endash", "–"),
    ("emdash", "—"),
    ("Euro", "€"),
    ("trademark", "™"),
    ("circumflex", "ˆ"),
    ("tilde", "˜"),
    ("breve", "˘"),
    ("dotaccent", "˙"),
    ("ring", "˚"),
    ("hungarumlaut", "˝"),
    ("ogonek", "˛"),
    ("caron", "ˇ"),
    ("ff", "ff"),
    ("fi", "fi"),
    ("fl", "fl"),
    ("ffi", "ffi"),
    ("ffl", "ffl"),
    ("st", "st"),
    ("longs", "ſ"),
    ("nonbreakingspace", " "),
    ("figuredash", "‒"),
    ("horizontalbar", "―"),
    ("prime", "′"),
    ("minute", "′"),
    ("second", "″"),
    ("infinity", "∞"),
    ("notequal", "≠"),
    ("lessequal", "≤"),
    ("greaterequal", "≥"),
    ("approxequal", "≈"),
    ("summation", "∑"),
    ("product", "∏"),
    ("radical", "√"),
    ("integral", "∫"),
    ("partialdiff", "∂"),
    ("lozenge", "◊"),
    ("arrowleft", "←"),
    ("arrowright", "→"),
    ("arrowup", "↑"),
    ("arrowdown", "↓"),
    ("checkmark", "✓"),
    ("Omega", "Ω"),
    ("Delta", "Δ"),
    ("afii61352", "№"),
    ("afii10023", "Ё"),
    ("afii10071", "ё"),
    ("afii00208", "―"),
];

const ACCENTS: &[(&str, char)] = &[
    ("grave", '\u{300}'),
    ("acute", '\u{301}'),
    ("circumflex", '\u{302}'),
    ("tilde", '\u{303}'),
    ("macron", '\u{304}'),
    ("breve", '\u{306}'),
    ("dotaccent", '\u{307}'),
    ("dieresis", '\u{308}'),
    ("ring", '\u{30a}'),
    ("hungarumlaut", '\u{30b}'),
    ("caron", '\u{30c}'),
    ("cedilla", '\u{327}'),
    ("commaaccent", '\u{326}'),
    ("ogonek", '\u{328}'),
    ("tonos", '\u{301}'),
];

const GREEK: &[&str] = &[
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu",
    "nu", "xi", "omicron", "pi", "rho", "sigma1", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
];

/// The letters that a glyph of that name shows; `None` for names that say nothing, such as `g12`.
pub(super) fn letters(name: &str) -> Option<String> {
    let name = name.split('.').next().filter(|n| !n.is_empty())?;
    if name.contains('_') {
        return name.split('_').map(letters).collect();
    }
    let mut chars = name.chars();
    if let (Some(c), None) = (chars.next(), chars.next()) {
        return c.is_ascii_alphabetic().then(|| c.to_string());
    }
    if let Some((_, text)) = NAMES.iter().find(|(n, _)| *n == name) {
        return Some((*text).to_owned());
    }
    by_code(name).or_else(|| accented(name)).or_else(|| greek(name)).map(String::from).or_else(|| {
        let hex = name.strip_prefix("uni").filter(|h| h.len() >= 4 && h.len() % 4 == 0)?;
        let units: Option<Vec<u16>> =
            (0..hex.len()).step_by(4).map(|i| u16::from_str_radix(hex.get(i..i + 4)?, 16).ok()).collect();
        String::from_utf16(&units?).ok()
    })
}

fn by_code(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix("afii").and_then(|n| n.parse::<u32>().ok()) {
        return char::from_u32(match number {
            10_017..=10_022 => 0x410 + number - 10_017,
            10_024..=10_049 => 0x416 + number - 10_024,
            10_065..=10_070 => 0x430 + number - 10_065,
            10_072..=10_097 => 0x436 + number - 10_072,
            _ => return None,
        });
    }
    let hex = name.strip_prefix('u').filter(|h| (4..=6).contains(&h.len()))?;
    char::from_u32(u32::from_str_radix(hex, 16).ok()?)
}

fn accented(name: &str) -> Option<char> {
    let (base, accent) = ACCENTS.iter().find_map(|(accent, c)| Some((name.strip_suffix(accent)?, *c)))?;
    let mut letters = base.chars();
    let letter = match (letters.next(), letters.next()) {
        (Some(letter), None) => letter,
        _ => greek(base)?,
    };
    let mut composed = [letter, accent].into_iter().nfc();
    composed.next().filter(|_| composed.next().is_none())
}

fn greek(name: &str) -> Option<char> {
    let at = GREEK.iter().position(|g| g.eq_ignore_ascii_case(name))? as u32;
    let upper = name.starts_with(|c: char| c.is_ascii_uppercase());
    char::from_u32(if upper { 0x391 } else { 0x3b1 } + at)
}
