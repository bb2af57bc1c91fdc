//! Who may pair, and how a stream ends.

use proto::pb::{self, miner_message as said, scheduler_message::Message as Told};
use tonic::Code;

use super::rig::{Rig, config, hasty};

pub(super) fn declare(name: &str) -> said::Declare {
    let offer = pb::Offer {
        kind: pb::TaskKind::Transcription as i32,
        languages: vec!["en".into()],
        ..Default::default()
    };
    said::Declare {
        miner: name.to_owned(),
        session: 1,
        offers: vec![offer],
        capacity: 1,
        held: vec![],
        models: vec![],
    }
}

#[tokio::test]
async fn a_declaration_that_makes_no_sense_is_refused_by_name() {
    // E17
    let rig = Rig::start().await;
    let mut bad = declare("m1");
    bad.offers[0].languages = vec!["klingon".into()];
    let refused = rig.dial(bad).await.hear().await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(
        refused.message().contains("klingon") && refused.message().contains("en, es"),
        "{}",
        refused.message()
    );
    assert!(rig.client.miners().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_second_stream_of_a_miner_takes_the_place_of_the_first() {
    let rig = Rig::start().await;
    let mut first = rig.pair("0", 1, 1, &[]).await;
    let mut second = rig.pair("0", 1, 1, &[]).await;
    assert_eq!(first.hear().await.unwrap_err().code(), Code::Cancelled);
    rig.until_miner("uid 0 is a miner like any other", |m| m.miner.as_str() == "0").await; // E16
    let task = rig.submit().await;
    assert_eq!(second.lease().await.task, task.to_string());
}

#[tokio::test]
async fn a_silent_miner_is_sent_away() {
    // R31
    let rig = Rig::over(std::sync::Arc::default(), config(hasty)).await;
    let mut miner = rig.pair("m1", 1, 1, &[]).await;
    assert_eq!(miner.hear().await.unwrap_err().code(), Code::DeadlineExceeded);
    assert!(rig.client.miners().await.unwrap().is_empty());
}

#[tokio::test]
async fn no_more_miners_pair_than_the_configuration_says() {
    // R26
    let rig = Rig::over(std::sync::Arc::default(), config(|c| c.max_miners = 1)).await;
    let _first = rig.pair("m1", 1, 1, &[]).await;
    let refused = rig.dial(declare("m2")).await.hear().await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted);
}

#[tokio::test]
async fn a_miner_may_change_what_it_offers() {
    let rig = Rig::start().await;
    let mut miner = rig.dial(said::Declare { capacity: 0, ..declare("m1") }).await;
    assert!(matches!(miner.hear().await, Ok(Told::Paired(_))));
    let task = rig.submit().await;
    miner.say(said::Message::Declare(declare("m1"))).await;
    assert_eq!(miner.lease().await.task, task.to_string());
    miner.say(said::Message::Declare(said::Declare { session: 2, ..declare("m1") })).await;
    assert_eq!(miner.hear().await.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test]
async fn streams_end_when_the_scheduler_stops() {
    // Q4
    let rig = Rig::start().await;
    let mut miner = rig.pair("m1", 1, 1, &[]).await;
    rig.stop().await;
    assert!(miner.hear().await.is_err());
}
