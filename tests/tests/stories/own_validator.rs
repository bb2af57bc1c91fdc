//! A validator on a machine of its own: it has the address of a gateway, a wallet, and four programs that may die.

use std::{collections::BTreeSet, time::Duration};

use btauth::receipt::Hotkeys;
use domain::{TaskKind, receipt::Signed};
use testkit::eventually::eventually;
use tests::{Cluster, Gate, Hold, Validator, media};
use violet::{
    chain::ChainService,
    judged::Judged,
    stack::{Crew, Pretend, Registered},
};

const LIMIT: Duration = Duration::from_secs(120);
const NETUID: u16 = 49;
const STAKE: u64 = 1_000_000_000_000;
/// The operator's own validator, which runs beside its gateway.
const OPERATORS: [(&str, &str); 4] = [
    ("SCORER__WORK__EVERY", "1s"),
    ("SCORER__ROUND__EVERY", "1s"),
    ("SCORER__ROUND__BLOCKS", "3"),
    ("SCORER__CHALLENGES__EVERY", "0s"),
];

/// Somebody registered who does not mine gets stake and a permit.
fn permit(pretend: &Pretend) -> Registered {
    let (node, neurons) = (pretend.node(), pretend.neurons());
    let second = neurons.iter().find(|n| n.name == "miner-2").unwrap();
    node.set_permit(NETUID, second.uid, true).unwrap();
    node.set_stake(NETUID, &second.hotkey.to_string(), STAKE).unwrap();
    second.clone()
}

/// What its operator gives all of its programs: the subnet and the wallet.
fn names(pretend: &Pretend, me: &Registered) -> tests::validator::Names {
    let wallet = &pretend.config().wallet;
    [
        ("BT_NETUID", NETUID.to_string()),
        ("BT_NETWORK", pretend.url()),
        ("BT_WALLET_PATH", wallet.path.clone()),
        ("BT_WALLET_NAME", wallet.name.clone()),
        ("BT_WALLET_HOTKEY", me.name.clone()),
    ]
}

/// Who graded an approved task, and how right its answer is.
async fn graded(cluster: &Cluster, task: &str) -> (BTreeSet<String>, f64) {
    let path = format!("/api/v1/tasks/{task}");
    let state = async || {
        let told = cluster.gateway.get(&path).await.unwrap();
        (told["status"] == "approved").then_some(())
    };
    eventually("two validators to agree", LIMIT, state).await;
    let receipt = cluster.gateway.bytes(&format!("{path}/receipt")).await.unwrap();
    let signed = Signed::verify(&receipt, &Hotkeys).unwrap();
    let validators = signed.receipt.validators.iter().map(ToString::to_string).collect();
    (validators, signed.receipt.scores["accuracy"].share())
}

#[tokio::test(flavor = "multi_thread")]
async fn four_programs_with_a_wallet_grade_for_a_gateway_elsewhere_and_grade_once_though_killed() {
    // L15: a validator that was killed grades nothing twice
    let kinds = [TaskKind::Transcription];
    let crew = Crew { miners: 1, validators: 1 };
    let cluster = Cluster::of_a_subnet_with(&kinds, crew, &OPERATORS).await;
    let pretend = cluster.stack.chain.as_ref().unwrap().pretend.as_ref().unwrap();
    let me = permit(pretend);
    let both: BTreeSet<String> = [&pretend.neurons()[0], &me].map(|n| n.hotkey.to_string()).into();
    let mut gate = Gate::before(cluster.stack.http, "POST /api/v1/validator/evaluation").await;
    let url = gate.url();
    let mut validator = Validator::start(names(pretend, &me), r#"["transcription"]"#);
    validator.score(&["--proxy_server_url", &url], &[]);
    validator.ready("inference's admin", LIMIT).await;
    validator.ready("scorer", LIMIT).await;
    let judged = Judged::at(&validator.url("storage-svc")).unwrap();
    let votes = async || {
        let stats = cluster.gateway.get("/api/v1/validators/consensus-stats").await.unwrap();
        stats["eligible_validators"].as_u64()
    };
    eventually("the gateway to know of both", LIMIT, async || votes().await.filter(|n| *n == 2)).await;

    // killed when it has written down what it found, and nobody has heard of it
    gate.hold(Hold::Requests);
    let task = cluster.submit("austen.flac", media::AUSTEN.to_vec(), &[("source_language", "en")]).await;
    assert_eq!(cluster.end_of(&task).await.0, "completed");
    gate.held(LIMIT).await;
    validator.program("scorer").kill();
    let found = judged.task(task.parse().unwrap()).await.unwrap().expect("it is written down");
    assert_eq!(cluster.gateway.get(&format!("/api/v1/tasks/{task}")).await.unwrap()["status"], "completed");
    // without its models it can't find anything anew
    validator.program("inference").kill();
    gate.hold(Hold::Nothing);
    validator.score(&[], &[("PROXY_SERVER_URL", &url)]);
    let (who, accuracy) = graded(&cluster, &task).await;
    assert_eq!((&who, accuracy > 0.99), (&both, true), "{accuracy}");
    assert_eq!(judged.task(task.parse().unwrap()).await.unwrap(), Some(found), "told as it was written");

    // what comes while its models are away waits for them, for more looks than one task may take
    gate.hold(Hold::Answers);
    let task = cluster.submit("again.flac", media::AUSTEN.to_vec(), &[("source_language", "en")]).await;
    assert_eq!(cluster.end_of(&task).await.0, "completed");
    let looks = async || validator.count("scorer", "violet_scorer_tasks_waited_total").await;
    eventually("some looks at it", LIMIT, async || looks().await.filter(|n| *n > 6)).await;
    validator.start_again("inference");

    // killed when the gateway has heard of it, and it does not know
    gate.held(LIMIT).await;
    validator.program("scorer").kill();
    gate.hold(Hold::Nothing);
    validator.score(&[], &[("PROXY_SERVER_URL", &url)]);
    assert_eq!(graded(&cluster, &task).await.0, both);
    validator.ready("scorer", LIMIT).await;
    let stats = cluster.gateway.get("/api/v1/validators/consensus-stats").await.unwrap();
    assert_eq!(stats["approved_tasks"], 2, "{stats}");

    let chain = ChainService::at(&validator.url("chain-svc")).unwrap();
    let stored = async || chain.weights(None).await.ok().filter(|w| !w.stored.is_empty());
    let weights = eventually("its weights on the chain", LIMIT, stored).await;
    let miner = pretend.neurons().iter().find(|n| n.name == "miner-1").unwrap();
    let uids: Vec<_> = weights.stored.iter().map(|w| w.uid).collect();
    assert_eq!(uids, [u32::from(miner.uid)], "{weights:?}");
    validator.stop().await;
    cluster.stop().await;
}
