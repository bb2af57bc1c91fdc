//! One run: a folder, its file, and what was last said of each name.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use prost::Message as _;
use rand::Rng;
use serde_json::{Map, Value, json};

use super::{
    Row,
    files::{config_yaml, metadata},
    log::Log,
    opening::Beginning,
    settings::Mode,
    wire::{self, Body, Item, timestamp},
};

/// A run that is being written. Steps count from 0 and grow by one a row.
pub(super) struct Run {
    log: Log,
    folder: PathBuf,
    id: String,
    began: i64,
    num: i64,
    step: i64,
    summary: BTreeMap<String, Value>,
}

/// Why there is no run.
#[derive(Debug, thiserror::Error)]
pub enum BeginRun {
    /// Its folder can't be made.
    #[error("make the run's folder {0}")]
    Folder(PathBuf, #[source] io::Error),
    /// A file in it can't be written.
    #[error("write {0}")]
    File(PathBuf, #[source] io::Error),
}

/// A new id: eight letters and digits, as the site expects them.
pub fn run_id(chance: &mut impl Rng) -> String {
    const SIGNS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    (0..8).map(|_| char::from(SIGNS[chance.random_range(0..SIGNS.len())])).collect()
}

impl Run {
    /// Makes the folder and writes what stands at the beginning of the file, at `now`.
    ///
    /// # Errors
    /// When that can't be done, also when the run is there already.
    pub(super) fn begin(begin: &Beginning<'_>, now: i64) -> Result<Self, BeginRun> {
        let started = utc(now);
        let stamp: String = started.chars().take(19).filter(char::is_ascii_digit).collect();
        let (date, time) = stamp.split_at(8.min(stamp.len()));
        let kind = if matches!(begin.settings.mode, Mode::Online(_)) { "run" } else { "offline-run" };
        let folder = begin.settings.dir.join("wandb").join(format!("{kind}-{date}_{time}-{}", begin.id));
        let files = folder.join("files");
        fs::create_dir_all(&files).map_err(|e| BeginRun::Folder(folder.clone(), e))?;
        let file = folder.join(format!("run-{}.wandb", begin.id));
        let log = Log::create(&file).map_err(|e| BeginRun::File(file.clone(), e))?;
        let summary = BTreeMap::new();
        let id = begin.id.to_owned();
        let mut run = Self { log, folder, id, began: now, num: 0, step: 0, summary };
        run.append(begin.records(now)).map_err(|e| BeginRun::File(file, e))?;
        let metadata = metadata(&begin.machine, begin.program, &started, begin.id);
        let write = |name: &str, text: String| {
            fs::write(files.join(name), text).map_err(|e| BeginRun::File(files.join(name), e))
        };
        write("config.yaml", config_yaml(begin.config))?;
        write("wandb-metadata.json", format!("{metadata:#}\n"))?;
        Ok(run)
    }

    /// The folder of the run, for a `wandb sync`.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file of its records.
    pub(super) fn file(&self) -> PathBuf {
        self.folder.join(format!("run-{}.wandb", self.id))
    }

    /// Adds a row to the history, at `now`.
    ///
    /// # Errors
    /// When it can't be written; then it is not there, and its step is the next row's.
    pub(super) fn row(&mut self, row: &Row, now: i64) -> io::Result<()> {
        let mut values: BTreeMap<String, Value> =
            row.values().map(|(name, value)| (name.to_owned(), value.clone())).collect();
        values.insert("_step".to_owned(), self.step.into());
        values.insert("_timestamp".to_owned(), seconds(now).into());
        values.insert("_runtime".to_owned(), seconds(now - self.began).into());
        let item = |(name, value): (&String, &Value)| Item {
            key: String::new(),
            nested_key: vec![name.clone()],
            value_json: value.to_string(),
        };
        let item: Vec<Item> = values.iter().map(item).collect();
        let step = Some(wire::Step { num: self.step });
        // in the client's order: a reader of the history finds the summary that goes with it
        self.append(vec![
            Body::Summary(wire::Summary { update: item.clone() }),
            Body::History(wire::History { item, step }),
        ])?;
        self.step += 1;
        self.summary.extend(values);
        Ok(())
    }

    /// Adds a measurement of the system, at `now`.
    ///
    /// # Errors
    /// When it can't be written; then it is not there.
    pub(super) fn stats(&mut self, sample: &Row, now: i64) -> io::Result<()> {
        let item = |(name, value): (&str, &Value)| Item {
            key: name.to_owned(),
            nested_key: Vec::new(),
            value_json: value.to_string(),
        };
        let item = sample.values().map(item).collect();
        self.append(vec![Body::Stats(wire::Stats { timestamp: Some(timestamp(now)), item })])
    }

    /// Ends the run, at `now`.
    ///
    /// # Errors
    /// When that can't be written; the run then shows as one that was cut off.
    pub(super) fn finish(mut self, exit_code: i32, now: i64) -> io::Result<()> {
        let runtime = (now - self.began) / 1_000_000;
        let runtime = i32::try_from(runtime).unwrap_or(i32::MAX);
        let total = Item {
            key: String::new(),
            nested_key: vec!["_wandb".to_owned(), "runtime".to_owned()],
            value_json: runtime.to_string(),
        };
        self.append(vec![
            Body::Summary(wire::Summary { update: vec![total] }),
            Body::Exit(wire::Exit { exit_code, runtime }),
        ])?;
        self.summary.insert("_wandb".to_owned(), json!({"runtime": runtime}));
        let summary: Map<String, Value> = self.summary.into_iter().collect();
        fs::write(self.folder.join("files/wandb-summary.json"), Value::Object(summary).to_string())
    }

    fn append(&mut self, bodies: Vec<Body>) -> io::Result<()> {
        let first = self.num + 1;
        let encode = |(num, body): (i64, Body)| {
            let info = Some(wire::Info { stream_id: self.id.clone() });
            wire::Record { num, body: Some(body), info }.encode_to_vec()
        };
        let records: Vec<_> = (first..).zip(bodies).map(encode).collect();
        self.log.append(&records)?;
        self.num += i64::try_from(records.len()).unwrap_or_default();
        Ok(())
    }
}

/// RFC 3339 in UTC as the JSON of protobuf has it: no fraction, three digits of it or six.
fn utc(micros: i64) -> String {
    let since = std::time::Duration::from_micros(u64::try_from(micros).unwrap_or_default());
    let time = std::time::UNIX_EPOCH + since;
    match (micros % 1_000_000, micros % 1_000) {
        (0, _) => humantime::format_rfc3339_seconds(time).to_string(),
        (_, 0) => humantime::format_rfc3339_millis(time).to_string(),
        _ => humantime::format_rfc3339_micros(time).to_string(),
    }
}

pub(super) fn seconds(micros: i64) -> f64 {
    micros as f64 / 1e6
}
