//! The description of this API, for machines and for people.

use std::sync::{Arc, LazyLock};

use http::{HeaderName, StatusCode, header};
use utoipa::{
    Modify, OpenApi,
    openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme},
};

use super::{
    answer::{self, Answer},
    call::Call,
    files, health, models,
    problem::Problem,
    put, result, submit, subnet, tasks, trace, watch,
};

/// The whole API. A test compares it with the route table.
#[derive(OpenApi)]
#[openapi(
    info(title = "Violet", description = "A decentralised speech and text service.", license(name = "MIT")),
    paths(
        submit::routes::transcription, submit::routes::video_transcription, submit::routes::tts,
        submit::routes::summarization, submit::routes::text_translation, submit::routes::document_translation,
        submit::routes::audio_enhancement, submit::routes::audio_analysis,
        tasks::list, tasks::completed, tasks::show, tasks::cancel, tasks::status, tasks::receipt, tasks::responses,
        trace::show, watch::events,
        result::transcript::transcription, result::transcript::video_transcription, result::file::tts,
        result::document::summarization, result::document::text_translation, result::file::document_translation,
        result::file::audio_enhancement, result::document::audio_analysis, result::file::download,
        files::show, files::download, files::audio, put::result, models::list,
        subnet::tasks::list, subnet::evaluate::evaluation, subnet::evaluate::evaluate, subnet::evaluate::submit_result,
        subnet::evaluate::mark_seen, subnet::results::list, subnet::results::evaluated, subnet::reports::report,
        subnet::stats::show, subnet::integration::show, subnet::miners::list, subnet::miners::performance,
        subnet::reports::network, subnet::reports::consensus, subnet::leaderboard::list, subnet::leaderboard::show,
        health::health, health::health_at_root, health::status, health::livez, health::readyz, health::metrics,
        openapi, ui, ui_index, ui_file,
    ),
    tags(
        (name = "submit", description = "Asking for work"),
        (name = "tasks", description = "Following it"),
        (name = "results", description = "Having it"),
        (name = "files", description = "Stored bytes"),
        (name = "miners", description = "For those who do the work"),
        (name = "validators", description = "For those who say how good it is"),
        (name = "health", description = "How the deployment is"),
        (name = "docs", description = "This description"),
    ),
    modifiers(&Schemes),
)]
pub(crate) struct Api;

/// Adds the ways to authenticate.
struct Schemes;

impl Modify for Schemes {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        let components = api.components.get_or_insert_default();
        components.add_security_scheme("ticket", scheme);
        let what = "The signature of btauth/1; x-bittensor-version, -hotkey, -receiver and -nonce go with it";
        let signature = ApiKeyValue::with_description("x-bittensor-signature", what);
        components.add_security_scheme("btauth", SecurityScheme::ApiKey(ApiKey::Header(signature)));
    }
}

static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
    let mut text = Api::openapi().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
});

/// Nothing is loaded from elsewhere, whatever a file of the interface may try.
const POLICY: &str =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/// This description (OpenAPI 3.1).
#[utoipa::path(
    get, path = "/openapi.json", tag = "docs", operation_id = "openapi",
    responses((status = 200, description = "OpenAPI 3.1", body = serde_json::Value))
)]
pub(crate) async fn openapi(_: Call, (): ()) -> Answer {
    Ok(answer::bytes(StatusCode::OK, "application/json", DOCUMENT.as_str()))
}

/// Leads to the interface.
#[utoipa::path(
    get, path = "/docs", tag = "docs", operation_id = "docs",
    responses((status = 308, description = "To /docs/"))
)]
pub(crate) async fn ui(_: Call, (): ()) -> Answer {
    let mut response = answer::empty(StatusCode::PERMANENT_REDIRECT);
    answer::set(&mut response, header::LOCATION, "/docs/");
    Ok(response)
}

/// An interface to try the API with. It loads nothing from the internet.
#[utoipa::path(
    get, path = "/docs/", tag = "docs", operation_id = "docsIndex",
    responses((status = 200, description = "A page", body = String, content_type = "text/html"))
)]
pub(crate) async fn ui_index(_: Call, (): ()) -> Answer {
    file("index.html")
}

/// A file of the interface.
#[utoipa::path(
    get, path = "/docs/{file}", tag = "docs", operation_id = "docsFile",
    params(("file" = String, Path, description = "Its name")),
    responses(
        (status = 200, description = "The file", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 404, description = "No such file", body = super::problem::ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn ui_file(call: Call, (): ()) -> Answer {
    file(call.params.first().map(String::as_str).unwrap_or_default())
}

fn file(name: &str) -> Answer {
    // the badge of a public validator would call home
    let config = utoipa_swagger_ui::Config::new(["/openapi.json"]).validator_url("none");
    let found =
        utoipa_swagger_ui::serve(name, Arc::new(config)).map_err(|e| Problem::internal(e.to_string()))?;
    let found = found.ok_or_else(|| Problem::not_found("there is no such file"))?;
    let mut response = answer::bytes(StatusCode::OK, "application/octet-stream", found.bytes.into_owned());
    answer::set(&mut response, header::CONTENT_TYPE, &found.content_type);
    if found.gzpipped {
        answer::set(&mut response, header::CONTENT_ENCODING, "gzip");
    }
    answer::set(&mut response, HeaderName::from_static("content-security-policy"), POLICY);
    answer::set(&mut response, header::CACHE_CONTROL, "max-age=3600");
    Ok(response)
}
