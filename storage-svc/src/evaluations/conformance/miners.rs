//! What becomes known of miners.

use domain::{ErrorKind, TaskKind, consensus::MinerStatus};

use super::*;

async fn the_most_accurate_miners_lead(f: Fixture) {
    completed(&f, 1, &["a", "b", "c"]).await;
    record(&f, evaluation("v", 5, 1, &[50, 90, 50]), among(1)).await;
    completed(&f, 2, &["a"]).await;
    record(&f, evaluation("v", 5, 2, &[100]), among(1)).await;
    let page = f.store.leaders(9, None).await.unwrap();
    let told: Vec<_> =
        page.miners.iter().map(|m| (m.miner.as_str(), m.tally.accuracy, m.tally.graded, m.better)).collect();
    let p = Score::percent;
    assert_eq!(
        told,
        [("b", p(90), 1, 0), ("a", p(55), 2, 1), ("c", p(50), 1, 2)],
        "a tenth of the way to 100"
    );
    assert_eq!(page.miners[1].kinds[0].0, TaskKind::Transcription);
    assert_eq!(page.miners[1].kinds[0].1, page.miners[1].tally, "it did one kind of work");
    assert_eq!(f.store.score_of(&"a".parse().unwrap()).await.unwrap(), page.miners[1]);
    assert_eq!(f.store.score_of(&"z".parse().unwrap()).await.unwrap_err().kind, ErrorKind::NotFound);

    let (mut names, mut cursor) = (Vec::new(), None);
    loop {
        let page = f.store.leaders(1, cursor.as_deref()).await.unwrap();
        names.extend(page.miners.iter().map(|m| m.miner.to_string()));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(names, ["b", "a", "c"]);
    assert_eq!(f.store.leaders(1, Some("?")).await.unwrap_err().kind, ErrorKind::Invalid);
}

async fn an_answer_that_did_not_come_counts_as_nothing(f: Fixture) {
    with_input(&*f.files, 1).await;
    f.tasks.create(NewTask { wanted: 1, ..new_task(1) }, None).await.unwrap();
    f.tasks.apply(task_id(1), grant(1, "silent", at(2)), at(2)).await.unwrap();
    f.tasks.apply(task_id(1), Event::Expire, at(60)).await.unwrap();
    f.files.insert(file(output(100), 9)).await.unwrap();
    f.tasks.apply(task_id(1), grant(100, "good", at(61)), at(61)).await.unwrap();
    f.tasks.apply(task_id(1), respond(100, 2, 9), at(62)).await.unwrap();
    record(&f, evaluation("v", 5, 1, &[90]), among(1)).await;
    let silent = f.store.score_of(&"silent".parse().unwrap()).await.unwrap();
    let nothing = super::super::Tally { accuracy: Score::ZERO, graded: 0, missed: 1 };
    assert_eq!((silent.tally, silent.better), (nothing, 1));
    let result = &f.store.final_results(9, None).await.unwrap().results[0];
    let came: Vec<_> = result.answers.iter().map(|a| (a.came.name(), a.accuracy.is_some())).collect();
    assert_eq!(came, [("nothing", false), ("in_time", true)]);
}

async fn a_uid_that_changes_hands_begins_anew(f: Fixture) {
    // L12, R40
    for n in [1, 2, 4] {
        completed_by("old", &f, n, &["7"], 1_000).await;
    }
    completed_by("new", &f, 3, &["7"], 1_000).await;
    let miner: MinerId = "7".parse().unwrap();
    record(&f, evaluation("v", 5, 1, &[10]), with_holder(1, "7", "old")).await;
    record(&f, evaluation("v", 5, 2, &[10]), with_holder(1, "7", "old")).await;
    let before = f.store.score_of(&miner).await.unwrap();
    assert_eq!((before.tally.graded, before.uid), (2, Some(7)));
    record(&f, evaluation("v", 5, 3, &[90]), with_holder(1, "7", "new")).await;
    let after = f.store.score_of(&miner).await.unwrap();
    assert_eq!((after.tally.graded, after.tally.accuracy), (1, Score::percent(90)));
    assert_eq!(after.hotkey.as_ref().unwrap().as_str(), "new");
    assert_eq!(after.kinds[0].1.graded, 1);
    record(&f, evaluation("v", 5, 4, &[10]), with_holder(1, "7", "new")).await;
    assert_eq!(f.store.score_of(&miner).await.unwrap(), after, "what another one signed is not its work");
}

fn status(uid: u16, serving: bool, load: u32) -> MinerStatus {
    let hotkey = format!("hot{uid}").parse().unwrap();
    MinerStatus { uid, hotkey, serving, load: Some(Score::percent(load)), performance: None }
}

fn report(validator: &str, now: i64, statuses: Vec<MinerStatus>) -> MinersReport {
    MinersReport { validator: name(validator), stake: 5, epoch: 4, at: at(now), validators: 2, statuses }
}

async fn two_reports_make_a_miner_eligible_and_two_of_one_validator_do_not(f: Fixture) {
    // E8, E9
    let first = f.store.report(report("v1", 1, vec![status(7, true, 10)])).await.unwrap();
    let again = f.store.report(report("v1", 2, vec![status(7, true, 20)])).await.unwrap();
    assert_eq!((first[0].validators, again[0].validators, again[0].eligible), (1, 1, false));
    let both = f.store.report(report("v2", 3, vec![status(7, true, 40), status(9, false, 0)])).await.unwrap();
    assert_eq!((both[0].validators, both[0].eligible, both[0].confidence), (2, true, Score::ONE));
    assert_eq!(f.store.reported(9, None).await.unwrap(), both, "what is stored is what was computed");
    let said = f.store.told_of(7).await.unwrap();
    assert_eq!(said.merged.as_ref(), Some(&both[0]));
    let told: Vec<_> = said.told.iter().map(|t| (t.validator.as_str(), t.status.load, t.at)).collect();
    assert_eq!(told, [("v1", Some(Score::percent(20)), at(2)), ("v2", Some(Score::percent(40)), at(3))]);
    assert_eq!(f.store.told_of(8).await.unwrap(), Said::default());
}

async fn each_field_of_a_report_stays_in_its_place(f: Fixture) {
    // E10
    let mut odd = status(99, false, 33);
    odd.performance = Some(Score::percent(77));
    f.store.report(report("v1", 1, vec![odd.clone(), status(1, true, 5)])).await.unwrap();
    let page = f.store.reported(1, Some(1)).await.unwrap();
    assert_eq!(page[0].status, odd);
    assert_eq!((page[0].epoch, page[0].at, page[0].validators), (4, at(1), 1));
    assert_eq!(f.store.told_of(99).await.unwrap().told[0].status, odd);
    assert_eq!(f.store.reported(1, Some(99)).await.unwrap(), []);
    assert_eq!(f.store.reported(0, None).await.unwrap_err().kind, ErrorKind::Invalid);
}

async fn validators_are_listed_by_name_with_what_is_known_of_them(f: Fixture) {
    completed(&f, 1, &["a"]).await;
    f.store.mark_seen(&name("w"), 8, 70, task_id(1)).await.unwrap();
    record(&f, evaluation("v", 5, 1, &[10]), among(2)).await;
    let all = f.store.validators(9, None).await.unwrap();
    let told: Vec<_> =
        all.iter().map(|v| (v.validator.as_str(), v.uid, v.stake, v.evaluations, v.last_at)).collect();
    assert_eq!(told, [("v", 3, 5, 1, at(2_001)), ("w", 8, 70, 0, Default::default())]);
    assert_eq!(f.store.validators(1, None).await.unwrap(), all[..1]);
    assert_eq!(f.store.validators(1, Some(&name("v"))).await.unwrap(), all[1..]);
}

conformance!(
    the_most_accurate_miners_lead,
    an_answer_that_did_not_come_counts_as_nothing,
    a_uid_that_changes_hands_begins_anew,
    two_reports_make_a_miner_eligible_and_two_of_one_validator_do_not,
    each_field_of_a_report_stays_in_its_place,
    validators_are_listed_by_name_with_what_is_known_of_them,
);
