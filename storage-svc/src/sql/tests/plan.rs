//! No statement scans a table: every plan of everything that the stores ask is in a golden file.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};

use diesel::prelude::*;
use diesel::{QueryableByName, sql_query};
use domain::{
    Event, Language, LeaseId, MinerRecord, NewTask, Offer, Score, Sha256, TaskKind,
    consensus::{Electorate, Evaluation, Finding, Holder, MinerStatus},
    grade::Basis,
    task::StateName,
};
use proto::client::{Idempotency, TaskFilter};

use super::super::{Conn, open};
use super::{options, stranger};
use crate::evaluations::{Evaluations, MinersReport, SqlEvaluations};
use crate::files::{FileStore, SqlFiles};
use crate::ledger::{Ledger as _, SqlLedger};
use crate::nonces::{ForgetNonces, Nonce, Nonces, SqlNonces};
use crate::records::{ForgetRecords, MinerRecords, SqlRecords};
use crate::tasks::conformance::RETENTION;
use crate::tasks::{ForgetTasks, SqlTasks, TaskStore};
use crate::tests::sample::{
    at, choose, file, grant, new_task, output, record, renew, respond, task_id, with_input,
};

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = diesel::sql_types::Text)]
    detail: String,
}

/// Every verb, every way it can go.
async fn ask_everything(
    tasks: &SqlTasks,
    evaluations: &SqlEvaluations,
    files: &SqlFiles,
    nonces: &SqlNonces,
    records: &SqlRecords,
    ledger: &SqlLedger,
) {
    with_input(files, 1).await;
    with_input(files, 1).await;
    let key = Some(Idempotency { key: "k".into(), fingerprint: Sha256([1; 32]) });
    tasks.create(NewTask { wanted: 2, ..new_task(1) }, key.clone()).await.unwrap();
    tasks.create(new_task(1), key).await.unwrap();
    with_input(files, 2).await;
    tasks.create(new_task(2), None).await.unwrap();
    for (lease, miner) in [(1, "a"), (2, "b")] {
        files.insert(file(output(lease), 9)).await.unwrap();
        tasks.apply(task_id(1), grant(lease, miner, at(2)), at(2)).await.unwrap();
    }
    tasks.apply(task_id(1), renew(1, 1, at(9), Some(3)), at(3)).await.unwrap();
    tasks.apply(task_id(1), respond(1, 1, 9), at(4)).await.unwrap();
    let one = [Offer::new(TaskKind::Transcription, vec![Language::En])];
    tasks.ready(&one, None, 5).await.unwrap();
    tasks.ready(&one, Some(&"a".parse().unwrap()), 5).await.unwrap();
    tasks.due(at(5), 5).await.unwrap();
    tasks.held_by(&"b".parse().unwrap()).await.unwrap();
    tasks.counts().await.unwrap();
    let cursor = newest();
    for statuses in [vec![], vec![StateName::Failed], vec![StateName::Failed, StateName::Pending]] {
        for kind in [None, Some(TaskKind::Tts)] {
            for cursor in [None, Some(cursor.as_str())] {
                let filter = TaskFilter { statuses: statuses.clone(), kind };
                tasks.list(&filter, 5, cursor).await.unwrap();
            }
        }
    }
    files.insert(file(output(2), 9)).await.unwrap();
    tasks.apply(task_id(1), respond(2, 2, 9), at(5)).await.unwrap();
    tasks.apply(task_id(1), choose(1, 50), at(6)).await.unwrap();
    evaluate(evaluations).await;
    with_input(files, 2).await;
    tasks.create(new_task(2), None).await.unwrap();
    tasks.apply(task_id(2), Event::Cancel, at(6)).await.unwrap();
    files.uses(Sha256([1; 32])).await.unwrap();
    let ever = at(1_000_000_000);
    tasks.forget_keys(ever, 5).await.unwrap();
    tasks.forget_tasks(ever, 5).await.unwrap();
    files.forget(ever, 5).await.unwrap();
    let nonce = Nonce { hotkey: [1; 32], number: 7 };
    nonces.spend(nonce, at(1)).await.unwrap();
    nonces.forget_nonces(ever, 5).await.unwrap();
    for miner in ["a", "b"] {
        let proven = MinerRecord { hotkey: Some([1; 32]), ..record(miner, TaskKind::Tts, 1) };
        records.put(vec![record(miner, TaskKind::Tts, 1), proven]).await.unwrap();
    }
    records.list(None, 5).await.unwrap();
    records.forget_records(ever, 1).await.unwrap();
    for _ in 0..2 {
        ledger.put("s", "k", vec![1]).await.unwrap();
    }
    ledger.get("s", "k").await.unwrap();
    ledger.after("s", "a", 5).await.unwrap();
    ledger.head("s").await.unwrap();
}

/// The same of evaluations; two miners answered task 1.
async fn evaluate(evaluations: &SqlEvaluations) {
    let finding = |lease: u128| Finding {
        lease: LeaseId::from_random(lease),
        accuracy: Score::ONE,
        completeness: Score::ONE,
        fault: None,
        basis: Basis::Truth,
    };
    let findings = vec![finding(1), finding(2)];
    let holder =
        |hotkey: &str| Holder { miner: "a".parse().unwrap(), uid: 1, hotkey: hotkey.parse().unwrap() };
    let electorate = Electorate { validators: 2, holders: vec![holder("hot")] };
    let (v, now) = (|name: &str| name.parse().unwrap(), at(7));
    for validator in ["v", "v", "w", "x"] {
        evaluations.pending(&v(validator), 5, None).await.unwrap();
        let (task, findings) = (task_id(1), findings.clone());
        let one =
            Evaluation { task, validator: v(validator), uid: 1, stake: 5, at: now, units: Some(7), findings };
        evaluations.record(one, electorate.clone()).await.unwrap();
        let hotkey = validator.parse().unwrap();
        let statuses = vec![MinerStatus { uid: 1, hotkey, serving: true, load: None, performance: None }];
        let (validator, stake, epoch, validators) = (v(validator), 5, 1, 2);
        let report = MinersReport { validator, stake, epoch, at: now, validators, statuses };
        evaluations.report(report).await.unwrap();
    }
    evaluations.mark_seen(&v("y"), 1, 5, task_id(1)).await.unwrap();
    evaluations.final_results(5, None).await.unwrap();
    evaluations.final_result(task_id(1)).await.unwrap();
    evaluations.evaluated_by(&v("v"), 5, None).await.unwrap();
    evaluations.totals().await.unwrap();
    evaluations.validators(5, None).await.unwrap();
    evaluations.leaders(5, None).await.unwrap();
    evaluations.score_of(&"a".parse().unwrap()).await.unwrap();
    evaluations.reported(5, Some(0)).await.unwrap();
    evaluations.told_of(1).await.unwrap();
}

fn newest() -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(format!("{}.{}", at(1).micros(), task_id(1)))
}

/// The text of a statement, lists of any length told alike.
fn normal(statement: &str) -> String {
    let text = statement.split(" -- binds").next().unwrap_or_default();
    let text = text.replace('`', "");
    let mut parts = text.split("IN (");
    let mut normal = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches("?, ");
        normal.push_str("IN (");
        normal.push_str(rest);
    }
    normal
}

fn plan(c: &mut Conn, statement: &str) -> Vec<String> {
    let steps: Vec<Step> = sql_query(format!("EXPLAIN QUERY PLAN {statement}")).load(c).unwrap();
    steps.into_iter().map(|s| s.detail).collect()
}

#[tokio::test]
async fn no_statement_scans_a_table() {
    // C3, C4, C5
    let root = tempfile::tempdir().unwrap();
    let heard = Arc::new(Mutex::new(BTreeSet::new()));
    let ear = heard.clone();
    let watch = open::Watch(Some(Arc::new(move |s: &str| {
        ear.lock().unwrap().insert(normal(s));
    })));
    let db = open::sqlite(options(root.path()), watch).await.unwrap();
    let (tasks, files) = (SqlTasks::new(db.clone(), RETENTION), SqlFiles::new(db.clone()));
    let evaluations = SqlEvaluations::new(tasks.clone());
    let records = SqlRecords::new(db.clone());
    let (nonces, ledger) = (SqlNonces::new(db.clone()), SqlLedger::new(db));
    ask_everything(&tasks, &evaluations, &files, &nonces, &records, &ledger).await;

    let mut c = stranger(root.path());
    let asked = ["SELECT", "INSERT", "UPDATE", "DELETE"];
    let mut golden = String::new();
    let mut count = 0;
    for statement in heard.lock().unwrap().iter().filter(|s| asked.iter().any(|a| s.starts_with(a))) {
        count += 1;
        golden.push_str(&format!("{statement}\n"));
        for step in plan(&mut c, statement) {
            assert!(!step.contains("SCAN") || step == "SCAN CONSTANT ROW", "{statement}\n{step}");
            golden.push_str(&format!("    {step}\n"));
        }
    }
    assert!(count > 20, "only {count} statements were seen");
    testkit::golden::compare(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/plans.txt"), &golden);
}
