//! Reading what a client submits: text fields are checked as they come, a file goes straight into the store, and so
//! does a text once its language is known.

use bytes::Bytes;
use domain::{DocumentFormat, FileId, FileMeta, Language, SourceLanguage};
use futures_util::{Stream, StreamExt as _, stream};
use language::{Detected, Undetected};
use proto::client::PutFile;

use super::{
    Submit, document,
    fields::Fields,
    intake::{Intake, TEXT},
};
use crate::http::{
    call::{About, Body},
    encoded,
    form::{Form, MAX_TEXT, Part},
    problem::Problem,
    upload::{self, Broken},
};

/// Everything that a client submitted, stored.
pub(super) struct Received {
    pub(super) fields: Fields,
    pub(super) input: FileMeta,
    /// The language of the input, as well as it is known here.
    pub(super) source: SourceLanguage,
    /// What was measured of a text, whether or not a language was given.
    pub(super) detected: Option<Detected>,
    /// Of a text that came in a field.
    pub(super) size: Option<TextSize>,
}

/// How long a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TextSize {
    pub(crate) characters: u64,
    /// Words; in Japanese and Chinese, which write none, characters that are no white space.
    pub(crate) words: u64,
}

/// The input as it came.
enum Input {
    Text(String),
    File(FileMeta, Option<Detected>),
}

/// Reads a form of parts.
///
/// # Errors
/// What is wrong with the form or one of its fields. Then nothing of it is read any more.
pub(super) async fn parts(
    form: &mut Form,
    s: &Submit,
    about: &About,
    intake: &'static Intake,
) -> Result<Received, Problem> {
    let (mut fields, mut input) = (Fields::new(intake), None);
    while let Some(part) = form.next().await? {
        fields.note(&part.name)?;
        if Some(part.name.as_str()) == intake.file {
            input = Some(file(part, s, about, intake, &mut fields).await?);
        } else if part.name == TEXT {
            input = Some(Input::Text(plain(part.long_text(s.limits.text_bytes).await?)?));
        } else {
            let name = part.name.clone();
            if let Some(value) = part.text().await? {
                fields.set(&name, value, &s.models)?;
            }
        }
    }
    finish(fields, input, s, about, intake).await
}

/// Reads an urlencoded form, which holds texts only.
///
/// # Errors
/// As [`parts`].
pub(super) async fn pairs(
    body: Body,
    s: &Submit,
    about: &About,
    intake: &'static Intake,
) -> Result<Received, Problem> {
    let (mut fields, mut input) = (Fields::new(intake), None);
    for (name, value) in encoded::read(body, encoded::room(s.limits.text_bytes), s.idle).await? {
        fields.note(&name)?;
        if Some(name.as_str()) == intake.file {
            return Err(Problem::field(&name, "a file is sent as multipart/form-data"));
        } else if name == TEXT {
            if value.len() as u64 > s.limits.text_bytes {
                return Err(Broken::TooLarge { limit: s.limits.text_bytes }.problem(TEXT));
            }
            input = Some(Input::Text(plain(Some(value).filter(|v| !v.is_empty()))?));
        } else if value.len() > MAX_TEXT {
            return Err(Problem::field(&name, format!("is longer than {MAX_TEXT} bytes")));
        } else if !value.is_empty() {
            fields.set(&name, value, &s.models)?;
        }
    }
    finish(fields, input, s, about, intake).await
}

/// Settles the language, and stores a text: nothing that is refused gets that far.
async fn finish(
    fields: Fields,
    input: Option<Input>,
    s: &Submit,
    about: &About,
    intake: &'static Intake,
) -> Result<Received, Problem> {
    let input = input.ok_or_else(|| Problem::field(&intake.input(), "is missing"))?;
    let (input, source, detected, size) = match input {
        Input::File(meta, detected) => {
            let auto = detected.map_or(SourceLanguage::Auto, |d| SourceLanguage::Given(d.language));
            let source = fields.source().given().map_or(auto, SourceLanguage::Given);
            fields.target(source)?;
            (meta, source, detected, None)
        }
        Input::Text(text) => {
            let (text, measured) = aside(move || {
                let measured = language::detect(&text);
                (text, measured)
            })
            .await?;
            let language = settle(fields.source(), measured)?;
            let source = SourceLanguage::Given(language);
            fields.target(source)?;
            let size = TextSize::of(&text, language);
            let meta = store_text(text, s, about, intake).await?;
            (meta, source, measured.ok(), Some(size))
        }
    };
    Ok(Received { fields, input, source, detected, size })
}

/// Does what takes some milliseconds of a core where it holds up no other request.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|e| Problem::internal(e.to_string()))
}

/// What a client says of the language is taken at its word; else it is as it was measured.
fn settle(said: SourceLanguage, measured: Result<Detected, Undetected>) -> Result<Language, Problem> {
    let unknown = |e: Undetected| {
        let allowed = Language::NAMES.join(", ");
        let what = format!("the language of the text can't be detected: {e}; give it as one of {allowed}");
        Problem::field("source_language", what)
    };
    said.given().map_or_else(|| measured.map(|d| d.language).map_err(unknown), Ok)
}

/// A text that can be worked on.
fn plain(text: Option<String>) -> Result<String, Problem> {
    let text = text.ok_or_else(|| Problem::field(TEXT, "is empty"))?;
    if text.contains('\0') {
        return Err(Problem::field(TEXT, "has NUL characters: it is no text"));
    }
    Ok(text)
}

async fn file(
    part: Part,
    s: &Submit,
    about: &About,
    intake: &Intake,
    fields: &mut Fields,
) -> Result<Input, Problem> {
    let field = part.name.clone();
    let file_name = part.file_name.as_deref().and_then(plain_name);
    let mut bytes = part.bytes();
    let (first, fault) = if intake.takes_document() {
        document::head(&mut bytes).await
    } else {
        // looking at the first byte keeps an empty file from becoming one in the store
        match bytes.next().await {
            Some(Ok(first)) => (first, None),
            Some(Err(broken)) => (Bytes::new(), Some(broken)),
            None => (Bytes::new(), None),
        }
    };
    if let Some(broken) = fault {
        return Err(broken.problem(&field));
    }
    if first.is_empty() {
        return Err(Problem::field(&field, "is empty"));
    }
    let mut detected = None;
    if intake.takes_document() {
        let format: DocumentFormat = document::format(&field, file_name.as_deref(), &first)?;
        fields.options.document_format = Some(format);
        let head = first.clone();
        detected = aside(move || document::detect(format, &head)).await?;
    }
    let whole = stream::iter([Ok(first)]).chain(bytes);
    let meta = store(whole, &field, file_name, intake.file_bytes(&s.limits), s, about, intake).await?;
    Ok(Input::File(meta, detected))
}

async fn store_text(text: String, s: &Submit, about: &About, intake: &Intake) -> Result<FileMeta, Problem> {
    /// A message of the store holds no more than a few of these.
    const PIECE: usize = 64 << 10;
    let mut rest = Bytes::from(text);
    let pieces = std::iter::from_fn(move || {
        let piece = rest.split_to(rest.len().min(PIECE));
        Some(piece).filter(|p| !p.is_empty()).map(Ok)
    });
    store(stream::iter(pieces), TEXT, None, s.limits.text_bytes, s, about, intake).await
}

async fn store(
    bytes: impl Stream<Item = Result<Bytes, Broken>> + Send + Unpin + 'static,
    field: &str,
    file_name: Option<String>,
    max_size: u64,
    s: &Submit,
    about: &About,
    intake: &Intake,
) -> Result<FileMeta, Problem> {
    let id = FileId::from_random(process::id::random());
    let file = PutFile { id, purpose: intake.purpose, file_name, max_size, expected: None };
    about.wait("storage", upload::store(&s.files, file, field, bytes)).await
}

/// The last part of the client's name for its file, at most 255 bytes; metadata only.
fn plain_name(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut plain: String = last.chars().filter(|c| !c.is_control()).collect();
    while plain.len() > 255 {
        plain.pop();
    }
    Some(plain).filter(|p| !p.is_empty())
}

impl TextSize {
    fn of(text: &str, language: Language) -> Self {
        let words = match language {
            Language::Ja | Language::Zh => text.chars().filter(|c| !c.is_whitespace()).count(),
            _ => text.split_whitespace().count(),
        };
        Self { characters: text.chars().count() as u64, words: words as u64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_as_the_language_writes_them() {
        assert_eq!(TextSize::of("one  two\nthree", Language::En), TextSize { characters: 14, words: 3 });
        assert_eq!(TextSize::of("你好 世界", Language::Zh), TextSize { characters: 5, words: 4 });
        assert_eq!(TextSize::of("안녕 세계", Language::Ko).words, 2);
    }

    #[test]
    fn a_file_name_is_only_a_name() {
        // H5, R9
        for (given, kept) in [
            ("talk.wav", Some("talk.wav")),
            ("../../etc/passwd", Some("passwd")),
            ("C:\\Users\\me\\a b.mp3", Some("a b.mp3")),
            ("a\r\nX: y\0.wav", Some("aX: y.wav")),
            ("dir/", None),
            ("", None),
        ] {
            assert_eq!(plain_name(given).as_deref(), kept, "{given:?}");
        }
        assert!(plain_name(&"é".repeat(300)).is_some_and(|n| n.len() <= 255));
    }
}
