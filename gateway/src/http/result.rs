//! Results of tasks.

use domain::{
    ErrorKind, FileId, Lease, Response as Answered, Task, TaskKind, TaskState, Transcript, caption,
};
use futures_util::{StreamExt as _, pin_mut};
use http::StatusCode;
use proto::client::{FilesClient, TasksClient};

use super::{
    answer::{self, Answer},
    call::Call,
    problem::{Problem, ProblemBody},
    tasks,
    types::{
        task::TaskStatusView,
        transcript::{TranscriptJson, TranscriptionResult},
    },
};

/// What this route needs.
#[derive(Clone)]
pub(crate) struct Results {
    pub(crate) tasks: TasksClient,
    pub(crate) files: FilesClient,
    /// Longest stored transcript that is read into memory.
    pub(crate) transcript_bytes: u64,
}

/// A form in which a transcript can be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Text,
    Srt,
    Vtt,
    VerboseJson,
}

const FORMATS: [(&str, Format); 5] = [
    ("json", Format::Json),
    ("text", Format::Text),
    ("srt", Format::Srt),
    ("vtt", Format::Vtt),
    ("verbose_json", Format::VerboseJson),
];
const FORMAT_NAMES: &[&str] = &["json", "text", "srt", "vtt", "verbose_json"];

impl std::str::FromStr for Format {
    type Err = domain::UnknownName;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let found = FORMATS.iter().find(|(name, _)| *name == s);
        found.map(|(_, f)| *f).ok_or_else(|| domain::UnknownName::new("format", s, FORMAT_NAMES))
    }
}

/// Gives the transcript of a transcription task.
///
/// 202 with the state of the task while there is none yet.
#[utoipa::path(
    get, path = "/api/v1/transcription/{id}/result", tag = "results", operation_id = "getTranscription",
    params(
        ("id" = String, Path, description = "The task"),
        ("format" = Option<String>, Query, description = "json (default), text, srt, vtt or verbose_json"),
    ),
    responses(
        (status = 200, description = "The transcript", content(
            (TranscriptJson = "application/json"),
            (String = "text/plain"),
            (String = "application/x-subrip"),
            (String = "text/vtt"),
        )),
        (status = 202, description = "The task still runs", body = TaskStatusView),
        (status = 400, description = "An unknown format", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such transcription task",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 410, description = "The task was cancelled, or its result has expired",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "The task failed, with its reason",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn transcription(mut call: Call, s: Results) -> Answer {
    let format = call.query.take::<Format>("format")?.unwrap_or(Format::Json);
    std::mem::replace(&mut call.query, super::query::Query::new(String::new())).end()?;
    let task = tasks::get(&call, &s.tasks).await?;
    if task.spec.kind != TaskKind::Transcription {
        let way_out = format!(
            "this is a {0} task; its result is at /api/v1/{0}/{1}/result",
            task.spec.kind, task.spec.id
        );
        return Err(Problem::not_found(way_out));
    }
    let Some((lease, response)) = ended(&task)? else {
        return Ok(answer::json(StatusCode::ACCEPTED, &TaskStatusView::from(&task)));
    };
    let transcript = call.about.wait("storage", read(&s, response.output.file)).await?;
    Ok(render(format, &task, lease, response, &transcript))
}

/// The answer that is served; `None` while the task runs.
///
/// # Errors
/// `Gone` when it was cancelled, the failure when it failed.
fn ended(task: &Task) -> Result<Option<(&Lease, &Answered)>, Problem> {
    match &task.state {
        TaskState::Pending | TaskState::Assigned | TaskState::InProgress { .. } => Ok(None),
        TaskState::Cancelled { .. } => {
            Err(Problem::new(ErrorKind::Gone, "the task was cancelled: there is no result"))
        }
        TaskState::Failed { failure, .. } => Err(Problem::task_failed(failure)),
        TaskState::Completed { chosen, .. } | TaskState::Approved { chosen, .. } => {
            let lease = task.leases.iter().find(|l| l.id == *chosen);
            let found = lease.and_then(|l| l.response().map(|r| (l, r)));
            found.map(Some).ok_or_else(|| {
                Problem::internal(format!("task {}: no answer is the chosen one", task.spec.id))
            })
        }
    }
}

/// Reads the document that a miner stored.
async fn read(s: &Results, file: FileId) -> Result<Transcript, Problem> {
    let reader = s.files.get(file, 0, None).await.map_err(|e| match e.kind {
        ErrorKind::NotFound => Problem::new(ErrorKind::Gone, "the result has expired"),
        _ => e.into(),
    })?;
    let size = reader.meta.size;
    if size > s.transcript_bytes {
        return Err(Problem::internal(format!("result {file} has {size} bytes, more than is read")));
    }
    let mut document = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    let chunks = reader.chunks();
    pin_mut!(chunks);
    while let Some(chunk) = chunks.next().await {
        document.extend_from_slice(&chunk?);
    }
    let parsed = serde_json::from_slice(&document);
    parsed.map_err(|e| Problem::internal(format!("result {file} is no transcript: {e}")))
}

fn render(
    format: Format,
    task: &Task,
    lease: &Lease,
    response: &Answered,
    t: &Transcript,
) -> warp::reply::Response {
    let ok = StatusCode::OK;
    match format {
        Format::Json => {
            let full = TranscriptionResult::new(task, lease, response, t);
            answer::json(ok, &TranscriptJson::Full(full))
        }
        Format::VerboseJson => answer::json(ok, &TranscriptJson::Verbose(t.into())),
        Format::Text => answer::bytes(ok, "text/plain; charset=utf-8", caption::plain(t)),
        Format::Srt => answer::bytes(ok, "application/x-subrip; charset=utf-8", caption::srt(t)),
        Format::Vtt => answer::bytes(ok, "text/vtt; charset=utf-8", caption::vtt(t)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_known_by_the_name_that_a_refusal_tells() {
        // E17
        for name in FORMAT_NAMES {
            assert!(name.parse::<Format>().is_ok(), "{name}");
        }
        assert_eq!(FORMATS.map(|(name, _)| name).as_slice(), FORMAT_NAMES);
        assert!(
            "docx".parse::<Format>().unwrap_err().to_string().contains("json, text, srt, vtt, verbose_json")
        );
    }
}
