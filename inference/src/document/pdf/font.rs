//! Fonts, as far as reading needs them: which letters codes stand for, and how wide they are.

use std::collections::HashMap;

use encoding_rs::{BIG5, EUC_KR, Encoding, GBK, SHIFT_JIS, UTF_16BE};

use super::{
    DocumentError,
    cmap::{Cmap, code},
    glyph::{self, Codes},
    lexer::{Dict, Object},
    store::Store,
};

/// Widths of Helvetica from the space on, for fonts that do not say.
const HELVETICA: &[u16] = &[
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556,
    556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278,
    500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469,
    556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500,
    278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

/// A font of a page.
#[derive(Debug, Default)]
pub(super) struct Font {
    to_unicode: Option<Cmap>,
    /// Letters of one-byte codes.
    simple: Vec<Option<String>>,
    /// How codes of several bytes are read.
    composite: Option<Composite>,
    widths: HashMap<u32, f64>,
    /// First and last code of long ranges, and their width.
    wide_ranges: Vec<(u32, u32, f64)>,
    usual_width: Option<f64>,
    /// Thousandths of the size that a width counts in.
    unit: f64,
    pub(super) bold: bool,
}

#[derive(Debug)]
enum Composite {
    /// Two bytes each.
    Two,
    /// As a map in the pdf says.
    Map(Cmap),
    /// Text in a known encoding.
    Encoded(&'static Encoding),
}

/// One letter as it is shown.
pub(super) struct Shown {
    /// Its letters; `None` when the font does not say.
    pub(super) letters: Option<String>,
    /// How far it moves on, as a share of the size.
    pub(super) width: f64,
    /// Whether space between words is added after it.
    pub(super) is_space: bool,
}

impl Font {
    /// Reads a font.
    pub(super) fn read(dict: &Dict, store: &Store<'_>) -> Result<Self, DocumentError> {
        let mut font = Self { unit: 0.001, ..Self::default() };
        let kind = store.get(dict, b"Subtype")?;
        let name = store.get(dict, b"BaseFont")?;
        let name = String::from_utf8_lossy(name.name().unwrap_or_default()).to_ascii_lowercase();
        font.bold = ["bold", "black", "heavy"].iter().any(|b| name.contains(b));
        if let Some(map) = dict.get(&b"ToUnicode"[..]) {
            font.to_unicode = store.bytes(&store.find(map)?)?.map(|data| Cmap::read(&data));
        }
        if kind.name() == Some(b"Type0") {
            font.read_composite(dict, store)?;
        } else {
            font.read_simple(dict, kind.name().unwrap_or_default(), &name, store)?;
        }
        Ok(font)
    }

    fn read_simple(
        &mut self,
        dict: &Dict,
        kind: &[u8],
        name: &str,
        store: &Store<'_>,
    ) -> Result<(), DocumentError> {
        let encoding = store.get(dict, b"Encoding")?;
        let base = match &encoding {
            Object::Dict(dict) => store.get(dict, b"BaseEncoding")?,
            other => other.clone(),
        };
        let codes = match base.name() {
            Some(b"WinAnsiEncoding") => Codes::WinAnsi,
            Some(b"MacRomanEncoding") => Codes::MacRoman,
            _ if kind == b"TrueType" => Codes::WinAnsi,
            _ => Codes::Standard,
        };
        let says_nothing = kind == b"Type3" || name.contains("symbol") || name.contains("dingbats");
        self.simple =
            (0..=255u8).map(|c| codes.letter(c).filter(|_| !says_nothing).map(String::from)).collect();
        if let Object::Dict(dict) = &encoding {
            let mut at = 0usize;
            for item in store.get(dict, b"Differences")?.array() {
                match item {
                    Object::Number(n) => at = n.max(0.0) as usize,
                    Object::Name(name) => {
                        if let Some(place) = self.simple.get_mut(at) {
                            *place = glyph::letters(&String::from_utf8_lossy(name));
                        }
                        at += 1;
                    }
                    _ => {}
                }
            }
        }
        if kind == b"Type3" {
            let matrix = store.get(dict, b"FontMatrix")?;
            self.unit = matrix.array().first().and_then(Object::number).map_or(0.001, f64::abs);
        }
        let first = store.get(dict, b"FirstChar")?.number().unwrap_or(0.0).max(0.0) as u32;
        for (nth, width) in (0u32..256).zip(store.get(dict, b"Widths")?.array()) {
            let width = store.find(width)?.object.number();
            self.widths.extend(width.map(|w| (first.saturating_add(nth), w)));
        }
        let descriptor = store.dict(dict, b"FontDescriptor")?;
        self.usual_width = store.get(&descriptor, b"MissingWidth")?.number().filter(|w| *w > 0.0);
        if name.contains("courier") {
            self.usual_width = Some(600.0);
        }
        Ok(())
    }

    fn read_composite(&mut self, dict: &Dict, store: &Store<'_>) -> Result<(), DocumentError> {
        let encoding = dict.get(&b"Encoding"[..]).map(|e| store.find(e)).transpose()?;
        let name =
            encoding.as_ref().and_then(|e| e.object.name()).map(|n| String::from_utf8_lossy(n).into_owned());
        let has = |part: &str| name.as_ref().is_some_and(|n| n.contains(part));
        self.composite = Some(match &encoding {
            _ if has("UCS2") || has("UTF16") => Composite::Encoded(UTF_16BE),
            _ if has("RKSJ") => Composite::Encoded(SHIFT_JIS),
            _ if has("GBK") || has("GB-EUC") || has("GBpc") => Composite::Encoded(GBK),
            _ if has("B5") || has("ETen") => Composite::Encoded(BIG5),
            _ if has("KSC") => Composite::Encoded(EUC_KR),
            Some(found) => match store.bytes(found)? {
                Some(data) => Composite::Map(Cmap::read(&data)),
                None => Composite::Two,
            },
            None => Composite::Two,
        });
        let descendants = store.get(dict, b"DescendantFonts")?;
        let Some(descendant) = descendants.array().first() else { return Ok(()) };
        let Object::Dict(descendant) = store.find(descendant)?.object else { return Ok(()) };
        self.usual_width = Some(store.get(&descendant, b"DW")?.number().unwrap_or(1000.0));
        self.read_widths(store.get(&descendant, b"W")?.array(), store)
    }

    /// Widths of a composite font: `first [w w ..]` or `first last w`.
    fn read_widths(&mut self, items: &[Object], store: &Store<'_>) -> Result<(), DocumentError> {
        let mut at = 0;
        while let (Some(first), Some(next)) = (items.get(at).and_then(Object::number), items.get(at + 1)) {
            let first = first.max(0.0) as u32;
            let next = store.find(next)?.object;
            if let Object::Array(widths) = &next {
                for (code, width) in (first..).zip(widths) {
                    self.widths.extend(width.number().map(|w| (code, w)));
                }
                at += 2;
            } else {
                let last = next.number().unwrap_or(0.0).max(0.0) as u32;
                let width = items.get(at + 2).and_then(Object::number).unwrap_or(1000.0);
                // long ranges stay ranges: some fonts have one for all of their letters
                if last.saturating_sub(first) < 256 {
                    self.widths.extend((first..=last).map(|code| (code, width)));
                } else if self.wide_ranges.len() < 256 {
                    self.wide_ranges.push((first, last, width));
                }
                store.spend(256)?;
                at += 3;
            }
        }
        Ok(())
    }

    /// The letters of a text of codes, one by one.
    pub(super) fn show(&self, text: &[u8], mut each: impl FnMut(Shown)) {
        let Some(composite) = &self.composite else {
            for b in text {
                each(self.shown(
                    u32::from(*b),
                    self.simple.get(usize::from(*b)).and_then(Clone::clone),
                    *b == 32,
                ));
            }
            return;
        };
        match composite {
            Composite::Encoded(encoding) if self.to_unicode.is_none() => {
                let (letters, _) = encoding.decode_without_bom_handling(text);
                for c in letters.chars() {
                    let width = if c.is_ascii() { 0.5 } else { 1.0 };
                    each(Shown { letters: Some(c.to_string()), width, is_space: false });
                }
            }
            _ => {
                let mut rest = text;
                while !rest.is_empty() {
                    let length = match composite {
                        Composite::Map(map) => map.code_length(rest),
                        _ => None,
                    };
                    let (this, more) = rest.split_at(length.unwrap_or(2).min(rest.len()));
                    each(self.shown(code(this), None, this == [32]));
                    rest = more;
                }
            }
        }
    }

    fn shown(&self, code: u32, own: Option<String>, is_space: bool) -> Shown {
        let mapped = self.to_unicode.as_ref().and_then(|map| map.letters(code)).map(str::to_owned);
        let letters = mapped.filter(|t| !t.is_empty() && !t.contains('\u{fffd}')).or(own);
        let guess = || {
            let first = letters.as_ref().and_then(|t| t.chars().next()).unwrap_or('n');
            let at = (first as usize).checked_sub(32);
            f64::from(at.and_then(|at| HELVETICA.get(at)).copied().unwrap_or(if first.is_ascii() {
                500
            } else {
                600
            }))
        };
        let ranged =
            self.wide_ranges.iter().find(|(from, to, _)| (*from..=*to).contains(&code)).map(|(.., w)| *w);
        let width =
            self.widths.get(&code).copied().or(ranged).or(self.usual_width).unwrap_or_else(guess) * self.unit;
        Shown { letters, width, is_space }
    }
}
