//! One run: a folder, its file, and what was last said of each name.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use prost::Message as _;
use rand::Rng;
use serde_json::{Map, Value};

use super::{
    Row, Settings,
    files::{config_yaml, metadata},
    log::Log,
    settings::Mode,
    system::Machine,
    wire::{self, Body, Item, timestamp},
};

/// Along which name the others of a group are drawn; the rest is drawn along the step.
pub(super) const AXES: &[(&str, &[&str])] = &[
    ("round/round", &["round/*", "answers/*", "accuracy/*", "speed/*", "reward/*", "standing/*", "weight/*", "trust/*"]),
    ("task/number", &["task/*"]),
];

/// What a run begins with.
#[derive(Debug, Clone)]
pub(super) struct Beginning<'a> {
    pub settings: &'a Settings,
    /// Its id ([`run_id`]).
    pub id: &'a str,
    /// What runs, such as `scorer`.
    pub program: &'a str,
    /// What it was told, for the site's table of runs.
    pub config: &'a Map<String, Value>,
    pub machine: Machine,
}

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
        run.append(run.opening(begin, now)).map_err(|e| BeginRun::File(file, e))?;
        let metadata = metadata(&begin.machine, begin.program, &started, begin.id);
        let write = |name: &str, text: String| {
            fs::write(files.join(name), text).map_err(|e| BeginRun::File(files.join(name), e))
        };
        write("config.yaml", config_yaml(begin.config))?;
        write("wandb-metadata.json", format!("{metadata:#}\n"))?;
        Ok(run)
    }

    fn opening(&self, begin: &Beginning<'_>, now: i64) -> Vec<Body> {
        let settings = begin.settings;
        let version = wire::Version {
            producer: concat!("violet-", env!("CARGO_PKG_VERSION")).to_owned(),
            // the oldest client that says it can read this layout
            min_consumer: "0.70.0".to_owned(),
        };
        let mut config: Vec<_> = begin.config.iter().collect();
        config.sort_by_key(|(name, _)| *name);
        let item = |(name, value): (&String, &Value)| Item {
            key: name.clone(),
            nested_key: Vec::new(),
            value_json: value.to_string(),
        };
        let run = wire::Run {
            run_id: begin.id.to_owned(),
            entity: settings.entity.clone().unwrap_or_default(),
            project: settings.project.clone(),
            config: Some(wire::Config { update: config.into_iter().map(item).collect() }),
            job_type: "validator".to_owned(),
            display_name: settings.name.clone().unwrap_or_default(),
            host: begin.machine.host.clone(),
            start_time: Some(timestamp(now)),
        };
        let disk = begin.machine.disk.map(|(total, used)| ("/".to_owned(), wire::Disk { total, used }));
        let environment = wire::Environment {
            os: begin.machine.os.clone(),
            started_at: Some(timestamp(now)),
            program: begin.program.to_owned(),
            host: begin.machine.host.clone(),
            cpu_count: begin.machine.cpus,
            cpu_count_logical: begin.machine.cpus,
            disk: disk.into_iter().collect(),
            memory: Some(wire::Memory { total: begin.machine.memory }),
            writer_id: begin.id.to_owned(),
        };
        let mut bodies = vec![
            Body::Header(wire::Header { version: Some(version) }),
            Body::Run(run),
            Body::Environment(environment),
        ];
        bodies.extend(AXES.iter().map(|(axis, _)| Body::Metric(metric(axis, "", ""))));
        let groups = AXES.iter().flat_map(|(axis, groups)| groups.iter().map(move |group| (axis, group)));
        bodies.extend(groups.map(|(axis, group)| Body::Metric(metric("", group, axis))));
        bodies
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
        self.summary.insert("_wandb".to_owned(), serde_json::json!({"runtime": runtime}));
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

fn metric(name: &str, glob_name: &str, step_metric: &str) -> wire::Metric {
    let options = Some(wire::MetricOptions { step_sync: !step_metric.is_empty(), defined: true });
    wire::Metric {
        name: name.to_owned(),
        glob_name: glob_name.to_owned(),
        step_metric: step_metric.to_owned(),
        options,
    }
}

/// RFC 3339 in UTC with microseconds.
fn utc(micros: i64) -> String {
    let since = std::time::Duration::from_micros(u64::try_from(micros).unwrap_or_default());
    humantime::format_rfc3339_micros(std::time::UNIX_EPOCH + since).to_string()
}

pub(super) fn seconds(micros: i64) -> f64 {
    micros as f64 / 1e6
}
