//! What is submitted.

use std::path::{Path, PathBuf};

use domain::TaskKind;
use process::exit::BadSetup;
use reqwest::multipart::{Form, Part};
use tokio_util::io::ReaderStream;

/// Bytes read from a file at once.
const CHUNK: usize = 256 << 10;

/// One piece of work to submit.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The kind of work, as in the path.
    pub kind: TaskKind,
    /// What to work on.
    pub input: Input,
    /// Further fields of the form.
    pub fields: Vec<(String, String)>,
}

/// What to work on.
#[derive(Debug, Clone)]
pub enum Input {
    /// A text.
    Text(String),
    /// A file, in the form field of this name.
    File(&'static str, PathBuf),
}

impl Input {
    /// A file as this kind of work takes it; kinds that take text only get what the file holds.
    ///
    /// # Errors
    /// [`BadSetup`] when that can't be read as text.
    pub fn of_file(kind: TaskKind, file: &Path) -> Result<Self, BadSetup> {
        let field = match kind {
            TaskKind::Transcription | TaskKind::AudioEnhancement | TaskKind::AudioAnalysis => "audio_file",
            TaskKind::VideoTranscription => "video_file",
            TaskKind::Summarization | TaskKind::DocumentTranslation => "document_file",
            TaskKind::Tts | TaskKind::TextTranslation => {
                let text = std::fs::read_to_string(file);
                let text =
                    text.map_err(|e| BadSetup(format!("{} can't be read as text ({e})", file.display())));
                return text.map(Self::Text);
            }
        };
        Ok(Self::File(field, file.to_owned()))
    }
}

impl Ask {
    /// A recording to transcribe, in a language by its tag or `auto`.
    #[must_use]
    pub fn transcription(file: &Path, language: &str) -> Self {
        let fields = vec![("source_language".to_owned(), language.to_owned())];
        Self { kind: TaskKind::Transcription, input: Input::File("audio_file", file.to_owned()), fields }
    }

    /// The form; a file is read while it is sent.
    pub(super) async fn form(&self) -> anyhow::Result<Form> {
        let form = self.fields.iter().fold(Form::new(), |form, (k, v)| form.text(k.clone(), v.clone()));
        Ok(match &self.input {
            Input::Text(text) => form.text("text", text.clone()),
            Input::File(field, file) => {
                let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let bytes = tokio::fs::File::open(file).await;
                let bytes = bytes.map_err(|e| BadSetup(format!("{} can't be read ({e})", file.display())))?;
                let length = bytes.metadata().await?.len();
                let body = reqwest::Body::wrap_stream(ReaderStream::with_capacity(bytes, CHUNK));
                form.part(*field, Part::stream_with_length(body, length).file_name(name))
            }
        })
    }
}
