//! The end of the demo: what became of the work. Its answers, what validators found, its receipt, the round, the weights.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use btauth::receipt::Hotkeys;
use domain::{TaskId, receipt::Signed};

use crate::{
    chain::ChainService,
    client::Gateway,
    judged::{self, Judged},
    stack::Stack,
};

/// Time for each thing that is waited for.
const PATIENCE: Duration = Duration::from_secs(120);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(200);

/// Validators that do not keep a person waiting, and no work but the one that is shown.
pub(super) fn pace() -> Vec<(String, String)> {
    [
        ("SCORER__WORK__EVERY", "1s"),
        ("SCORER__ROUND__EVERY", "1s"),
        ("SCORER__ROUND__BLOCKS", "3"),
        ("SCORER__ROUND__BEFORE_EPOCH", "0"),
        ("SCORER__CHALLENGES__EVERY", "0s"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// Waits for each thing in its turn, and prints it.
///
/// # Errors
/// The first thing that did not happen.
pub(super) async fn show(stack: &Stack, gateway: &Gateway, task: &str) -> anyhow::Result<()> {
    answers(gateway, task).await?;
    let id: TaskId = task.parse()?;
    let ledgers: Vec<Judged> = stack
        .validators
        .iter()
        .map(|v| Judged::at(&format!("http://{}", v.ledger)))
        .collect::<Result<_, _>>()?;
    evaluations(stack, &ledgers, gateway, id).await?;
    receipt(gateway, task).await?;
    let first = ledgers.first().context("a validator is needed")?;
    round(first, id).await?;
    weights(stack).await
}

async fn answers(gateway: &Gateway, task: &str) -> anyhow::Result<()> {
    let told = gateway.get(&format!("/api/v1/task/{task}/responses")).await?;
    let quality = &told["quality"];
    let agreement = match quality["agreement"].as_f64() {
        Some(agreement) => format!("agreement {agreement:.3}"),
        None => "nothing to compare with".to_owned(),
    };
    println!("5  answers    {} of {} miners, {agreement}", quality["responses"], quality["wanted"]);
    for answer in told["responses"].as_array().into_iter().flatten() {
        let chosen = if answer["chosen"] == true { ", chosen" } else { "" };
        let (miner, sha256) =
            (answer["miner"].as_str().unwrap_or("?"), answer["sha256"].as_str().unwrap_or("?"));
        let took = answer["processing_ms"].as_f64().unwrap_or_default() / 1000.0;
        println!("              uid {miner}, {took:.1} s, sha256 {sha256:.12}..{chosen}");
    }
    Ok(())
}

async fn evaluations(
    stack: &Stack,
    ledgers: &[Judged],
    gateway: &Gateway,
    task: TaskId,
) -> anyhow::Result<()> {
    let path = format!("/api/v1/tasks/{task}");
    let approved = async || {
        let status = gateway.get(&path).await?["status"].as_str().unwrap_or_default().to_owned();
        anyhow::Ok((status == "approved").then_some(()))
    };
    wait("the validators to agree", approved).await?;
    println!("6  evaluation approved by {} validators", ledgers.len());
    for (validator, ledger) in stack.validators.iter().zip(ledgers) {
        let found = ledger.task(task).await?.context("a validator approved what it did not grade")?;
        for grade in &found.evaluation.grades {
            println!(
                "              {}: accuracy {:.3} against its own {}",
                validator.name,
                grade.accuracy.share(),
                grade.basis
            );
        }
    }
    Ok(())
}

async fn receipt(gateway: &Gateway, task: &str) -> anyhow::Result<()> {
    let json = gateway.bytes(&format!("/api/v1/tasks/{task}/receipt")).await?;
    let signed = Signed::verify(&json, &Hotkeys).context("the receipt is not genuine")?;
    let work = &signed.receipt.work;
    println!(
        "7  receipt    genuine: signed by miner {} and scheduler {}",
        work.miner, signed.receipt.scheduler
    );
    println!(
        "              {} {:.12}.., output sha256 {}",
        work.model, work.model_version, work.output_sha256
    );
    let accuracy = signed.receipt.scores.get("accuracy").context("the receipt has no score")?;
    println!(
        "              accuracy {:.3} by {} validators",
        accuracy.share(),
        signed.receipt.validators.len()
    );
    Ok(())
}

async fn round(ledger: &Judged, task: TaskId) -> anyhow::Result<()> {
    let with_it = async || {
        let Some(round) = ledger.round(None).await? else { return anyhow::Ok(None) };
        let values = round.read()?;
        Ok((!values.1.weights.is_empty() || values.0.tasks.iter().any(|t| t.task == task))
            .then_some((round, values)))
    };
    let (last, (records, outcome)) = wait("the round to be closed", with_it).await?;
    println!("8  round      {} closed at block {}", outcome.round, last.closed.block);
    judged::table(&records, &outcome).iter().for_each(|line| println!("              {line}"));
    anyhow::ensure!(
        scorer::round::replay(&last.records)? == last.outcome,
        "the round does not follow from its records"
    );
    println!("              replayed from its records: the same {} bytes", last.outcome.len());
    Ok(())
}

async fn weights(stack: &Stack) -> anyhow::Result<()> {
    let validator = stack.validators.first().context("a validator is needed")?;
    let chain = ChainService::at(&format!("http://{}", validator.chain))?;
    let stored = async || {
        let stored = chain.weights(None).await?;
        anyhow::Ok((!stored.stored.is_empty()).then_some(stored))
    };
    let told = wait("the weights to be on the chain", stored).await?;
    let all: u64 = told.stored.iter().map(|s| u64::from(s.value)).sum();
    println!("9  weights    as the pretend chain stores them for validator uid {}", told.uid);
    for stored in &told.stored {
        let share = 100.0 * f64::from(stored.value) / all as f64;
        println!("              uid {}: {} ({share:.1} %)", stored.uid, stored.value);
    }
    Ok(())
}

async fn wait<T>(what: &str, look: impl AsyncFn() -> anyhow::Result<Option<T>>) -> anyhow::Result<T> {
    let limit = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look().await? {
            return Ok(found);
        }
        anyhow::ensure!(Instant::now() < limit, "waited {} s in vain for {what}", PATIENCE.as_secs());
        tokio::time::sleep(LOOK).await;
    }
}
