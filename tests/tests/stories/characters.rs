//! Three validators and eight miners of known character: the ranking that a person would give is on the chain.

use std::{collections::BTreeMap, time::Duration};

use domain::{Language, MinerId, Score, TaskKind};
use futures_util::future::join_all;
use process::{Stop, clock::Clock, config};
use scorer::{material::Material, round::Outcome};
use testkit::eventually::eventually;
use tests::{Cluster, character::Character, cluster::form};
use tokio::{net::TcpListener, task::JoinHandle};
use violet::{chain::ChainService, judged::Judged};

const LONG: Duration = Duration::from_secs(120);
/// A window that ends soon after the slow ones answered, and rounds of a few blocks.
const PACE: [(&str, &str); 6] = [
    ("SCHEDULER__FANOUT__WINDOW", "2500ms"),
    ("SCORER__WORK__EVERY", "1s"),
    ("SCORER__ROUND__EVERY", "1s"),
    ("SCORER__ROUND__BLOCKS", "3"),
    ("SCORER__ROUND__BEFORE_EPOCH", "0"),
    ("SCORER__CHALLENGES__EVERY", "0s"),
];
/// The miners by number, from one; the newcomer joins when others have worked for a while.
const NAMES: [&str; 8] =
    ["honest-fast", "honest-slow", "lazy", "copier", "random", "silent", "poisoner", "newcomer"];
/// What a person would say of all but the first two, who do the same work.
const EXPECTED: [&str; 6] = ["honest-slow", "lazy", "poisoner", "copier", "random", "silent"];
/// Tasks at once: what each miner takes.
const WAVE: usize = 4;
/// Waves before the newcomer joins, and with it.
const WAVES: (usize, usize) = (2, 7);

fn miners() -> Vec<inference::Leaves> {
    use Character::{Copies, Honest, Lazy, Poisons, Random, Silent, Slow};
    [Honest, Slow, Lazy, Copies, Random, Silent, Poisons].map(Character::miner).into()
}

/// One more miner, registered now.
async fn newcomer(cluster: &mut Cluster, stop: &Stop) -> JoinHandle<anyhow::Result<()>> {
    let (folder, scheduler) = (cluster.folder().join("newcomer"), cluster.stack.scheduler);
    let pretend = cluster.stack.chain.as_mut().unwrap().pretend.as_mut().unwrap();
    pretend.join(NAMES.len(), &Clock::system()).await.unwrap();
    let mut env = pretend.signs_for(NAMES.len());
    env.push(("INFERENCE__SCHEDULER".to_owned(), format!("http://{scheduler}")));
    env.push(("INFERENCE__DATA_DIR".to_owned(), folder.display().to_string()));
    let c: inference::Config = config::load("inference", inference::DEFAULT, None, env).unwrap();
    let admin = TcpListener::bind("127.0.0.1:0").await.unwrap();
    tokio::spawn(Box::pin(inference::run(c, Character::Honest.miner(), admin, stop.child_token())))
}

/// So many texts at once, each translated by everybody; until each is completed.
async fn wave(cluster: &Cluster, number: usize, miners: usize) {
    let material = Material::builtin();
    let one = async |n: usize| {
        let n = (number * WAVE + n) as u64;
        let text = material.text(&[n * 37, n * 53 + 5, n * 71 + 9], Language::En);
        let wanted = miners.to_string();
        let fields = [
            ("text", text.as_str()),
            ("source_language", "en"),
            ("target_language", "fr"),
            ("required_miner_count", &wanted),
        ];
        let taken = cluster.ask(TaskKind::TextTranslation, form(&fields)).await;
        let taken: serde_json::Value = taken.json().await.unwrap();
        let (state, why) = cluster.end_of(taken["task_id"].as_str().unwrap()).await;
        assert_eq!(state, "completed", "{why}");
    };
    join_all((0..WAVE).map(one)).await;
}

/// Everything that a validator closed so far.
async fn closed(judged: &Judged) -> Option<Vec<Outcome>> {
    let last = judged.round(None).await.unwrap()?.closed.round;
    let mut all = Vec::new();
    for number in 1..=last {
        let round = judged.round(Some(number)).await.unwrap()?;
        assert_eq!(scorer::round::replay(&round.records).unwrap(), round.outcome, "to the byte");
        all.push(round.read().unwrap().1);
    }
    Some(all)
}

/// The ranking for people, and in short: names, best first.
fn table(outcomes: &[Outcome], names: &BTreeMap<MinerId, &'static str>) -> Vec<&'static str> {
    let last = outcomes.last().unwrap();
    let ranking: Vec<_> =
        last.standings.ranking().into_iter().filter(|(m, _)| names.contains_key(m)).collect();
    println!("| rank | miner | answers | mean accuracy | mean speed | mean reward | standing | weight |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    for (rank, (miner, standing)) in ranking.iter().enumerate() {
        let of = outcomes.iter().flat_map(|o| o.results.iter().flat_map(|r| &r.answers));
        let of: Vec<_> = of.filter(|a| a.miner == *miner).collect();
        let mean =
            |pick: fn(&scorer::round::Scored) -> Score| Score::mean(of.iter().map(|a| (1, pick(a)))).share();
        let (accuracy, speed, reward) = (mean(|a| a.accuracy), mean(|a| a.speed), mean(|a| a.reward));
        let weight = last.weights.iter().find(|(m, _)| m == miner).map_or(0.0, |(_, w)| w.share());
        let (name, answers, standing) = (names[miner], of.len(), standing.share());
        println!(
            "| {} | {name} | {answers} | {accuracy:.3} | {speed:.3} | {reward:.3} | {standing:.3} | {weight:.3} |",
            rank + 1
        );
    }
    ranking.iter().map(|(miner, _)| names[miner]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn three_validators_weigh_eight_miners_as_a_person_would() {
    // E1, G5, G12, G13, P4, P7
    let mut cluster = Cluster::of_miners(miners(), 3, &PACE).await;
    for number in 0..WAVES.0 {
        wave(&cluster, number, NAMES.len() - 1).await;
    }
    let stop = Stop::new();
    let late = newcomer(&mut cluster, &stop).await;
    let paired = async || {
        let wire = process::grpc::wire(&format!("http://{}", cluster.stack.scheduler)).unwrap();
        let paired = proto::client::SchedulerClient::new(wire).miners().await.unwrap();
        (paired.len() == NAMES.len()).then_some(())
    };
    eventually("the newcomer to pair", LONG, paired).await;
    for number in WAVES.0..WAVES.0 + WAVES.1 {
        wave(&cluster, number, NAMES.len()).await;
    }

    let pretend = cluster.stack.chain.as_ref().unwrap().pretend.as_ref().unwrap();
    let hotkey = |name: &str| pretend.neurons().iter().find(|n| n.name == name).unwrap().clone();
    let registered: Vec<_> = (1..=NAMES.len()).map(|n| hotkey(&format!("miner-{n}"))).collect();
    let names: BTreeMap<MinerId, &'static str> =
        registered.iter().zip(NAMES).map(|(r, name)| (r.hotkey.to_string().parse().unwrap(), name)).collect();
    let tasks = WAVE * (WAVES.0 + WAVES.1);
    for validator in &cluster.stack.validators {
        let judged = Judged::at(&format!("http://{}", validator.ledger)).unwrap();
        let all = async || {
            let outcomes = closed(&judged).await?;
            (outcomes.iter().map(|o| o.results.len()).sum::<usize>() == tasks).then_some(outcomes)
        };
        let outcomes = eventually("every task to be in a round", LONG, all).await;
        println!("\n{}: {tasks} tasks in {} rounds\n", validator.name, outcomes.len());
        let order = table(&outcomes, &names);
        let mut first = order[..2].to_vec();
        first.sort_unstable();
        assert_eq!((first.as_slice(), &order[2..]), (&["honest-fast", "newcomer"][..], &EXPECTED[..]));

        let chain = ChainService::at(&format!("http://{}", validator.chain)).unwrap();
        let stored = async || {
            let told = chain.weights(None).await.ok()?;
            let mut told: Vec<_> = told.stored.iter().map(|w| (w.value, w.uid)).collect();
            told.sort_unstable();
            let name = |uid: u32| registered.iter().position(|r| u32::from(r.uid) == uid).map(|n| NAMES[n]);
            let told: Vec<_> = told.iter().rev().filter_map(|(_, uid)| name(*uid)).collect();
            (told == order[..5]).then_some(())
        };
        eventually("the five best on the chain, in that order", LONG, stored).await;
    }
    stop.cancel();
    late.await.unwrap().unwrap();
    cluster.stop().await;
}
