//! Bytes as text and back, in the encoding that they came in.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::DocumentError;

/// How a file writes its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Coding {
    encoding: &'static Encoding,
    utf8: bool,
    /// Whether a byte order mark begins the file.
    mark: bool,
}

impl Default for Coding {
    fn default() -> Self {
        Self::new(UTF_8, false)
    }
}

/// Reads text: by its byte order mark, else as UTF-8, else as UTF-16 by its zeros, else as `declared`, else by the
/// statistics of its letters. Refuses what is not text; the text names the format.
pub(super) fn decode(
    bytes: &[u8],
    declared: Option<&'static Encoding>,
    format: &'static str,
) -> Result<(String, Coding), DocumentError> {
    let broken = |what| DocumentError::Broken { format, what };
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        let (text, errors) = encoding.decode_without_bom_handling(&bytes[length..]);
        return if errors && encoding == UTF_8 || !is_text(&text) {
            Err(broken("it is not text"))
        } else {
            Ok((text.into_owned(), Coding::new(encoding, true)))
        };
    }
    if let Ok(text) = std::str::from_utf8(bytes)
        && is_text(text)
    {
        return Ok((text.to_owned(), Coding::default()));
    }
    let encoding = wide(bytes).or(declared.filter(|e| *e != UTF_8)).unwrap_or_else(|| {
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
        detector.feed(bytes, true);
        detector.guess(None, Utf8Detection::Deny)
    });
    let (text, errors) = encoding.decode_without_bom_handling(bytes);
    if errors || !is_text(&text) {
        return Err(broken("it is not text in any known encoding"));
    }
    Ok((text.into_owned(), Coding::new(encoding, false)))
}

/// UTF-16 without a mark shows in the zeros of its Latin letters.
fn wide(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(4096) & !1];
    let zeros = |odd: usize| head.iter().skip(odd).step_by(2).filter(|b| **b == 0).count();
    let (even, odd, all) = (zeros(0), zeros(1), head.len() / 2);
    match () {
        () if all < 2 => None,
        () if odd * 10 > all * 3 && even * 20 < all => Some(UTF_16LE),
        () if even * 10 > all * 3 && odd * 20 < all => Some(UTF_16BE),
        () => None,
    }
}

/// Control characters that no text has mean that it is something else.
fn is_text(text: &str) -> bool {
    let control = |c: &char| {
        c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}' | '\u{85}' | '\u{1a}' | '\u{1b}')
    };
    let (mut bad, mut all) = (0usize, 0usize);
    for c in text.chars() {
        all += 1;
        bad += usize::from(control(&c));
        if c == '\0' {
            return false;
        }
    }
    bad * 200 <= all
}

impl Coding {
    fn new(encoding: &'static Encoding, mark: bool) -> Self {
        Self { encoding, utf8: encoding == UTF_8, mark }
    }

    /// Whether everything is written as UTF-8.
    pub(super) const fn is_utf8(self) -> bool {
        self.utf8
    }

    /// Writes text in this encoding. Characters that it lacks become references when `references` (HTML), else the
    /// whole is written as UTF-8.
    pub(super) fn encode(self, text: &str, references: bool) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len() + 4);
        if self.encoding == UTF_16LE || self.encoding == UTF_16BE {
            let little = self.encoding == UTF_16LE;
            let units = self.mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
            out.extend(units.flat_map(|u| if little { u.to_le_bytes() } else { u.to_be_bytes() }));
            return out;
        }
        if self.encoding == UTF_8 && self.mark {
            out.extend_from_slice(b"\xef\xbb\xbf");
        }
        let (bytes, _, lacking) = self.encoding.encode(text);
        out.extend_from_slice(if lacking && !references { text.as_bytes() } else { &bytes });
        out
    }
}
