//! The text fields of a submit: parsed at the door, canonical for the idempotency key.

use std::collections::BTreeSet;

use domain::{FileMeta, Language, NewTask, Priority, SourceLanguage, TaskId, TaskOptions, Timestamp};
use http::HeaderMap;
use process::clock::Clock;
use sha2::{Digest as _, Sha256};

use super::intake::Intake;
use crate::http::{call::About, problem::Problem};

/// The text fields of a submit.
#[derive(Debug)]
pub(crate) struct Fields {
    intake: &'static Intake,
    seen: BTreeSet<String>,
    source: Option<SourceLanguage>,
    target: Option<Language>,
    priority: Option<Priority>,
    wanted: Option<u8>,
    model: Option<String>,
    pub(crate) options: TaskOptions,
}

impl Fields {
    /// None yet.
    pub(crate) fn new(intake: &'static Intake) -> Self {
        Self {
            intake,
            seen: BTreeSet::new(),
            source: None,
            target: None,
            priority: None,
            wanted: None,
            model: None,
            options: TaskOptions::default(),
        }
    }

    /// Refuses names that are unknown or came before, and a second input.
    pub(crate) fn note(&mut self, name: &str) -> Result<(), Problem> {
        let names = self.intake.names();
        if !names.contains(&name) {
            return Err(Problem::invalid(format!("unknown field \"{name}\": use {}", names.join(", "))));
        }
        if !self.seen.insert(name.to_owned()) {
            return Err(Problem::field(name, "is given twice"));
        }
        if self.intake.inputs().filter(|input| self.seen.contains(*input)).count() > 1 {
            return Err(Problem::invalid(format!("give {}, not both", self.intake.input())));
        }
        Ok(())
    }

    /// Takes a value.
    ///
    /// # Errors
    /// Names the field and what it may be.
    pub(crate) fn set(&mut self, name: &str, value: String, models: &[String]) -> Result<(), Problem> {
        match name {
            "source_language" => self.source = Some(parse(name, &value)?),
            "target_language" => self.target = Some(parse(name, &value)?),
            "priority" => self.priority = Some(parse(name, &value)?),
            "required_miner_count" => {
                let count = value.parse().ok().filter(|n| (1..=NewTask::MAX_WANTED).contains(n));
                let range = format!("must be a whole number from 1 to {}", NewTask::MAX_WANTED);
                self.wanted = Some(count.ok_or_else(|| Problem::field(name, range))?);
            }
            "voice" => self.options.voice = Some(value),
            "speed" => self.options.speed_percent = Some(percent(name, &value)?),
            "format" => self.options.audio_format = Some(parse(name, &value)?),
            "max_words" => {
                let (least, most) = (TaskOptions::WORDS.start(), TaskOptions::WORDS.end());
                let range = format!("must be a whole number from {least} to {most}");
                self.options.max_words = Some(value.parse().map_err(|_| Problem::field(name, range))?);
            }
            "mode" => self.options.summary_mode = Some(parse(name, &value)?),
            "model_id" => {
                if !models.contains(&value) {
                    let value = domain::UnknownName::new("model", &value, &[]).got;
                    let allowed = models.join(", ");
                    return Err(Problem::field(
                        name,
                        format!("unknown model \"{value}\": use one of {allowed}"),
                    ));
                }
                self.model = Some(value);
            }
            // E24: accepted would mean delivered
            "callback_url" => {
                let way_out = "this deployment sends no callbacks; follow /api/v1/tasks/{id}/events instead";
                return Err(Problem::field(name, way_out));
            }
            _ => {}
        }
        self.options.check(self.intake.kind).map_err(|e| Problem::field(e.name, e.why))
    }

    /// The language that the client gave; `Auto` when it is to be detected.
    pub(crate) fn source(&self) -> SourceLanguage {
        self.source.unwrap_or(SourceLanguage::Auto)
    }

    /// The language to translate into, once `source` is known as well as it can be here.
    ///
    /// # Errors
    /// When it is missing, or is the language that the input is in already.
    pub(crate) fn target(&self, source: SourceLanguage) -> Result<Option<Language>, Problem> {
        const NAME: &str = "target_language";
        if !self.intake.own.contains(&NAME) {
            return Ok(None);
        }
        let missing = || {
            let allowed = Language::NAMES.join(", ");
            Problem::field(NAME, format!("is missing: use one of {allowed}"))
        };
        let target = self.target.ok_or_else(missing)?;
        if source == SourceLanguage::Given(target) {
            let name = target.english_name();
            return Err(Problem::field(
                NAME,
                format!("the input is in {name} already; choose another language"),
            ));
        }
        Ok(Some(target))
    }

    /// The task that these fields ask for.
    ///
    /// # Errors
    /// As [`Fields::target`].
    pub(crate) fn task(
        &self,
        input: &FileMeta,
        source: SourceLanguage,
        clock: &Clock,
        about: &About,
    ) -> Result<NewTask, Problem> {
        let now = Timestamp::from_micros(clock.micros());
        Ok(NewTask {
            id: TaskId::from_random(process::id::random()),
            kind: self.intake.kind,
            source,
            target: self.target(source)?,
            options: self.options.clone(),
            priority: self.priority.unwrap_or(Priority::Normal),
            wanted: self.wanted.unwrap_or(1),
            window: domain::fanout::WINDOW,
            input: input.id,
            input_size: input.size,
            submitted_at: now,
            // the scheduler sets it, and the window: how long a task may take is its policy
            deadline: now,
            traceparent: process::telemetry::traceparent(&about.span),
        })
    }

    /// How many miners the client asks for, if it says so.
    pub(crate) const fn wanted(&self) -> Option<u8> {
        self.wanted
    }

    /// Digest of everything the request asks for: fields in a fixed order with their defaults, and the bytes.
    pub(crate) fn fingerprint(&self, input: &FileMeta) -> domain::Sha256 {
        let (kind, source) = (self.intake.kind, self.source());
        let target = self.target.map(Language::name).unwrap_or_default();
        let (priority, wanted) = (self.priority.unwrap_or(Priority::Normal), self.wanted.unwrap_or(0));
        let model = self.model.as_deref().unwrap_or_default();
        // options serialize: no map with keys that are no text, no failing Serialize
        let options = serde_json::to_string(&self.options).unwrap_or_default();
        let name = input.file_name.as_deref().filter(|_| self.intake.is_named()).unwrap_or_default();
        let text = format!(
            "2\n{kind}\n{source}\n{target}\n{priority}\n{wanted}\n{model}\n{options}\n{}\n{name}",
            input.sha256
        );
        domain::Sha256(Sha256::digest(text).into())
    }
}

fn parse<T: std::str::FromStr<Err = domain::UnknownName>>(name: &str, value: &str) -> Result<T, Problem> {
    value.parse().map_err(|e| Problem::field(name, e))
}

/// A factor such as `1.25` in percent.
fn percent(name: &str, value: &str) -> Result<u16, Problem> {
    let factor: Option<f64> = value.parse().ok();
    let percent = factor.map(|f| (f * 100.0).round()).filter(|p| (0.0..=65_535.0).contains(p));
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within bounds and whole")]
    let percent = percent.map(|p| p as u16);
    percent.ok_or_else(|| Problem::field(name, "must be a number from 0.25 to 4"))
}

/// The client's key, if it sent one.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let fits = |s: &&str| (1..=255).contains(&s.len()) && s.bytes().all(|b| (0x20..0x7f).contains(&b));
    let key = value.to_str().ok().filter(fits).map(str::to_owned);
    key.map(Some)
        .ok_or_else(|| Problem::field("Idempotency-Key", "must be 1 to 255 printable ASCII characters"))
}

#[cfg(test)]
mod tests {
    use domain::{FileId, FilePurpose, TaskKind};

    use super::*;

    fn meta(byte: u8, name: &str) -> FileMeta {
        FileMeta {
            id: FileId::from_random(u128::from(byte)),
            sha256: domain::Sha256([byte; 32]),
            size: 3,
            content_type: "audio/wav".into(),
            file_name: Some(name.to_owned()),
            purpose: FilePurpose::UserAudio,
            created_at: Timestamp::default(),
            expires_at: Timestamp::default(),
        }
    }

    fn with(kind: TaskKind, pairs: &[(&str, &str)], input: &FileMeta) -> domain::Sha256 {
        let mut fields = Fields::new(Intake::of(kind));
        for (name, value) in pairs {
            fields.set(name, (*value).to_owned(), &["m".to_owned()]).unwrap();
        }
        fields.fingerprint(input)
    }

    #[test]
    fn the_fingerprint_tells_requests_apart_and_nothing_else() {
        // D5
        use TaskKind::{AudioEnhancement, DocumentTranslation, Summarization, Transcription, Tts};
        let (one, other) = (meta(1, "a"), meta(1, "b"));
        let plain = with(Transcription, &[], &one);
        let defaults = [("priority", "normal"), ("source_language", "auto")];
        assert_eq!(plain, with(Transcription, &defaults, &one));
        assert_eq!(plain, with(Transcription, &[], &other), "the name of a recording is told nowhere");
        let all = [
            plain,
            with(Transcription, &[("priority", "high")], &one),
            with(Transcription, &[("source_language", "en")], &one),
            with(Transcription, &[("required_miner_count", "1")], &one),
            with(Transcription, &[("required_miner_count", "2")], &one),
            with(Transcription, &[("model_id", "m")], &one),
            with(Transcription, &[], &meta(2, "a")),
            with(AudioEnhancement, &[], &one),
            with(AudioEnhancement, &[("format", "mp3")], &one),
            with(Tts, &[], &one),
            with(Tts, &[("voice", "af_heart")], &one),
            with(Tts, &[("speed", "1.5")], &one),
            with(Tts, &[("format", "mp3")], &one),
            with(Summarization, &[("max_words", "50")], &one),
            with(Summarization, &[("mode", "extractive")], &one),
            with(DocumentTranslation, &[("target_language", "pt")], &one),
            with(DocumentTranslation, &[("target_language", "es")], &one),
            with(DocumentTranslation, &[("target_language", "pt")], &other),
        ];
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        assert_eq!(
            with(Tts, &[("speed", "1.5"), ("voice", "x")], &one),
            with(Tts, &[("voice", "x"), ("speed", "1.50")], &one)
        );
    }

    #[test]
    fn a_speed_is_a_factor_within_bounds() {
        let set = |value: &str| {
            let mut fields = Fields::new(Intake::of(TaskKind::Tts));
            fields.set("speed", value.to_owned(), &[]).map(|()| fields.options.speed_percent)
        };
        assert_eq!(set("1.25").unwrap(), Some(125));
        assert_eq!(set("0.25").unwrap(), Some(25));
        for bad in ["0", "-1", "0.2", "4.1", "1e9", "NaN", "inf", "fast", "1,5"] {
            assert!(format!("{:?}", set(bad).unwrap_err()).contains("from 0.25 to 4"), "{bad}");
        }
    }
}
