//! What stands at the beginning of a run's file: who writes, the run, the machine, along which names others are drawn.

use serde_json::{Map, Value};

use super::{
    Settings,
    system::Machine,
    wire::{self, Body, Item, timestamp},
};

/// Along which name the others of a group are drawn; the rest is drawn along the step.
pub(super) const AXES: &[(&str, &[&str])] = &[
    (
        "round/round",
        &["round/*", "answers/*", "accuracy/*", "speed/*", "reward/*", "standing/*", "weight/*", "trust/*"],
    ),
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

impl Beginning<'_> {
    /// The records for a run that begins at `now`.
    pub(super) fn records(&self, now: i64) -> Vec<Body> {
        let settings = self.settings;
        let version = wire::Version {
            producer: concat!("violet-", env!("CARGO_PKG_VERSION")).to_owned(),
            // the oldest client that says it can read this layout
            min_consumer: "0.70.0".to_owned(),
        };
        let mut config: Vec<_> = self.config.iter().collect();
        config.sort_by_key(|(name, _)| *name);
        let item = |(name, value): (&String, &Value)| Item {
            key: name.clone(),
            nested_key: Vec::new(),
            value_json: value.to_string(),
        };
        let run = wire::Run {
            run_id: self.id.to_owned(),
            entity: settings.entity.clone().unwrap_or_default(),
            project: settings.project.clone(),
            config: Some(wire::Config { update: config.into_iter().map(item).collect() }),
            job_type: "validator".to_owned(),
            display_name: settings.name.clone().unwrap_or_default(),
            host: self.machine.host.clone(),
            start_time: Some(timestamp(now)),
        };
        let disk = self.machine.disk.map(|(total, used)| ("/".to_owned(), wire::Disk { total, used }));
        let environment = wire::Environment {
            os: self.machine.os.clone(),
            started_at: Some(timestamp(now)),
            program: self.program.to_owned(),
            host: self.machine.host.clone(),
            cpu_count: self.machine.cpus,
            cpu_count_logical: self.machine.cpus,
            disk: disk.into_iter().collect(),
            memory: Some(wire::Memory { total: self.machine.memory }),
            writer_id: self.id.to_owned(),
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
