//! The calls to a server of Weights & Biases that its own client makes: GraphQL for the run and its files, `file_stream` for
//! lines, a plain PUT for a file.

use std::{net::IpAddr, time::Duration};

use reqwest::{RequestBuilder, StatusCode, Url};
use serde_json::{Value, json};

use super::{ApiKey, batch::Opening};

const UPSERT: &str = "mutation UpsertBucket($name: String, $project: String, $entity: String, $displayName: String, \
    $jobType: String, $host: String, $program: String, $config: JSONString) { upsertBucket(input: {name: $name, \
    modelName: $project, entityName: $entity, displayName: $displayName, jobType: $jobType, host: $host, \
    jobProgram: $program, config: $config}) { bucket { id name displayName project { name entity { name } } } inserted } }";
const FILES: &str = "mutation CreateRunFiles($entity: String!, $project: String!, $run: String!, $files: [String!]!) { \
    createRunFiles(input: {entityName: $entity, projectName: $project, runName: $run, files: $files}) { \
    runID uploadHeaders files { name uploadUrl } } }";

/// A server and who calls it.
pub(super) struct Server {
    http: reqwest::Client,
    base: String,
    key: ApiKey,
}

/// Where a run is on the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub entity: String,
    pub project: String,
    pub run: String,
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Call {
    /// No answer came; the call can be made again.
    #[error("no answer from the server")]
    Away(#[source] reqwest::Error),
    /// It is too busy, or broken for now; the call can be made again.
    #[error("the server answers {0}")]
    Busy(StatusCode),
    /// It says no, and would again.
    #[error("the server refuses: {0}")]
    Refused(String),
}

impl Call {
    /// Whether the same call may succeed later.
    pub(super) const fn passes(&self) -> bool {
        matches!(self, Self::Away(_) | Self::Busy(_))
    }
}

impl Server {
    /// A client for the server at `base`; a request ends after `timeout`.
    ///
    /// # Errors
    /// When the machine has no trust store for TLS.
    pub(super) fn new(base: &str, key: ApiKey, timeout: Duration) -> reqwest::Result<Self> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("violet-scorer/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(10))
            .timeout(timeout);
        // a proxy of this machine leads out of it, not back to it
        let url = Url::parse(base).ok();
        let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
        if host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()) {
            builder = builder.no_proxy();
        }
        Ok(Self { http: builder.build()?, base: base.to_owned(), key })
    }

    /// Makes the run, or finds it; says where it is.
    ///
    /// # Errors
    /// [`Call`].
    pub(super) async fn upsert(&self, run: &Opening) -> Result<Place, Call> {
        let variables = json!({
            "name": run.id,
            "project": run.project,
            "entity": run.entity,
            "displayName": run.display_name,
            "jobType": run.job_type,
            "host": run.host,
            "program": run.program,
            "config": Value::Object(run.config.clone()).to_string(),
        });
        let data = self.graphql("UpsertBucket", UPSERT, &variables).await?;
        let bucket = &data["upsertBucket"]["bucket"];
        let part = |value: &Value| value.as_str().map(str::to_owned);
        let place = (|| {
            Some(Place {
                entity: part(&bucket["project"]["entity"]["name"])?,
                project: part(&bucket["project"]["name"])?,
                run: part(&bucket["name"])?,
            })
        })();
        place.ok_or_else(|| Call::Refused("the run it made has no name".to_owned()))
    }

    /// Adds lines to the files of the run. The same lines again, at the same offsets, change nothing.
    ///
    /// # Errors
    /// [`Call`].
    pub(super) async fn stream(&self, place: &Place, body: &Value) -> Result<(), Call> {
        let mut url = Url::parse(&self.base).map_err(|e| Call::Refused(e.to_string()))?;
        url.path_segments_mut()
            .map_err(|()| Call::Refused("its address has no path".to_owned()))?
            .pop_if_empty()
            .extend(["files", &place.entity, &place.project, &place.run, "file_stream"]);
        self.answer(self.http.post(url).basic_auth("api", Some(self.key.reveal())).json(body)).await?;
        Ok(())
    }

    /// Stores whole files of the run under their names.
    ///
    /// # Errors
    /// [`Call`].
    pub(super) async fn put(&self, place: &Place, files: &[(&str, Vec<u8>)]) -> Result<(), Call> {
        let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
        let Place { entity, project, run } = place;
        let variables = json!({"entity": entity, "project": project, "run": run, "files": names});
        let data = self.graphql("CreateRunFiles", FILES, &variables).await?;
        let made = &data["createRunFiles"];
        let given = |value: &'_ Value| value.as_array().cloned().unwrap_or_default();
        for (name, bytes) in files {
            let at = given(&made["files"]).into_iter().find(|f| f["name"] == **name);
            let Some(url) = at.as_ref().and_then(|f| f["uploadUrl"].as_str()) else {
                return Err(Call::Refused(format!("no place for {name}")));
            };
            // the address is signed: the key does not go with it
            let mut put = self.http.put(url).body(bytes.clone());
            for header in given(&made["uploadHeaders"]) {
                if let Some((header, value)) = header.as_str().and_then(|h| h.split_once(':')) {
                    put = put.header(header.trim(), value.trim());
                }
            }
            self.answer(put).await?;
        }
        Ok(())
    }

    async fn graphql(&self, operation: &str, query: &str, variables: &Value) -> Result<Value, Call> {
        let body = json!({"operationName": operation, "query": query, "variables": variables});
        let url = format!("{}/graphql", self.base);
        let post = self.http.post(url).basic_auth("api", Some(self.key.reveal())).json(&body);
        let mut answer: Value =
            serde_json::from_str(&self.answer(post).await?).map_err(|e| Call::Refused(e.to_string()))?;
        match answer["errors"].as_array().and_then(|e| e.first()) {
            Some(error) => {
                let said = error["message"].as_str().unwrap_or("no reason given");
                Err(Call::Refused(said.chars().take(200).collect()))
            }
            None => Ok(answer["data"].take()),
        }
    }

    /// The text of a good answer.
    async fn answer(&self, request: RequestBuilder) -> Result<String, Call> {
        // the address of an upload is a secret too
        let away = |e: reqwest::Error| Call::Away(e.without_url());
        let answer = request.send().await.map_err(away)?;
        let status = answer.status();
        if status.is_success() {
            return answer.text().await.map_err(away);
        }
        // those that the client of the site takes for final
        match status.as_u16() {
            400 | 401 | 403 | 404 | 409 | 410 => Err(Call::Refused(status.to_string())),
            _ => Err(Call::Busy(status)),
        }
    }
}
