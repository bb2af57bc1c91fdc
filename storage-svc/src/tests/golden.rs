//! Rows that a version 1 wrote are read for ever: they are committed, with the tasks that they mean.

use std::path::PathBuf;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::{QueryableByName, sql_query};
use domain::{
    Event, FailReason, Failure, Fence, LeaseId, NewTask, Score, Sha256,
    consensus::{Electorate, Evaluation, Finding, Holder, MinerStatus},
    grade::{Basis, Fault},
};
use proto::client::{Idempotency, TaskFilter};

use super::sample::{
    at, choose, file, grant, input, new_task, output, record, renew, respond, task_id, with_input,
};
use crate::evaluations::{Evaluations as _, MinersReport, SqlEvaluations};
use crate::files::{FileStore as _, SqlFiles};
use crate::ledger::{Ledger as _, SqlLedger};
use crate::nonces::{Nonce, Nonces as _, Spent, SqlNonces};
use crate::records::{MinerRecords as _, SqlRecords};
use crate::sql::tests::{options, stranger};
use crate::sql::{Conn, Sqlite};
use crate::tasks::conformance::RETENTION;
use crate::tasks::{SqlTasks, TaskStore as _};

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// A database with every state of a task and every end of a lease in it.
async fn fill(tasks: &SqlTasks, files: &SqlFiles, nonces: &SqlNonces, records: &SqlRecords) {
    let evaluations = SqlEvaluations::new(tasks.clone());
    let auto = domain::SourceLanguage::Auto;
    for n in 1..=5 {
        with_input(files, n).await;
        let traceparent = Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned());
        let target = Some(domain::Language::Ko);
        let options = domain::TaskOptions { max_words: Some(30), ..Default::default() };
        let spec = NewTask { source: auto, target, options, traceparent, wanted: 2, ..new_task(n) };
        let key = Idempotency { key: format!("key {n}"), fingerprint: Sha256([n as u8; 32]) };
        tasks.create(spec, Some(key)).await.unwrap();
    }
    let apply = async |n, event, now| drop(tasks.apply(task_id(n), event, at(now)).await.unwrap());
    apply(1, grant(1, "a", at(6)), 6).await;
    apply(1, renew(1, 1, at(30), Some(40)), 7).await;
    apply(2, grant(2, "b", at(6)), 6).await;
    apply(2, Event::Drop { lease: LeaseId::from_random(2) }, 7).await;
    apply(2, grant(3, "c", at(7)), 7).await;
    apply(2, Event::Expire, 17).await;
    for lease in [4, 5] {
        files.insert(file(output(lease), 9)).await.unwrap();
        apply(2, grant(lease, ["d", "e"][lease as usize - 4], at(18)), 18).await;
        apply(2, respond(lease, lease as u64 - 1, 9), 19).await;
    }
    apply(2, choose(5, 73), 20).await;
    // one answer, and another one is waited for
    files.insert(file(output(8), 9)).await.unwrap();
    apply(5, grant(8, "a", at(18)), 18).await;
    apply(5, respond(8, 1, 9), 19).await;
    let proven = domain::MinerRecord { hotkey: Some([7; 32]), ..record("a", domain::TaskKind::Tts, 19) };
    records.put(vec![proven, record("b", domain::TaskKind::Transcription, 18)]).await.unwrap();
    apply(3, grant(6, "a", at(6)), 6).await;
    apply(3, Event::Cancel, 8).await;
    apply(4, grant(7, "a", at(6)), 6).await;
    let failure = Failure::new(FailReason::BrokenFile, "the file holds no audio: é");
    for number in [1, u64::MAX] {
        nonces.spend(Nonce { hotkey: [7; 32], number }, at(12)).await.unwrap();
    }
    apply(4, Event::Fail { lease: LeaseId::from_random(7), fence: Fence(1), failure }, 9).await;
    evaluate(&evaluations).await;
}

/// Two validators evaluate task 2, one after the other; both report its first miner.
async fn evaluate(evaluations: &SqlEvaluations) {
    let finding = |lease: u128, fault| Finding {
        lease: LeaseId::from_random(lease),
        accuracy: Score::percent(90),
        completeness: Score::ONE,
        fault,
        basis: Basis::Truth,
    };
    let findings = vec![finding(4, None), finding(5, Some(Fault::TooLong))];
    let holder = Holder { miner: "d".parse().unwrap(), uid: 7, hotkey: "hot".parse().unwrap() };
    let electorate = Electorate { validators: 2, holders: vec![holder] };
    for validator in ["v", "w"] {
        let (task, findings, validator) = (task_id(2), findings.clone(), validator.parse().unwrap());
        let one = Evaluation {
            task,
            validator,
            uid: 3,
            stake: u64::MAX - 1,
            at: at(21),
            units: Some(25),
            findings,
        };
        let validator = one.validator.clone();
        evaluations.record(one, electorate.clone()).await.unwrap();
        let (hotkey, performance) = ("hot".parse().unwrap(), Some(Score::percent(7)));
        let statuses = vec![MinerStatus { uid: 7, hotkey, serving: true, load: None, performance }];
        let (stake, epoch, at, validators) = (5, 4, at(22), 2);
        let report = MinersReport { validator, stake, epoch, at, validators, statuses };
        evaluations.report(report).await.unwrap();
    }
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = diesel::sql_types::Text)]
    line: String,
}

fn lines(c: &mut Conn, sql: &str) -> Vec<String> {
    sql_query(sql).load::<Line>(c).unwrap().into_iter().map(|l| l.line).collect()
}

/// The whole database as the statements that make it.
fn dump(c: &mut Conn) -> String {
    let application = lines(
        c,
        "SELECT 'PRAGMA application_id=' || application_id || ';' AS line FROM pragma_application_id",
    );
    let made = lines(
        c,
        "SELECT sql || ';' AS line FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type DESC, name",
    );
    let mut out = [application, made].concat();
    for table in lines(c, "SELECT name AS line FROM sqlite_master WHERE type = 'table' ORDER BY name") {
        let columns =
            lines(c, &format!("SELECT name AS line FROM pragma_table_info('{table}') ORDER BY cid"));
        let quoted: Vec<String> = columns.iter().map(|n| format!("quote({n})")).collect();
        let rows = format!("SELECT {} AS line FROM {table} ORDER BY 1", quoted.join(" || ', ' || "));
        for mut row in lines(c, &rows) {
            if table == "__diesel_schema_migrations" {
                row = format!("{}, '2026-01-01 00:00:00'", row.split(", ").next().unwrap_or_default());
            }
            out.push(format!("INSERT INTO {table} VALUES ({row});"));
        }
    }
    out.join("\n") + "\n"
}

#[tokio::test]
async fn rows_are_written_in_the_shape_of_version_5() {
    // E2
    let root = tempfile::tempdir().unwrap();
    let db = Sqlite::open(options(root.path())).await.unwrap();
    let (tasks, files) = (SqlTasks::new(db.clone(), RETENTION), SqlFiles::new(db.clone()));
    fill(&tasks, &files, &SqlNonces::new(db.clone()), &SqlRecords::new(db.clone())).await;
    SqlLedger::new(db).put("rounds", "0000000001", b"{}".to_vec()).await.unwrap();
    testkit::golden::compare(&golden("v5.sql"), &dump(&mut stranger(root.path())));
}

#[tokio::test]
async fn rows_of_a_database_of_every_version_still_read_back() {
    // E2
    for version in ["v1", "v2", "v3", "v4", "v5"] {
        let root = tempfile::tempdir().unwrap();
        let dumped = std::fs::read_to_string(golden(&format!("{version}.sql"))).unwrap();
        stranger(root.path())
            .batch_execute(&format!("PRAGMA foreign_keys=OFF; BEGIN; {dumped} COMMIT;"))
            .unwrap();
        let db = Sqlite::open(options(root.path())).await.unwrap();
        let (tasks, files) = (SqlTasks::new(db.clone(), RETENTION), SqlFiles::new(db.clone()));
        let known = SqlRecords::new(db.clone()).list(None, 9).await.unwrap();
        assert_eq!(known.len(), if version >= "v4" { 2 } else { 0 }, "{version}");
        let again =
            SqlNonces::new(db.clone()).spend(Nonce { hotkey: [7; 32], number: u64::MAX }, at(12)).await;
        assert_eq!(again.unwrap() == Spent::Seen, version >= "v3", "{version}");
        let written = SqlLedger::new(db).get("rounds", "0000000001").await.unwrap();
        assert_eq!(written.is_some_and(|body| body == b"{}"), version >= "v4", "{version}");
        let page = tasks.list(&TaskFilter::default(), 200, None).await.unwrap();
        assert_eq!(page.tasks.len(), 5);
        let mut read = format!("{:#?}\n", page.tasks);
        for id in [input(1), output(4)] {
            read.push_str(&format!("{:#?}\n", files.stat(id, at(20)).await.unwrap()));
        }
        let key = Some(Idempotency { key: "key 3".into(), fingerprint: Sha256([3; 32]) });
        let again = tasks.create(new_task(77), key).await.unwrap();
        assert_eq!((again.task.spec.id, again.replayed), (task_id(3), true));
        testkit::golden::compare(&golden(&format!("{version}.txt")), &read);
        let evaluations = SqlEvaluations::new(tasks);
        let results = evaluations.final_results(9, None).await.unwrap().results;
        let waiting = evaluations.pending(&"x".parse().unwrap(), 9, None).await.unwrap().tasks;
        let (before, after) = (version < "v4", version >= "v4");
        assert_eq!((results.len(), waiting.len()), (after.into(), before.into()), "{version}");
        if after {
            let kept = evaluations.told_of(7).await.unwrap();
            let read =
                format!("{results:#?}\n{kept:#?}\n{:#?}\n", evaluations.leaders(9, None).await.unwrap());
            testkit::golden::compare(&golden(&format!("{version}-evaluations.txt")), &read);
        }
    }
}

#[tokio::test]
async fn a_task_that_has_an_answer_when_the_version_changes_is_due_for_a_choice() {
    // E1, E2
    let root = tempfile::tempdir().unwrap();
    let dumped = std::fs::read_to_string(golden("v3.sql")).unwrap();
    let waits = format!(
        "UPDATE tasks SET state = 'pending', wanted = 3, ended_at = NULL, chosen = NULL, expires_at = NULL, \
         due_at = {} WHERE id = '{}';",
        at(3_602).micros(),
        task_id(2)
    );
    stranger(root.path())
        .batch_execute(&format!("PRAGMA foreign_keys=OFF; BEGIN; {dumped} {waits} COMMIT;"))
        .unwrap();
    let tasks = SqlTasks::new(Sqlite::open(options(root.path())).await.unwrap(), RETENTION);
    let due = async |seconds| {
        let due = tasks.due(at(seconds), 9).await.unwrap().tasks;
        due.into_iter().any(|t| t.spec.id == task_id(2))
    };
    assert_eq!((due(78).await, due(79).await), (false, true), "a minute after its first answer");
    let task = tasks.get(task_id(2)).await.unwrap();
    assert_eq!((task.next_due(), task.responses()), (Some(at(79)), 2));
}
