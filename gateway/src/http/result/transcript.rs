//! Results of transcriptions, of recordings and of videos.

use domain::{TaskKind, Transcript, caption};
use http::StatusCode;

use super::{Ended, Found, Results, end, read};
use crate::http::{
    answer::{self, Answer},
    call::Call,
    types::{
        result::NoResult,
        transcript::{TranscriptJson, TranscriptionResult},
    },
};

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
/// 202 with the state of the task while there is none yet. While more miners are waited for, the first answer is given and
/// marked as provisional.
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
        ), headers(("X-Violet-Provisional" = String), ("X-Violet-Agreement" = String))),
        NoResult,
    )
)]
pub(crate) async fn transcription(call: Call, s: Results) -> Answer {
    show(call, &s, TaskKind::Transcription).await
}

/// Gives the transcript of a video; `srt` and `vtt` are its subtitles.
///
/// 202 with the state of the task while there is none yet. While more miners are waited for, the first answer is given and
/// marked as provisional.
#[utoipa::path(
    get, path = "/api/v1/video-transcription/{id}/result", tag = "results", operation_id = "getVideoTranscription",
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
        ), headers(("X-Violet-Provisional" = String), ("X-Violet-Agreement" = String))),
        NoResult,
    )
)]
pub(crate) async fn video_transcription(call: Call, s: Results) -> Answer {
    show(call, &s, TaskKind::VideoTranscription).await
}

async fn show(mut call: Call, s: &Results, kind: TaskKind) -> Answer {
    let format = call.query.take::<Format>("format")?.unwrap_or(Format::Json);
    end(&mut call)?;
    let found = Found::of(&call, &s.tasks, kind).await?;
    let Some(ended) = found.ended()? else {
        return Ok(found.running());
    };
    let transcript = call.about.wait("storage", read(s, ended.response.output.file)).await?;
    Ok(ended.vouch(render(format, ended, &transcript)))
}

fn render(format: Format, ended: Ended<'_>, t: &Transcript) -> warp::reply::Response {
    let ok = StatusCode::OK;
    match format {
        Format::Json => {
            let full = TranscriptionResult::new(ended.task, ended.lease, ended.response, t);
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
