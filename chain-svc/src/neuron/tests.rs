//! What the neuron announces and sets: in memory and over the RPC of a development chain.

use std::time::Duration;

use process::clock::Clock;

use super::*;
use crate::{
    chain::{
        Refusal,
        conformance::rig::{self, NET, Rig, bob, charlie},
    },
    submit::Journal,
};

fn neuron(rig: &impl Rig, key: crate::chain::Keypair, folder: &tempfile::TempDir) -> Neuron {
    let journal = Journal::open(&folder.path().join("journal")).unwrap();
    let submitter = Submitter::new(rig.chain(), key, journal, Clock::manual(1).0, Duration::from_secs(60));
    Neuron::new(rig.chain(), submitter, NET, || 7)
}

fn refused(said: &NeuronError) -> &Refusal {
    match said {
        NeuronError::Submit(SubmitError::Refused(refusal)) => refusal,
        other => panic!("{other}"),
    }
}

mod clauses {
    use super::*;

    pub(super) async fn an_axon_is_announced_only_when_it_differs(rig: impl Rig) {
        let folder = tempfile::tempdir().unwrap();
        let neuron = neuron(&rig, charlie(), &folder);
        let address = Some("10.0.0.1:8091".parse().unwrap());
        assert!(neuron.serve(address).await.unwrap().is_some());
        assert_eq!(neuron.serve(address).await.unwrap(), None);
        assert_eq!(rig.arrived(), 1);
        let said = neuron.serve(None).await.unwrap_err();
        let stored = rig.chain().snapshot(NET).await.unwrap().neurons[2].axon.block;
        assert_eq!(refused(&said).name, "ServingRateLimitExceeded");
        assert_eq!(refused(&said).until, Some(stored + 50));
        assert_eq!(rig.arrived(), 1, "what would be refused is not sent");
        rig.advance(60);
        assert!(neuron.serve(None).await.unwrap().is_some());
        assert_eq!(rig.chain().snapshot(NET).await.unwrap().neurons[2].axon.address(), None);
    }

    pub(super) async fn a_loopback_axon_is_not_sent(rig: impl Rig) {
        let folder = tempfile::tempdir().unwrap();
        let said =
            neuron(&rig, charlie(), &folder).serve(Some("127.0.0.1:1".parse().unwrap())).await.unwrap_err();
        assert_eq!(refused(&said).name, "InvalidIpAddress");
        assert_eq!(rig.arrived(), 0);
    }

    pub(super) async fn weights_are_set_in_the_open_and_once_for_each_round(rig: impl Rig) {
        let folder = tempfile::tempdir().unwrap();
        let neuron = neuron(&rig, bob(), &folder);
        let wanted = vec![(0, 0.1), (1, 0.0), (2, 0.4)];
        let set = neuron.set_weights("r1", wanted.clone(), 0).await.unwrap();
        assert_eq!(set.stored, [(0, 16384), (2, 65535)]);
        assert_eq!((set.reveal_block, set.submitted.replayed), (None, false));
        let again = neuron.set_weights("r1", wanted.clone(), 0).await.unwrap();
        assert!(again.submitted.replayed && again.submitted.hash == set.submitted.hash);
        let said = neuron.set_weights("r2", wanted.clone(), 0).await.unwrap_err();
        assert_eq!(refused(&said).name, "SettingWeightsTooFast");
        assert_eq!(refused(&said).until, Some(set.submitted.number + 10));
        assert_eq!(rig.arrived(), 1);
        let snapshot = rig.chain().snapshot(NET).await.unwrap();
        assert_eq!(neuron.next_weights(&snapshot), Some(set.submitted.number + 10));
        let kept = neuron.submitter().entries(1).await.remove(0);
        assert_eq!(kept.intended["weights"], serde_json::json!(wanted));
        assert_eq!(kept.intended["sent"]["values"], serde_json::json!([16384, 65535]));
    }

    pub(super) async fn weights_are_sealed_where_the_subnet_wants_it(rig: impl Rig) {
        let folder = tempfile::tempdir().unwrap();
        let neuron = neuron(&rig, bob(), &folder);
        rig.commit_reveal(true);
        rig.advance(3);
        let head = rig.chain().head().await.unwrap().number;
        let set = neuron.set_weights("r1", vec![(0, 1.0), (2, 2.0)], 0).await.unwrap();
        assert!(set.submitted.events.iter().any(|e| e == "SubtensorModule.TimelockedWeightsCommitted"));
        assert!(
            set.reveal_block.is_some_and(|b| b > head && b <= head + 41),
            "{:?} after {head}",
            set.reveal_block
        );
        assert!(set.stored.is_empty(), "nobody can read them yet");
    }

    pub(super) async fn an_eleventh_seal_in_one_epoch_is_not_sent(rig: impl Rig) {
        let folder = tempfile::tempdir().unwrap();
        let neuron = neuron(&rig, bob(), &folder);
        rig.commit_reveal(true);
        rig.calm();
        for round in 1..=10 {
            assert_eq!(rig.chain().commits(NET, &bob().account()).await.unwrap(), round - 1);
            neuron.set_weights(&format!("r{round}"), vec![(2, 1.0)], 0).await.unwrap();
        }
        let said = neuron.set_weights("r11", vec![(2, 1.0)], 0).await.unwrap_err();
        assert_eq!(refused(&said).name, "TooManyUnrevealedCommits");
        assert_eq!(rig.arrived(), 10, "what would be refused is not sent");
        assert_eq!(rig.chain().commits(NET, &charlie().account()).await.unwrap(), 0);
    }

    pub(super) async fn weights_that_are_none_are_refused_before_the_chain_is_asked(rig: impl Rig) {
        let folder = tempfile::tempdir().unwrap();
        let neuron = neuron(&rig, bob(), &folder);
        for wanted in [vec![], vec![(0, f64::NAN)], vec![(0, -1.0)], vec![(0, 0.0)], vec![(70_000, 1.0)]] {
            let said = neuron.set_weights("r1", wanted, 0).await.unwrap_err();
            assert_eq!(said.kind(), ErrorKind::Invalid, "{said}");
        }
        assert_eq!(rig.arrived(), 0);
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
    an_axon_is_announced_only_when_it_differs,
    a_loopback_axon_is_not_sent,
    weights_are_set_in_the_open_and_once_for_each_round,
    weights_are_sealed_where_the_subnet_wants_it,
    an_eleventh_seal_in_one_epoch_is_not_sent,
    weights_that_are_none_are_refused_before_the_chain_is_asked,
}
