//! What a client said of a run, held against what was written and what we send.

use super::{
    same::{file, same, shortened, sorted, without_own},
    *,
};
use crate::wandb::{
    opening::AXES,
    tests::{double::Double, file::records},
    wire::Body,
};

/// The answer of `record.py`.
pub(super) struct Said {
    /// The version that was asked.
    pub client: String,
    pub answer: Value,
}

impl Said {
    /// That of this client, from a file.
    pub(super) fn read(file: &Path, client: &str) -> Self {
        let text = std::fs::read_to_string(file).unwrap();
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(answer["client"], client);
        Self { client: client.to_owned(), answer }
    }

    /// That its own messages and its reader find every record and every value.
    pub(super) fn reads(&self, written: &Written) {
        let (read, by) = (&self.answer["read"], &self.client);
        let axes: usize = AXES.iter().map(|(_, groups)| 1 + groups.len()).sum();
        let (history, stats) = (written.history(), written.stats());
        let wanted = json!({
            "header": 1, "run": 1, "environment": 1, "metric": axes, "history": history.len(),
            "summary": history.len() + 1, "stats": stats.len(), "exit": 1,
        });
        assert_eq!(read["records"], wanted, "{by}");
        let all: u64 = wanted.as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
        if by == "0.26.1" {
            assert_eq!(self.answer["scanned"], all, "by its reader in Python");
        }
        same(&history.into(), &read["history"], "history");
        same(&written.summary(), &read["summary"], "summary");
        let stats: Value =
            stats.into_iter().map(|(at, values)| json!({"at": at, "values": values})).collect();
        same(&stats, &read["stats"], "stats");
        same(&shortened(&Value::Object(written.config.clone())), &read["config"], "config");
        same(&config(written), &self.answer["config.yaml"], "config.yaml");
        let exit = json!({"code": written.exit_code, "runtime": written.runtime()});
        assert_eq!(read["exit"], exit, "{by}");
        let run = json!({
            "run_id": written.id, "entity": written.settings.entity, "project": written.settings.project,
            "display_name": written.settings.name, "job_type": "validator", "host": machine().host,
            "start": written.began,
        });
        assert_eq!(read["run"], run, "{by}");
    }

    /// That its `wandb sync` sends every row, measurement and name, and the files of `folder`.
    pub(super) fn syncs(&self, written: &Written, folder: &Path) {
        let (synced, names) = (&self.answer["synced"], &written.settings);
        assert_eq!((&synced["code"], &synced["complete"]), (&json!(0), &json!(true)));
        assert_eq!(synced["exitcode"], written.exit_code);
        let entity = names.entity.as_deref().unwrap();
        assert_eq!(synced["path"], format!("/files/{entity}/{}/{}/file_stream", names.project, written.id));
        same(&written.history().into(), &synced["history"], "history");
        let (stats, events) = (written.stats(), synced["events"].as_array().unwrap());
        assert_eq!(events.len(), stats.len());
        for ((_, sample), event) in stats.iter().zip(events) {
            for (name, value) in sample {
                same(value, &event[format!("system.{name}")], name);
            }
        }
        let upsert = &synced["upserts"][0];
        assert_eq!((&upsert["name"], &upsert["project"]), (&json!(written.id), &json!(names.project)));
        assert_eq!((&upsert["entity"], &upsert["displayName"]), (&json!(entity), &json!(names.name)));
        same(&without_own(&upsert["config"]), &config(written), "config");
        for name in ["wandb-metadata.json", "wandb-summary.json"] {
            same(&self.named(&file(folder, name)), &synced["files"][name], name);
        }
    }

    /// That of a file which was cut in its last row it sends all others. `bytes` are the whole file.
    pub(super) fn syncs_what_is_whole(&self, written: &Written, bytes: &[u8]) {
        let cut = usize::try_from(self.answer["cut"]["bytes"].as_u64().unwrap()).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("cut.wandb");
        std::fs::write(&file, &bytes[..cut]).unwrap();
        let whole = records(&file).iter().filter(|r| matches!(r.body, Some(Body::History(_)))).count();
        assert_eq!(whole, written.history().len() - 1, "the last row is cut");
        assert_eq!(self.answer["cut"]["rows"], whole, "{}", self.client);
    }

    /// That what it sends is what `double` was sent by us.
    pub(super) fn sends_the_same(&self, written: &Written, double: &Double) {
        let synced = &self.answer["synced"];
        let streams: Vec<_> =
            double.asked().into_iter().filter(|a| a.path.ends_with("/file_stream")).collect();
        assert!(streams.iter().all(|a| a.method == "POST" && a.path == synced["path"]), "{streams:?}");
        same(&double.lines("wandb-history.jsonl").into(), &synced["history"], "history");
        same(&double.lines("wandb-events.jsonl").into(), &synced["events"], "events");
        let last = double.streamed().pop().unwrap();
        assert_eq!((&last["complete"], &last["exitcode"]), (&synced["complete"], &synced["exitcode"]));
        let summary = double.lines("wandb-summary.json").pop().unwrap();
        same(&self.named(&summary), &synced["wandb-summary.json"], "summary");

        let asked = double.asked().into_iter().find(|a| a.body["operationName"] == "UpsertBucket").unwrap();
        let mut ours = asked.body["variables"].clone();
        ours["config"] = serde_json::from_str(ours["config"].as_str().unwrap()).unwrap();
        ours.as_object_mut().unwrap().remove("program");
        let upserts = synced["upserts"].as_array().unwrap();
        // theirs learns the definitions of metrics later, ours has them at once; the older one does not sync them
        if self.client != "0.26.1" {
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
        for name in ["wandb-metadata.json", "wandb-summary.json"] {
            same(&self.named(&put(name).body), &files[name], name);
        }
        assert!(put("config.yaml").body.as_str().unwrap().contains("netuid:\n    value: 49\n"));
        same(&config(written), &without_own(&files["config.yaml"]), "config.yaml");
    }

    /// A file of the run as this client has it: the older one names two fields otherwise and keeps no time in all.
    fn named(&self, file: &Value) -> Value {
        let mut file = file.clone();
        if self.client == "0.26.1" {
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
}

/// The settings that were written, as a server has them.
fn config(written: &Written) -> Value {
    written.config.iter().map(|(name, value)| (name.clone(), json!({"value": shortened(value)}))).collect()
}
