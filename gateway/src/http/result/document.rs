//! Results that are documents of their own form: summaries, translated texts, measurements.

use domain::TaskKind;
use http::StatusCode;
use serde::{Serialize, de::DeserializeOwned};

use super::{Found, Results, only_json, read};
use crate::http::{
    answer::{self, Answer},
    call::Call,
    types::result::{AnalysisResult, NoResult, Origin, SummaryResult, TranslationResult},
};

/// Gives a summary.
///
/// 202 with the state of the task while there is none yet. While more miners are waited for, the first answer is given and
/// marked as provisional.
#[utoipa::path(
    get, path = "/api/v1/summarization/{id}/result", tag = "results", operation_id = "getSummary",
    params(("id" = String, Path, description = "The task")),
    responses((status = 200, description = "The summary", body = SummaryResult), NoResult)
)]
pub(crate) async fn summarization(call: Call, s: Results) -> Answer {
    show(call, &s, TaskKind::Summarization, SummaryResult::new).await
}

/// Gives a translated text.
///
/// 202 with the state of the task while there is none yet. While more miners are waited for, the first answer is given and
/// marked as provisional.
#[utoipa::path(
    get, path = "/api/v1/text-translation/{id}/result", tag = "results", operation_id = "getTranslation",
    params(("id" = String, Path, description = "The task")),
    responses((status = 200, description = "The translation", body = TranslationResult), NoResult)
)]
pub(crate) async fn text_translation(call: Call, s: Results) -> Answer {
    show(call, &s, TaskKind::TextTranslation, TranslationResult::new).await
}

/// Gives what was measured in a recording.
///
/// 202 with the state of the task while there is none yet. While more miners are waited for, the first answer is given and
/// marked as provisional.
#[utoipa::path(
    get, path = "/api/v1/audio-analysis/{id}/result", tag = "results", operation_id = "getAnalysis",
    params(("id" = String, Path, description = "The task")),
    responses((status = 200, description = "The measurements", body = AnalysisResult), NoResult)
)]
pub(crate) async fn audio_analysis(call: Call, s: Results) -> Answer {
    show(call, &s, TaskKind::AudioAnalysis, AnalysisResult::new).await
}

/// Reads the stored document as a `D` and shows it as a `V`.
async fn show<D: DeserializeOwned, V: Serialize>(
    mut call: Call,
    s: &Results,
    kind: TaskKind,
    view: impl FnOnce(D, Origin) -> V,
) -> Answer {
    only_json(&mut call)?;
    let found = Found::of(&call, &s.tasks, kind).await?;
    let Some(ended) = found.ended()? else {
        return Ok(found.running());
    };
    let document: D = call.about.wait("storage", read(s, ended.response.output.file)).await?;
    Ok(ended.vouch(answer::json(StatusCode::OK, &view(document, ended.origin()))))
}
