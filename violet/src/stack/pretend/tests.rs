//! What begins anew, and what stays.

use std::os::unix::fs::PermissionsExt as _;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn it_begins_anew_with_the_same_neurons_and_wallets_for_their_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, hand) = Clock::manual(1_789_516_200_000_000);
    let first = Pretend::start(folder.path(), Crew { miners: 1, validators: 0 }, &clock).await.unwrap();
    let (genesis, neurons) = (genesis(&first, &clock).await, first.neurons().to_vec());
    let places: Vec<_> = neurons.iter().map(|n| (n.name.as_str(), n.uid)).collect();
    assert_eq!(places, [("validator", 1), ("miner-1", 2), ("miner-2", 3)]);
    first.stop().await;
    for file in ["coldkey", "hotkeys/validator", "hotkeys/miner-1", "hotkeys/miner-2"] {
        let mode = folder.path().join("wallets/demo").join(file).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    hand.advance(Duration::from_secs(1));
    let second = Pretend::start(folder.path(), Crew { miners: 1, validators: 0 }, &clock).await.unwrap();
    assert_eq!(second.neurons(), neurons);
    assert_ne!(
        self::genesis(&second, &clock).await,
        genesis,
        "an old journal would be taken for this chain's"
    );
    second.stop().await;
}

async fn genesis(pretend: &Pretend, clock: &Clock) -> chain_svc::chain::Hash {
    let chain = chain_svc::connect(pretend.config(), clock.clone()).unwrap();
    let read = chain.snapshot(chain_svc::chain::Subnet { netuid: NETUID, mecid: 0 }).await.unwrap();
    let validator = &read.neurons[1];
    assert!(validator.permit && validator.stake >= RICHES);
    assert!(read.head.number >= HEAD_START);
    read.genesis
}
