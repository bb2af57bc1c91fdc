//! Each intention at most once, whatever breaks: in memory and over the RPC of a development chain.

use std::{path::PathBuf, sync::Arc, time::Duration};

use process::clock::Clock;
use serde_json::json;

use super::{Journal, JournalError, Outcome, SubmitError, Submitter};
use crate::chain::{
    Call,
    conformance::rig::{self, NET, Rig, bob, charlie},
    memory::Lost,
};

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("journal")
    }

    /// A process that has just started.
    fn start(&self, rig: &impl Rig, patience: Duration) -> Submitter {
        let journal = Journal::open(&self.path()).unwrap();
        Submitter::new(rig.chain(), bob(), journal, Clock::manual(7).0, patience)
    }
}

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(1500);

fn weights() -> Call {
    Call::SetWeights { netuid: 49, mecid: 0, uids: vec![0, 2], values: vec![1, 2], version_key: 0 }
}

mod clauses {
    use super::*;

    pub(super) async fn an_intention_is_carried_out_once_however_often_it_is_asked(rig: impl Rig) {
        let desk = Desk::new();
        let submitter = desk.start(&rig, LONG);
        let first = submitter.submit("round 1", json!([[0, 0.3]]), &weights()).await.unwrap();
        assert!(!first.replayed);
        let again = submitter.submit("round 1", json!([[0, 0.3]]), &weights()).await.unwrap();
        assert!(again.replayed && again.hash == first.hash && again.events == first.events);
        assert_eq!(rig.arrived(), 1);
    }

    pub(super) async fn what_was_intended_sent_and_became_of_it_is_kept(rig: impl Rig) {
        let desk = Desk::new();
        let sent = desk.start(&rig, LONG).submit("round 1", json!({"0": 0.25}), &weights()).await.unwrap();
        // another process, later
        let entry = desk.start(&rig, LONG).entry("round 1").await.unwrap();
        assert_eq!((entry.call.as_str(), &entry.intended, entry.at), ("set_weights", &json!({"0": 0.25}), 7));
        assert_eq!(entry.signed.hash, sent.hash);
        let Some(Outcome::Done { number, block, .. }) = entry.outcome else { panic!("{:?}", entry.outcome) };
        assert_eq!((number, block), (sent.number, sent.block));
    }

    pub(super) async fn a_socket_lost_after_sending_never_sends_twice(rig: impl Rig) {
        let desk = Desk::new();
        rig.lose(Lost::After);
        let done = desk.start(&rig, LONG).submit("round 1", json!(null), &weights()).await.unwrap();
        assert_eq!(rig.arrived(), 1);
        assert_eq!(rig.chain().snapshot(NET).await.unwrap().neurons[1].last_update, done.number);
    }

    pub(super) async fn a_socket_lost_before_sending_sends_again_only_when_the_first_is_dead(rig: impl Rig) {
        let desk = Desk::new();
        let submitter = desk.start(&rig, SHORT);
        rig.lose(Lost::Before);
        let before = rig.arrived();
        let said = submitter.submit("round 1", json!(null), &weights()).await.unwrap_err();
        assert!(matches!(said, SubmitError::Undecided { .. }), "{said}");
        let first = submitter.entry("round 1").await.unwrap();
        assert_eq!(first.outcome, None);
        rig.advance(64);
        let done = submitter.submit("round 1", json!(null), &weights()).await.unwrap();
        assert_ne!(done.hash, first.signed.hash);
        assert!(rig.arrived() - before <= 2);
        assert_eq!(rig.chain().weights(NET, 1).await.unwrap(), [(0, 32768), (2, 65535)]);
    }

    pub(super) async fn a_crash_after_sending_submits_once(rig: impl Rig) {
        let desk = Desk::new();
        // the process dies between sending and hearing of it: its journal has the transaction, and no outcome
        let signed = rig.chain().prepare(&weights(), &bob()).await.unwrap();
        let mut journal = Journal::open(&desk.path()).unwrap();
        journal.signed(1, "round 1", "set_weights", &json!(null), &signed).unwrap();
        drop(journal);
        rig.chain().send(&signed).await.unwrap();
        let done = desk.start(&rig, LONG).submit("round 1", json!(null), &weights()).await.unwrap();
        assert!(done.replayed && done.hash == signed.hash);
        assert_eq!(rig.arrived(), 1);
    }

    pub(super) async fn a_refusal_is_told_by_name_and_kept(rig: impl Rig) {
        let desk = Desk::new();
        let submitter = desk.start(&rig, LONG);
        submitter.submit("round 1", json!(null), &weights()).await.unwrap();
        let said = submitter.submit("round 2", json!(null), &weights()).await.unwrap_err();
        let SubmitError::Refused(refusal) = &said else { panic!("{said}") };
        assert_eq!(refusal.name, "SettingWeightsTooFast");
        let kept = submitter.entry("round 2").await.unwrap().outcome;
        assert!(matches!(kept, Some(Outcome::Refused { .. })), "{kept:?}");
        // a refusal is no reason never to try again
        rig.advance(20);
        assert!(!submitter.submit("round 2", json!(null), &weights()).await.unwrap().replayed);
    }

    pub(super) async fn intentions_at_the_same_time_take_their_turns(rig: impl Rig) {
        let desk = Desk::new();
        let submitter = desk.start(&rig, LONG);
        let axon = Call::ServeAxon { netuid: 49, address: Some("10.0.0.1:8091".parse().unwrap()) };
        let weights = weights();
        let (a, b) = tokio::join!(
            submitter.submit("round 1", json!(null), &weights),
            submitter.submit("axon 1", json!(null), &axon),
        );
        assert_ne!(a.unwrap().hash, b.unwrap().hash);
        assert_eq!(submitter.entries(9).await.len(), 2);
        assert_eq!(rig.arrived(), 2);
    }

    pub(super) async fn a_nonce_taken_by_another_program_is_read_again(rig: impl Rig) {
        let desk = Desk::new();
        let mine = rig.chain().prepare(&weights(), &bob()).await.unwrap();
        let axon = Call::ServeAxon { netuid: 49, address: Some("10.0.0.1:8091".parse().unwrap()) };
        // the journal says that `mine` is under way; another program of the same key was faster
        let mut journal = Journal::open(&desk.path()).unwrap();
        journal.signed(1, "round 1", "set_weights", &json!(null), &mine).unwrap();
        drop(journal);
        let other = rig.chain().prepare(&axon, &bob()).await.unwrap();
        rig.chain().send(&other).await.unwrap();
        let done = desk.start(&rig, LONG).submit("round 1", json!(null), &weights()).await.unwrap();
        assert!(!done.replayed && done.hash != mine.hash);
    }
}

macro_rules! over_both {
    ($($clause:ident),+ $(,)?) => {
        mod in_memory {
            $(#[tokio::test]
            async fn $clause() {
                super::clauses::$clause(super::rig::memory().await).await;
            })+
        }
        mod over_rpc {
            $(#[tokio::test]
            async fn $clause() {
                super::clauses::$clause(super::rig::devchain().await).await;
            })+
        }
    };
}

over_both! {
    an_intention_is_carried_out_once_however_often_it_is_asked,
    what_was_intended_sent_and_became_of_it_is_kept,
    a_socket_lost_after_sending_never_sends_twice,
    a_socket_lost_before_sending_sends_again_only_when_the_first_is_dead,
    a_crash_after_sending_submits_once,
    a_refusal_is_told_by_name_and_kept,
    intentions_at_the_same_time_take_their_turns,
    a_nonce_taken_by_another_program_is_read_again,
}

#[tokio::test]
async fn a_journal_has_one_owner() {
    let desk = Desk::new();
    let _first = Journal::open(&desk.path()).unwrap();
    let said = Journal::open(&desk.path()).unwrap_err();
    assert!(matches!(said, JournalError::Taken(_)), "{said}");
}

#[tokio::test]
async fn a_line_cut_off_by_a_crash_is_dropped_and_one_that_is_not_ours_is_told() {
    let (desk, rig) = (Desk::new(), rig::memory().await);
    desk.start(&rig, LONG).submit("round 1", json!(null), &weights()).await.unwrap();
    let whole = std::fs::read_to_string(desk.path()).unwrap();
    std::fs::write(desk.path(), format!("{whole}{{\"line\":\"sig")).unwrap();
    assert!(Journal::open(&desk.path()).unwrap().entry("round 1").is_some());
    assert_eq!(std::fs::read_to_string(desk.path()).unwrap(), whole);
    std::fs::write(desk.path(), format!("hello\n{whole}")).unwrap();
    let said = Journal::open(&desk.path()).unwrap_err();
    assert!(matches!(said, JournalError::Broken { line: 1, .. }), "{said}");
}

#[tokio::test]
async fn a_journal_forgets_old_intentions_and_never_one_under_way() {
    let (desk, chain) = (Desk::new(), rig::memory().await.chain());
    let signed = chain.prepare(&weights(), &charlie()).await.unwrap();
    let mut journal = Journal::open(&desk.path()).unwrap();
    journal.signed(0, "under way", "set_weights", &json!(null), &signed).unwrap();
    drop(journal);
    let line = |name: String| {
        let entry = super::Entry {
            name,
            call: "x".into(),
            intended: json!(null),
            at: 1,
            signed: signed.clone(),
            outcome: Some(Outcome::Never),
        };
        format!("{{\"line\":\"signed\",{}\n", &serde_json::to_string(&entry).unwrap()[1..])
    };
    let many: String = (0..9000).map(|i| line(format!("round {i}"))).collect();
    let text = std::fs::read_to_string(desk.path()).unwrap() + &many;
    std::fs::write(desk.path(), text).unwrap();
    let journal = Journal::open(&desk.path()).unwrap();
    assert!(journal.entry("under way").is_some() && journal.entry("round 8999").is_some());
    assert!(journal.entry("round 0").is_none());
    drop(journal);
    assert!(std::fs::read_to_string(desk.path()).unwrap().lines().count() < 2100);
    assert_eq!(Journal::open(&desk.path()).unwrap().undecided(&charlie().account()).len(), 1);
    let _ = Arc::strong_count(&chain);
}
