//! The records of a run file: the part of `wandb_internal.proto` that we write and read, by hand. Numbers and types are those
//! of the descriptors in the package `wandb` 0.31.0 of PyPI (MIT); the test against the package decodes every record with
//! them.

use std::collections::BTreeMap;

use prost_types::Timestamp;

/// One record of the file.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Record {
    /// Its number, from 1.
    #[prost(int64, tag = "1")]
    pub num: i64,
    #[prost(oneof = "Body", tags = "2, 3, 7, 12, 17, 18, 21, 26")]
    pub body: Option<Body>,
    #[prost(message, optional, tag = "200")]
    pub info: Option<Info>,
}

/// What it records.
#[derive(Clone, PartialEq, prost::Oneof)]
pub(super) enum Body {
    #[prost(message, tag = "2")]
    History(History),
    #[prost(message, tag = "3")]
    Summary(Summary),
    #[prost(message, tag = "7")]
    Stats(Stats),
    #[prost(message, tag = "12")]
    Metric(Metric),
    #[prost(message, tag = "17")]
    Run(Run),
    #[prost(message, tag = "18")]
    Exit(Exit),
    #[prost(message, tag = "21")]
    Header(Header),
    #[prost(message, tag = "26")]
    Environment(Environment),
}

/// Which run a record is of.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Info {
    #[prost(string, tag = "1")]
    pub stream_id: String,
}

/// The first record: who wrote the file.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Header {
    #[prost(message, optional, tag = "1")]
    pub version: Option<Version>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Version {
    #[prost(string, tag = "1")]
    pub producer: String,
    #[prost(string, tag = "2")]
    pub min_consumer: String,
}

/// The second record: names and configuration of the run.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Run {
    #[prost(string, tag = "1")]
    pub run_id: String,
    #[prost(string, tag = "2")]
    pub entity: String,
    #[prost(string, tag = "3")]
    pub project: String,
    #[prost(message, optional, tag = "4")]
    pub config: Option<Config>,
    #[prost(string, tag = "7")]
    pub job_type: String,
    #[prost(string, tag = "8")]
    pub display_name: String,
    #[prost(string, tag = "13")]
    pub host: String,
    #[prost(message, optional, tag = "17")]
    pub start_time: Option<Timestamp>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Config {
    #[prost(message, repeated, tag = "1")]
    pub update: Vec<Item>,
}

/// A name and its value in JSON; a setting, a value of a row, a value of the summary.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Item {
    #[prost(string, tag = "1")]
    pub key: String,
    /// The name in parts, one below the other; in place of `key`.
    #[prost(string, repeated, tag = "2")]
    pub nested_key: Vec<String>,
    #[prost(string, tag = "16")]
    pub value_json: String,
}

/// A row of the history.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct History {
    #[prost(message, repeated, tag = "1")]
    pub item: Vec<Item>,
    #[prost(message, optional, tag = "2")]
    pub step: Option<Step>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Step {
    #[prost(int64, tag = "1")]
    pub num: i64,
}

/// The newest value of each name.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Summary {
    #[prost(message, repeated, tag = "1")]
    pub update: Vec<Item>,
}

/// What the system does.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Stats {
    #[prost(message, optional, tag = "2")]
    pub timestamp: Option<Timestamp>,
    #[prost(message, repeated, tag = "3")]
    pub item: Vec<Item>,
}

/// Along which name others are drawn.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Metric {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub glob_name: String,
    #[prost(string, tag = "4")]
    pub step_metric: String,
    #[prost(message, optional, tag = "6")]
    pub options: Option<MetricOptions>,
}

#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub(super) struct MetricOptions {
    #[prost(bool, tag = "1")]
    pub step_sync: bool,
    #[prost(bool, tag = "3")]
    pub defined: bool,
}

/// The last record of a run that ended by itself.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Exit {
    #[prost(int32, tag = "1")]
    pub exit_code: i32,
    /// In seconds.
    #[prost(int32, tag = "2")]
    pub runtime: i32,
}

/// The machine.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Environment {
    #[prost(string, tag = "1")]
    pub os: String,
    #[prost(message, optional, tag = "3")]
    pub started_at: Option<Timestamp>,
    #[prost(string, tag = "6")]
    pub program: String,
    #[prost(string, tag = "12")]
    pub host: String,
    #[prost(uint32, tag = "16")]
    pub cpu_count: u32,
    #[prost(uint32, tag = "17")]
    pub cpu_count_logical: u32,
    #[prost(btree_map = "string, message", tag = "20")]
    pub disk: BTreeMap<String, Disk>,
    #[prost(message, optional, tag = "21")]
    pub memory: Option<Memory>,
    #[prost(string, tag = "199")]
    pub writer_id: String,
}

/// In bytes.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub(super) struct Disk {
    #[prost(uint64, tag = "1")]
    pub total: u64,
    #[prost(uint64, tag = "2")]
    pub used: u64,
}

/// In bytes.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub(super) struct Memory {
    #[prost(uint64, tag = "1")]
    pub total: u64,
}

/// Microseconds since the epoch as these records have them.
pub(super) fn timestamp(micros: i64) -> Timestamp {
    // below a billion by the remainder
    let nanos = i32::try_from(micros.rem_euclid(1_000_000) * 1_000).unwrap_or_default();
    Timestamp { seconds: micros.div_euclid(1_000_000), nanos }
}

/// The same the other way round.
pub(super) fn micros(timestamp: Timestamp) -> i64 {
    timestamp.seconds * 1_000_000 + i64::from(timestamp.nanos) / 1_000
}
