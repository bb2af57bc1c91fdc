//! A lease as it came from the scheduler, parsed once at the door.

use std::{fmt, time::Duration};

use domain::{Fence, FileId, Language, LeaseId, SourceLanguage, TaskId, TaskKind, TaskOptions};
use proto::{BadField, convert, pb};
use reqwest::Url;

/// Longest time that is taken at its word.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);

/// What names a lease in every message about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Claim {
    /// The task.
    pub(super) task: TaskId,
    /// The grant.
    pub(super) lease: LeaseId,
    /// Its fencing number.
    pub(super) fence: Fence,
}

/// A route of the gateway and the leave to use it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Door {
    /// Where; http or https.
    pub(super) url: Url,
    /// Bearer token. Never printed.
    pub(super) ticket: String,
}

/// One piece of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assignment {
    /// Which.
    pub(super) claim: Claim,
    /// What is to be done.
    pub(super) kind: TaskKind,
    /// Language of the input.
    pub(super) source: SourceLanguage,
    /// Language of the output, for translations.
    pub(super) target: Option<Language>,
    /// What else was asked for.
    pub(super) options: TaskOptions,
    /// GET the input here.
    pub(super) input: Door,
    /// Bytes of the input.
    pub(super) input_size: u64,
    /// PUT the result here.
    pub(super) output: Door,
    /// Name of the result.
    pub(super) output_file: FileId,
    /// Time for all of it, from now.
    pub(super) run: Duration,
    /// The trace to join.
    pub(super) traceparent: Option<String>,
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Door({})", self.url)
    }
}

impl TryFrom<&pb::scheduler_message::Lease> for Claim {
    type Error = BadField;

    fn try_from(lease: &pb::scheduler_message::Lease) -> Result<Self, BadField> {
        Ok(Self {
            task: convert::parse("task", &lease.task)?,
            lease: convert::parse("lease", &lease.lease)?,
            fence: Fence(lease.fence),
        })
    }
}

impl TryFrom<&pb::scheduler_message::Lease> for Assignment {
    type Error = BadField;

    fn try_from(lease: &pb::scheduler_message::Lease) -> Result<Self, BadField> {
        Ok(Self {
            claim: Claim::try_from(lease)?,
            kind: convert::kind(lease.kind)?,
            source: convert::parse("source_language", &lease.source_language)?,
            target: convert::optional(&lease.target_language)
                .map(|l| convert::parse("target_language", l))
                .transpose()?,
            options: convert::options(lease.options.as_ref())?,
            input: Door { url: url("input_url", &lease.input_url)?, ticket: lease.input_ticket.clone() },
            input_size: lease.input_size,
            output: Door { url: url("output_url", &lease.output_url)?, ticket: lease.output_ticket.clone() },
            output_file: convert::parse("output_file", &lease.output_file)?,
            run: Duration::from_millis(lease.run_ms).min(LONGEST),
            traceparent: convert::optional(&lease.traceparent).map(str::to_owned),
        })
    }
}

fn url(field: &'static str, text: &str) -> Result<Url, BadField> {
    let url: Url = convert::parse(field, text)?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        other => Err(BadField::new(field, format!("{other} is not http or https"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease() -> pb::scheduler_message::Lease {
        pb::scheduler_message::Lease {
            task: TaskId::from_random(1).to_string(),
            lease: LeaseId::from_random(2).to_string(),
            fence: 3,
            kind: convert::kind_to_pb(TaskKind::Transcription),
            source_language: "auto".into(),
            input_url: "http://127.0.0.1:8000/api/v1/files/x".into(),
            input_ticket: "secret-in".into(),
            input_size: 9,
            output_url: "https://gateway.example/out".into(),
            output_ticket: "secret-out".into(),
            output_file: FileId::from_random(4).to_string(),
            run_ms: 1500,
            ..Default::default()
        }
    }

    #[test]
    fn a_lease_is_parsed_whole_and_its_tickets_are_never_printed() {
        // S11
        let a = Assignment::try_from(&lease()).unwrap();
        assert_eq!(
            (a.source, a.run, a.traceparent.as_deref()),
            (SourceLanguage::Auto, Duration::from_millis(1500), None)
        );
        assert!(!format!("{a:?}").contains("secret"));
        let endless = pb::scheduler_message::Lease { run_ms: u64::MAX, ..lease() };
        assert_eq!(Assignment::try_from(&endless).unwrap().run, LONGEST);
    }

    #[test]
    fn a_field_that_says_nothing_useful_is_named() {
        let refused = |change: fn(&mut pb::scheduler_message::Lease)| {
            let mut wire = lease();
            change(&mut wire);
            Assignment::try_from(&wire).unwrap_err().field
        };
        assert_eq!(refused(|l| l.kind = 0), "kind");
        assert_eq!(refused(|l| l.source_language = "klingon".into()), "source_language");
        assert_eq!(refused(|l| l.input_url = "file:///etc/passwd".into()), "input_url");
        assert_eq!(refused(|l| l.output_url = "not a url".into()), "output_url");
        assert_eq!(refused(|l| l.output_file = "../x".into()), "output_file");
    }
}
