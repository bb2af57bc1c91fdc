//! What is said of work that ended.

use std::sync::Arc;

use domain::Transcript;
use proto::pb::{FailReason, miner_message::Message, scheduler_message as said};
use sha2::Digest as _;
use tokio::sync::Semaphore;

use super::{Stage, name};
use crate::engine::echo::EchoEngine;

fn echo() -> Arc<EchoEngine> {
    Arc::new(EchoEngine::new())
}

#[tokio::test]
async fn a_lease_is_done_and_answered_with_the_digest_of_what_was_stored() {
    // E3, S18
    let mut stage = Stage::with(echo()).await;
    let (mut miner, declare) = stage.scheduler.pair().await;
    assert_eq!(
        (declare.miner.as_str(), declare.capacity, declare.offers.len()),
        ("tester", 4, domain::TaskKind::ALL.len())
    );
    miner.holds(0).await;
    assert!(stage.readiness.ready(), "paired and able: {:?}", stage.readiness.check());
    let mut transcripts = Vec::new();
    for n in [1, 2] {
        miner.say(stage.recording(n, 2)).await;
        let complete = miner.complete().await;
        let response = complete.response.unwrap();
        let stored = stage.files.result(&n.to_string()).unwrap();
        assert_eq!((complete.lease, complete.fence), (name(n), 5));
        assert_eq!(response.sha256, sha2::Sha256::digest(&stored).to_vec());
        assert_eq!(
            (response.size, response.file),
            (stored.len() as u64, domain::FileId::from_random(n).to_string())
        );
        assert_eq!((response.model.as_str(), response.model_version.as_str()), ("echo", "1"));
        let transcript: Transcript = serde_json::from_slice(&stored).unwrap();
        assert_eq!(transcript.duration_ms, 2_000);
        transcripts.push(transcript.text());
        miner.settle(&name(n)).await;
    }
    assert_ne!(transcripts[0], transcripts[1], "two inputs, two results");
    miner.holds(0).await;
    assert_eq!(stage.inputs(), 0, "no input is left behind");
}

#[tokio::test]
async fn an_answer_is_said_again_after_a_reconnection_until_it_is_settled() {
    // L11
    let mut stage = Stage::with(echo()).await;
    let (mut miner, first) = stage.scheduler.pair().await;
    miner.say(stage.recording(1, 1)).await;
    let complete = miner.complete().await;
    drop(miner);
    let (mut miner, second) = stage.scheduler.pair().await;
    assert_eq!((second.held, second.session), (vec![name(1)], first.session));
    assert_eq!(miner.complete().await, complete, "the same answer");
    drop(miner);
    let (mut miner, _) = stage.scheduler.pair().await;
    assert_eq!(miner.complete().await, complete, "and once more");
    miner.settle(&name(1)).await;
    miner.holds(0).await;
    drop(miner);
    let (_, last) = stage.scheduler.pair().await;
    assert!(last.held.is_empty());
}

#[tokio::test]
async fn a_refused_answer_is_forgotten() {
    let mut stage = Stage::with(echo()).await;
    let (mut miner, _) = stage.scheduler.pair().await;
    miner.say(stage.recording(1, 1)).await;
    miner.complete().await;
    miner.say(said::Message::Refused(said::Refused { lease: name(1), reason: "too late".into() })).await;
    miner.holds(0).await;
}

#[tokio::test]
async fn work_goes_on_while_the_scheduler_is_away_and_is_declared_when_it_returns() {
    // R32
    let gate = Arc::new(Semaphore::new(0));
    let mut stage = Stage::with(Arc::new(EchoEngine::gated(gate.clone()))).await;
    let (mut miner, _) = stage.scheduler.pair().await;
    miner.say(stage.recording(1, 1)).await;
    miner.holds(1).await;
    drop(miner);
    gate.add_permits(1);
    let (mut miner, declare) = stage.scheduler.pair().await;
    assert_eq!(declare.held, [name(1)]);
    assert_eq!(miner.complete().await.lease, name(1));
}

#[tokio::test]
async fn a_broken_file_is_answered_with_its_reason_in_words_for_its_sender() {
    // E21, S16
    let mut stage = Stage::with(echo()).await;
    let (mut miner, _) = stage.scheduler.pair().await;
    let text = "a text that somebody renamed to .wav";
    for (n, bytes, reason) in [
        (1, text.as_bytes().to_vec(), FailReason::BrokenFile),
        (2, Vec::new(), FailReason::BrokenFile),
        (3, super::loud(0, 3), FailReason::NothingToDo),
        (4, super::loud(601, 4), FailReason::TooLong),
    ] {
        let name = format!("bad{n}");
        miner.say(said::Message::Lease(stage.lease(n, &name, bytes.len()))).await;
        stage.files.put_input(&name, bytes);
        let (said, sentence) = miner.failure().await;
        assert_eq!(said, reason, "{sentence}");
        let inner = ["/", "::", "input-", "Error", "127.0.0.1"];
        assert!(!inner.iter().any(|word| sentence.contains(word)) && !sentence.is_empty(), "{sentence}");
        assert!(stage.files.result(&n.to_string()).is_none());
        miner.settle(&super::name(n)).await;
    }
}

#[tokio::test]
async fn file_routes_that_stumble_are_tried_again() {
    let mut stage = Stage::with(echo()).await;
    let (mut miner, _) = stage.scheduler.pair().await;
    stage.files.stumble("in/wav1", &[503, 429]);
    stage.files.stumble("out/1", &[500]);
    miner.say(stage.recording(1, 1)).await;
    miner.complete().await;
    assert!(stage.files.result("1").is_some());
}

#[tokio::test]
async fn a_file_route_that_says_no_ends_the_work_as_a_fault_of_the_miner() {
    let mut stage = Stage::with(echo()).await;
    let (mut miner, _) = stage.scheduler.pair().await;
    for (n, path, status) in
        [(1, "in/wav1", 404), (2, "in/wav2", 403), (3, "out/3", 409), (4, "in/wav4", 302)]
    {
        stage.files.stumble(path, &[status]);
        miner.say(stage.recording(n, 1)).await;
        let (reason, sentence) = miner.failure().await;
        assert_eq!(reason, FailReason::MinerFault, "{path} {status}: {sentence}");
        miner.settle(&name(n)).await;
    }
}

#[tokio::test]
async fn an_input_of_another_size_than_announced_is_not_worked_on() {
    let mut stage = Stage::with(echo()).await;
    let (mut miner, _) = stage.scheduler.pair().await;
    let wav = super::loud(1, 1);
    stage.files.put_input("wav", wav.clone());
    for (n, size) in [(1, wav.len() - 1), (2, wav.len() + 1)] {
        miner.say(said::Message::Lease(stage.lease(n, "wav", size))).await;
        assert_eq!(miner.failure().await.0, FailReason::MinerFault);
        miner.settle(&name(n)).await;
    }
}

#[tokio::test]
async fn a_lease_that_is_not_understood_is_given_back() {
    let mut stage = Stage::with(echo()).await;
    let (mut miner, _) = stage.scheduler.pair().await;
    let lease = stage.lease(1, "wav", 1);
    miner.say(said::Message::Lease(said::Lease { source_language: "klingon".into(), ..lease.clone() })).await;
    assert_eq!(miner.failure().await.0, FailReason::MinerFault);
    let tts = proto::convert::kind_to_pb(domain::TaskKind::Tts);
    stage.files.put_input("wav", vec![b'a']);
    miner.say(said::Message::Lease(said::Lease { kind: tts, ..lease })).await;
    assert_eq!(miner.failure().await.0, FailReason::Unsupported, "a text in no language can't be spoken");
}

#[tokio::test]
async fn progress_only_grows() {
    let gate = Arc::new(Semaphore::new(0));
    let mut stage = Stage::with(Arc::new(EchoEngine::gated(gate.clone()))).await;
    let (mut miner, _) = stage.scheduler.pair().await;
    let said::Message::Lease(lease) = stage.recording(1, 150) else { unreachable!() };
    // the echo hears a language of its own in each window, and unsure windows would be heard twice
    miner.say(said::Message::Lease(said::Lease { source_language: "en".into(), ..lease })).await;
    let mut seen = Vec::new();
    // one window at a time: the next is let through when the last one shows
    loop {
        let next = miner
            .hear("progress", |m| match m {
                Message::Progress(p) => Some(Some(p.percent)),
                Message::Complete(_) => Some(None),
                other => matches!(other, Message::Fail(_)).then(|| panic!("{other:?}")),
            })
            .await;
        match next {
            Some(percent) => seen.push(percent),
            None => break,
        }
        gate.add_permits(1);
    }
    assert!(seen.len() >= 4 && seen[0] == 0, "{seen:?}");
    assert!(seen.is_sorted_by(|a, b| a < b) && seen.iter().all(|p| *p < 100), "{seen:?}");
}
