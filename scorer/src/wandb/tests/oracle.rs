//! The committed run in the hands of the real client, whose doings `oracles/wandb/record.py` recorded; and the same run sent
//! by us.

use std::process::Command;

use sha2::{Digest as _, Sha256};

use super::{double::Double, upload::upload, *};
use crate::wandb::opening::AXES;

/// What each client that was asked said. Under `REGEN=1` the one of `ORACLE_PYTHON` is asked again first.
fn recorded() -> Vec<Value> {
    static ASK: std::sync::Once = std::sync::Once::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracles/wandb");
    if let (Some("1"), Ok(python)) = (std::env::var("REGEN").ok().as_deref(), std::env::var("ORACLE_PYTHON"))
    {
        ASK.call_once(|| {
            let status = Command::new(python).arg(folder.join("record.py")).status().unwrap();
            assert!(status.success(), "the client did not answer: see oracles/wandb/record.py");
        });
    }
    let read = |version: &str| {
        let text = std::fs::read_to_string(folder.join(format!("said-{version}.json"))).unwrap();
        let said: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(said["client"], version);
        let bytes = std::fs::read(golden_run().join(format!("run-{ID}.wandb"))).unwrap();
        let ours = hex(&Sha256::digest(bytes));
        assert_eq!(said["sha256"], ours, "{version} was asked about another run: ask it again");
        said
    };
    // the newest, and the last with a reader in Python
    ["0.31.0", "0.26.1"].map(read).into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Long texts as the recordings have them.
fn shortened(value: &Value) -> Value {
    match value {
        Value::String(s) if s.chars().count() > 1_000 => format!("sha256:{}", hex(&Sha256::digest(s))).into(),
        Value::Array(list) => list.iter().map(shortened).collect(),
        Value::Object(map) => map.iter().map(|(k, v)| (k.clone(), shortened(v))).collect(),
        other => other.clone(),
    }
}

/// The same value: numbers by what they count, for one writes 1.0 where the other writes 1.
#[track_caller]
fn same(ours: &Value, theirs: &Value, place: &str) {
    match (ours, theirs) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            assert!((a - b).abs() <= 1e-6 * a.abs().max(1.0), "{place}: {a} and {b}");
        }
        (Value::Array(a), Value::Array(b)) => {
            assert_eq!(a.len(), b.len(), "{place}");
            for (i, (a, b)) in a.iter().zip(b).enumerate() {
                same(a, b, &format!("{place}[{i}]"));
            }
        }
        (Value::Object(a), Value::Object(b)) => {
            let names =
                |map: &Map<String, Value>| map.keys().cloned().collect::<std::collections::BTreeSet<_>>();
            assert_eq!(names(a), names(b), "{place}");
            for (name, value) in a {
                same(value, &b[name], &format!("{place}.{name}"));
            }
        }
        (a, b) => assert_eq!(a, b, "{place}"),
    }
}

/// The settings without what a client adds of itself; the older one adds an empty description to each.
fn without_own(config: &Value) -> Value {
    let own = ["_wandb", "wandb_version"];
    let settings = config.as_object().unwrap().iter().filter(|(name, _)| !own.contains(&name.as_str()));
    settings.map(|(name, setting)| (name.clone(), json!({"value": setting["value"]}))).collect()
}

/// A file of the run as the client that said this has it: the older one names two fields otherwise and keeps no time in all.
fn as_by(said: &Value, file: &Value) -> Value {
    let mut file = file.clone();
    if said["client"] == "0.26.1" {
        let fields = file.as_object_mut().unwrap();
        fields.remove("_wandb");
        for (new, old) in [("startedAt", "started_at"), ("writerId", "writer_id")] {
            if let Some(value) = fields.remove(new) {
                fields.insert(old.to_owned(), value);
            }
        }
    }
    file
}

/// Definitions of metrics in one order: that of the names, then that of the groups, which the newer client shuffles.
fn sorted(metrics: &Value) -> Value {
    let mut list = metrics.as_array().unwrap().clone();
    list.sort_by_key(|m| (m.get("2").is_some(), m["1"].to_string(), m["2"].to_string()));
    list.into()
}

fn wanted_config() -> Value {
    config().iter().map(|(name, value)| (name.clone(), json!({"value": shortened(value)}))).collect()
}

#[test]
fn the_client_reads_every_record_and_every_field_of_the_run() {
    for said in recorded() {
        let axes: usize = AXES.iter().map(|(_, groups)| 1 + groups.len()).sum();
        let wanted = json!({
            "header": 1, "run": 1, "environment": 1, "metric": axes, "history": ROWS, "summary": ROWS + 1,
            "stats": ROUNDS, "exit": 1,
        });
        assert_eq!(said["records"], wanted, "{}", said["client"]);
        let all: u64 = wanted.as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
        if said["client"] == "0.26.1" {
            assert_eq!(said["scanned"], all, "by its reader in Python");
        }
        assert_eq!(said["config.yaml"], wanted_config(), "{}", said["client"]);
    }
}

#[test]
fn wandb_sync_sends_every_row_measurement_and_name_of_the_run() {
    for said in recorded() {
        let synced = &said["synced"];
        assert_eq!(
            (&synced["code"], &synced["complete"], &synced["exitcode"]),
            (&json!(0), &json!(true), &json!(0))
        );
        assert_eq!(synced["path"], format!("/files/tests/violet/{ID}/file_stream"));
        let rows = synced["history"].as_array().unwrap();
        assert_eq!(rows.len() as u64, ROWS);
        let mut at = 0;
        for number in 1..=ROUNDS {
            for one in 1..=TASKS / ROUNDS {
                let n = (number - 1) * (TASKS / ROUNDS) + one;
                holds(&rows[at], &task(n).row(n), at);
                at += 1;
            }
            holds(&rows[at], &round(number).row(), at);
            at += 1;
        }
        let events = synced["events"].as_array().unwrap();
        assert_eq!(events.len() as u64, ROUNDS);
        for (number, event) in (1..).zip(events) {
            for (name, value) in sample(number).values() {
                same(value, &event[format!("system.{name}")], name);
            }
        }
        let upsert = &synced["upserts"][0];
        assert_eq!((&upsert["name"], &upsert["project"]), (&json!(ID), &json!("violet")));
        assert_eq!((&upsert["entity"], &upsert["displayName"]), (&json!("tests"), &json!("validator 3")));
        same(&without_own(&upsert["config"]), &wanted_config(), "config");
        let metadata = std::fs::read_to_string(golden_run().join("files/wandb-metadata.json")).unwrap();
        same(
            &as_by(&said, &serde_json::from_str(&metadata).unwrap()),
            &synced["files"]["wandb-metadata.json"],
            "metadata",
        );
        let summary = std::fs::read_to_string(golden_run().join("files/wandb-summary.json")).unwrap();
        same(
            &as_by(&said, &serde_json::from_str(&summary).unwrap()),
            &synced["files"]["wandb-summary.json"],
            "summary",
        );
    }
}

/// That a line has the values of a row, its step, and nothing but the times besides.
#[track_caller]
fn holds(line: &Value, row: &Row, step: usize) {
    let mut line = line.clone();
    let fields = line.as_object_mut().unwrap();
    assert_eq!(fields.remove("_step"), Some(step.into()));
    assert!(fields.remove("_timestamp").unwrap().as_f64().unwrap() > BEGAN as f64 / 1e6);
    assert!(fields.remove("_runtime").unwrap().as_f64().unwrap() > 0.0);
    let row: Map<String, Value> = row.values().map(|(n, v)| (n.to_owned(), v.clone())).collect();
    same(&Value::Object(row), &line, &format!("row {step}"));
}

#[test]
fn of_a_file_that_was_cut_the_client_sends_all_whole_rows() {
    for said in recorded() {
        let bytes = std::fs::read(golden_run().join(format!("run-{ID}.wandb"))).unwrap();
        let cut = usize::try_from(said["cut"]["bytes"].as_u64().unwrap()).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("cut.wandb");
        std::fs::write(&file, &bytes[..cut]).unwrap();
        let is_row =
            |r: &crate::wandb::wire::Record| matches!(r.body, Some(crate::wandb::wire::Body::History(_)));
        let whole = super::file::records(&file).iter().filter(|r| is_row(r)).count();
        assert_eq!(whole as u64, ROWS - 1, "the last row is cut");
        assert_eq!(said["cut"]["rows"], whole, "{}", said["client"]);
    }
}

#[tokio::test]
async fn we_send_what_the_client_sends() {
    let dir = tempfile::tempdir().unwrap();
    let folder = whole(dir.path(), Mode::Offline);
    let double = Double::start().await;
    upload(&double.base, &folder).run().await.unwrap();
    for said in recorded() {
        let synced = &said["synced"];
        let streams: Vec<_> =
            double.asked().into_iter().filter(|a| a.path.ends_with("/file_stream")).collect();
        assert!(streams.iter().all(|a| a.method == "POST" && a.path == synced["path"]), "{streams:?}");
        same(&double.lines("wandb-history.jsonl").into(), &synced["history"], "history");
        same(&double.lines("wandb-events.jsonl").into(), &synced["events"], "events");
        let last = double.streamed().pop().unwrap();
        assert_eq!((&last["complete"], &last["exitcode"]), (&synced["complete"], &synced["exitcode"]));
        same(
            &as_by(&said, double.lines("wandb-summary.json").last().unwrap()),
            &synced["wandb-summary.json"],
            "summary",
        );

        let asked = double.asked().into_iter().find(|a| a.body["operationName"] == "UpsertBucket").unwrap();
        let mut ours = asked.body["variables"].clone();
        ours["config"] = serde_json::from_str(ours["config"].as_str().unwrap()).unwrap();
        ours.as_object_mut().unwrap().remove("program");
        let upserts = synced["upserts"].as_array().unwrap();
        // theirs learns the definitions of metrics later, ours has them at once; the older one does not sync them
        if said["client"] == "0.31.0" {
            let axes = |upsert: &Value| sorted(&upsert["config"]["_wandb"]["value"]["m"]);
            same(&axes(&ours), &axes(upserts.last().unwrap()), "metrics");
        }
        ours["config"] = shortened(&without_own(&ours["config"]));
        let mut theirs = upserts[0].clone();
        theirs["config"] = without_own(&theirs["config"]);
        theirs.as_object_mut().unwrap().remove("debug");
        same(&ours, &theirs, "upsert");

        let put =
            |name: &str| double.asked().into_iter().find(|a| a.path == format!("/upload/{name}")).unwrap();
        let sent = double.asked().iter().filter(|a| a.method == "PUT").count();
        let files = synced["files"].as_object().unwrap();
        assert_eq!(sent, files.len(), "{:?}", files.keys());
        same(&as_by(&said, &put("wandb-metadata.json").body), &files["wandb-metadata.json"], "metadata");
        same(&as_by(&said, &put("wandb-summary.json").body), &files["wandb-summary.json"], "summary");
        assert!(put("config.yaml").body.as_str().unwrap().contains("netuid:\n    value: 49\n"));
        same(&wanted_config(), &without_own(&files["config.yaml"]), "config.yaml");
    }
}
