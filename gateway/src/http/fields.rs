//! The fields of a submit: parsed at the door, canonical for the idempotency key.

use std::collections::BTreeSet;

use domain::{FileMeta, NewTask, Priority, SourceLanguage, TaskId, TaskKind, Timestamp};
use http::HeaderMap;
use process::clock::Clock;
use sha2::{Digest as _, Sha256};

use super::{call::About, problem::Problem};

/// The text fields of a submit.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    seen: BTreeSet<String>,
    source: Option<SourceLanguage>,
    priority: Option<Priority>,
    wanted: Option<u8>,
    model: Option<String>,
}

/// The field that holds the recording.
pub(crate) const FILE: &str = "audio_file";
const NAMES: &str = "audio_file, source_language, priority, required_miner_count, model_id, callback_url";

impl Fields {
    /// Refuses names that are unknown or came before.
    pub(crate) fn note(&mut self, name: &str) -> Result<(), Problem> {
        if !NAMES.split(", ").any(|known| known == name) {
            return Err(Problem::invalid(format!("unknown field \"{name}\": use {NAMES}")));
        }
        if !self.seen.insert(name.to_owned()) {
            return Err(Problem::field(name, "is given twice"));
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
            "priority" => self.priority = Some(parse(name, &value)?),
            "required_miner_count" => {
                let count = value.parse().ok().filter(|n| (1..=NewTask::MAX_WANTED).contains(n));
                let range = format!("must be a whole number from 1 to {}", NewTask::MAX_WANTED);
                self.wanted = Some(count.ok_or_else(|| Problem::field(name, range))?);
            }
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
        Ok(())
    }

    fn source(&self) -> SourceLanguage {
        self.source.unwrap_or(SourceLanguage::Auto)
    }

    /// The task that these fields ask for.
    pub(crate) fn task(&self, input: &FileMeta, clock: &Clock, about: &About) -> NewTask {
        let now = Timestamp::from_micros(clock.micros());
        NewTask {
            id: TaskId::from_random(process::id::random()),
            kind: TaskKind::Transcription,
            source: self.source(),
            target: None,
            priority: self.priority.unwrap_or(Priority::Normal),
            wanted: self.wanted.unwrap_or(1),
            input: input.id,
            input_size: input.size,
            submitted_at: now,
            // the scheduler sets it: how long a task may take is its policy
            deadline: now,
            traceparent: process::telemetry::traceparent(&about.span),
        }
    }

    /// Digest of everything the request asks for: fields in a fixed order with their defaults, and the bytes.
    pub(crate) fn fingerprint(&self, input: &FileMeta) -> domain::Sha256 {
        let (kind, source) = (TaskKind::Transcription, self.source());
        let (priority, wanted) = (self.priority.unwrap_or(Priority::Normal), self.wanted.unwrap_or(1));
        let model = self.model.as_deref().unwrap_or_default();
        let text = format!("1\n{kind}\n{source}\n{priority}\n{wanted}\n{model}\n{}\n", input.sha256);
        domain::Sha256(Sha256::digest(text).into())
    }
}

fn parse<T: std::str::FromStr<Err = domain::UnknownName>>(name: &str, value: &str) -> Result<T, Problem> {
    value.parse().map_err(|e| Problem::field(name, e))
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

/// The last part of the client's name for its file, at most 255 bytes; metadata only.
pub(crate) fn plain_name(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut plain: String = last.chars().filter(|c| !c.is_control()).collect();
    while plain.len() > 255 {
        plain.pop();
    }
    Some(plain).filter(|p| !p.is_empty())
}

#[cfg(test)]
mod tests {
    use domain::{FileId, FilePurpose};

    use super::*;

    fn meta(byte: u8) -> FileMeta {
        FileMeta {
            id: FileId::from_random(u128::from(byte)),
            sha256: domain::Sha256([byte; 32]),
            size: 3,
            content_type: "audio/wav".into(),
            file_name: None,
            purpose: FilePurpose::UserAudio,
            created_at: Timestamp::default(),
            expires_at: Timestamp::default(),
        }
    }

    #[test]
    fn the_fingerprint_tells_requests_apart_and_nothing_else() {
        // D5
        let models = ["m".to_owned()];
        let with = |pairs: &[(&str, &str)]| {
            let mut fields = Fields::default();
            for (name, value) in pairs {
                fields.set(name, (*value).to_owned(), &models).unwrap();
            }
            fields.fingerprint(&meta(1))
        };
        let plain = with(&[]);
        assert_eq!(
            plain,
            with(&[("priority", "normal"), ("source_language", "auto"), ("required_miner_count", "1")])
        );
        let others = [
            with(&[("priority", "high")]),
            with(&[("source_language", "en")]),
            with(&[("required_miner_count", "2")]),
            with(&[("model_id", "m")]),
            Fields::default().fingerprint(&meta(2)),
        ];
        let distinct: BTreeSet<_> = others.into_iter().chain([plain]).collect();
        assert_eq!(distinct.len(), 6);
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
