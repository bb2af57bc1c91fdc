//! A gateway, over HTTP: signed requests of a validator, files by their tickets, and what any client may ask.

use std::{sync::Arc, time::Duration};

use btauth::Account;
use bytes::Bytes;
use domain::{Sha256, canonical};
use proto::RpcError;
use reqwest::{Client, Method, StatusCode, Url, header, redirect};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{chain::Chain, wire};

/// Longest answer that is read, but for files.
const ANSWER: usize = 16 << 20;
/// How much of a refusal is shown.
const SHOWN: usize = 300;

/// Why a gateway did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// Its address is none.
    #[error("\"{0}\" is no address of a gateway, such as https://gateway.example:8000")]
    Address(String),
    /// The request could not be signed.
    #[error("sign the request")]
    Sign(#[source] RpcError),
    /// No answer, or one that broke off.
    #[error("the gateway can't be reached")]
    Away(#[source] reqwest::Error),
    /// It says no.
    #[error("the gateway answered {status}: {said}")]
    Refused {
        /// Its status.
        status: StatusCode,
        /// What it said, cut short.
        said: String,
    },
    /// An answer that has not the form of one.
    #[error("read the gateway's answer")]
    Malformed(#[source] serde_json::Error),
    /// More bytes than are taken.
    #[error("more than {0} bytes came")]
    TooLong(usize),
    /// Not the bytes that were announced.
    #[error("other bytes came than were announced")]
    OtherBytes,
}

impl GatewayError {
    /// The status of a refusal.
    #[must_use]
    pub const fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }
}

/// A gateway, as a validator sees it. Follows no redirect: a signature and a ticket are for one place.
#[derive(Clone)]
pub struct Gateway {
    http: Client,
    base: Url,
    chain: Arc<dyn Chain>,
}

/// Where a page of results begins, and how long it is.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// Behind this cursor; `None`: at the beginning.
    pub after: Option<&'a str>,
    /// At most so many.
    pub limit: usize,
}

impl Gateway {
    /// The gateway at `url`; requests are signed by `chain`.
    ///
    /// # Errors
    /// An address that is none; a machine without an HTTP client.
    pub fn new(
        url: &str,
        chain: Arc<dyn Chain>,
        connect: Duration,
        stall: Duration,
    ) -> Result<Self, GatewayError> {
        let address = || GatewayError::Address(url.to_owned());
        let base: Url = url.parse().map_err(|_| address())?;
        if !["http", "https"].contains(&base.scheme()) || base.cannot_be_a_base() {
            return Err(address());
        }
        let builder =
            Client::builder().connect_timeout(connect).read_timeout(stall).redirect(redirect::Policy::none());
        Ok(Self { http: builder.build().map_err(GatewayError::Away)?, base, chain })
    }

    /// Tasks that this validator has not graded, oldest first.
    ///
    /// # Errors
    /// [`GatewayError`].
    pub async fn tasks(&self, to: Account, uid: u16, page: Page<'_>) -> Result<wire::Tasks, GatewayError> {
        let query = [("validator_uid", uid.to_string())];
        self.signed(to, Method::GET, "/api/v1/validator/tasks", &paged(&query, page), None).await
    }

    /// Tasks on which validators agree, oldest agreement first.
    ///
    /// # Errors
    /// [`GatewayError`].
    pub async fn results(&self, to: Account, page: Page<'_>) -> Result<wire::Results, GatewayError> {
        self.signed(to, Method::GET, "/api/v1/validator/final_results", &paged(&[], page), None).await
    }

    /// Says what this validator found. The very same again is no error.
    ///
    /// # Errors
    /// [`GatewayError`].
    pub async fn evaluate(&self, to: Account, body: &Value) -> Result<wire::Recorded, GatewayError> {
        self.signed(to, Method::POST, "/api/v1/validator/evaluation", &[], Some(body)).await
    }

    /// Says that this validator leaves a task to others.
    ///
    /// # Errors
    /// [`GatewayError`].
    pub async fn seen(&self, to: Account, body: &Value) -> Result<Value, GatewayError> {
        self.signed(to, Method::POST, "/api/v1/validators/mark-task-seen", &[], Some(body)).await
    }

    /// The bytes of a file, at most `most`; their digest is the one that was announced.
    ///
    /// # Errors
    /// [`GatewayError`]; `TooLong` before anything is fetched when the announced size is.
    pub async fn file(&self, file: &wire::File, most: usize) -> Result<Bytes, GatewayError> {
        let size = usize::try_from(file.size).ok().filter(|size| *size <= most);
        let size = size.ok_or(GatewayError::TooLong(most))?;
        let url: Url = file.url.parse().map_err(|_| GatewayError::Address(shown(&file.url)))?;
        let request = self.http.get(url).bearer_auth(&file.ticket.0);
        let response = request.send().await.map_err(away)?;
        let status = response.status();
        if !status.is_success() {
            return Err(refused(status, &limited(response, ANSWER).await.unwrap_or_default()));
        }
        let bytes = limited(response, size).await?;
        if canonical::digest(&bytes) != file.sha256 {
            return Err(GatewayError::OtherBytes);
        }
        Ok(bytes.into())
    }

    /// Submits a task by the front door, as any client does.
    ///
    /// # Errors
    /// [`GatewayError`].
    pub async fn submit(
        &self,
        route: &str,
        key: &str,
        form: reqwest::multipart::Form,
    ) -> Result<wire::Submitted, GatewayError> {
        let request = self.http.post(self.url(route, &[])).header("idempotency-key", key).multipart(form);
        read(request.send().await.map_err(away)?).await
    }

    async fn signed<T: DeserializeOwned>(
        &self,
        receiver: Account,
        method: Method,
        path: &str,
        query: &[(&str, String)],
        body: Option<&Value>,
    ) -> Result<T, GatewayError> {
        let url = self.url(path, query);
        let target = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let body = body.map(Value::to_string).unwrap_or_default();
        let digest: Sha256 = canonical::digest(body.as_bytes());
        let headers = self.chain.sign(method.as_str(), &target, digest.0, receiver).await;
        let mut request = self.http.request(method, url);
        for (name, value) in headers.map_err(GatewayError::Sign)? {
            request = request.header(name, value);
        }
        if !body.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/json").body(body);
        }
        read(request.send().await.map_err(away)?).await
    }

    fn url(&self, path: &str, query: &[(&str, String)]) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        url.set_query(None);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }
}

fn paged<'a>(query: &[(&'a str, String)], page: Page<'_>) -> Vec<(&'a str, String)> {
    let mut query = query.to_vec();
    query.push(("limit", page.limit.to_string()));
    query.extend(page.after.map(|after| ("after", after.to_owned())));
    query
}

async fn read<T: DeserializeOwned>(response: reqwest::Response) -> Result<T, GatewayError> {
    let status = response.status();
    let body = limited(response, ANSWER).await?;
    if !status.is_success() {
        return Err(refused(status, &body));
    }
    serde_json::from_slice(&body).map_err(GatewayError::Malformed)
}

/// The body of an answer, at most `most` bytes of it.
async fn limited(mut response: reqwest::Response, most: usize) -> Result<Vec<u8>, GatewayError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(away)? {
        if body.len() + chunk.len() > most {
            return Err(GatewayError::TooLong(most));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn refused(status: StatusCode, body: &[u8]) -> GatewayError {
    let problem: Option<Value> = serde_json::from_slice(body).ok();
    let detail = problem.as_ref().and_then(|p| p.get("detail")?.as_str().map(str::to_owned));
    let said = detail.unwrap_or_else(|| String::from_utf8_lossy(body).into_owned());
    GatewayError::Refused { status, said: shown(&said) }
}

/// What may be shown of a stranger's text.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(SHOWN).collect()
}

/// An address may hold what is not for logs.
fn away(e: reqwest::Error) -> GatewayError {
    GatewayError::Away(e.without_url())
}
