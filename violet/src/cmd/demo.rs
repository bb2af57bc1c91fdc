//! `violet demo`: everything from nothing to a transcript, on this machine, and what happened on the way.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use inference::models::Cache;
use process::{clock::Clock, telemetry};
use serde_json::Value;

mod loop_end;

use crate::{
    bars::Bars,
    cli::Demo,
    client::{Ask, Gateway},
    cmd::models::setup,
    home::Home,
    stack::{self, Stack},
};

/// Five sentences of Jane Austen, read by a LibriVox volunteer; source and licence in `tests/media/README.md`.
const RECORDING: &[u8] = include_bytes!("../../../tests/media/austen.flac");

/// Who takes part, besides the person: enough for answers to be compared and for validators to agree.
const MINERS: usize = 3;
const VALIDATORS: usize = 2;

/// Prepares, starts, uploads, follows, and prints the transcript, the stages and the trace.
///
/// # Errors
/// `BadSetup` with the way out; else the first thing that did not happen.
pub async fn run(options: &Demo) -> anyhow::Result<()> {
    let began = Instant::now();
    let folder =
        tempfile::Builder::new().prefix("violet-demo-").tempdir().context("make a folder for the demo")?;
    let home = Home::at(folder.path());
    let owned = home.own()?;
    let telemetry = telemetry::init(&telemetry::Options {
        log: telemetry::Log::Files(home.logs()),
        keep_traces: 2_048,
        ..telemetry::Options::from_env("violet")
    })?;
    let stop = process::exit::stop_on_signals()?;

    // what the other kinds of work need is fetched when they are wanted
    let only = ("INFERENCE__MODELS__KINDS".to_owned(), r#"["transcription"]"#.to_owned());
    let settings: Vec<(String, String)> =
        std::iter::once(only).chain(loop_end::pace()).chain(std::env::vars()).collect();
    println!("1  models     in {}", Cache::from_env().map_err(setup)?.root().display());
    let bars = Bars::default();
    let machine = tokio::select! {
        machine = stack::machine(home.path(), &settings, &bars) => machine?,
        () = stop.cancelled() => anyhow::bail!("interrupted"),
    };
    println!("              ready after {:.1} s", began.elapsed().as_secs_f64());
    let mut stack = Stack::start(stack::Options {
        folder: home.path(),
        http: ([127, 0, 0, 1], 0).into(),
        ticket_key: home.ticket_key()?,
        models: stack::Models::Sidecar(machine),
        crew: stack::Crew { miners: MINERS, validators: VALIDATORS },
        chain: stack::Chain::Dev,
        settings,
        ring: Some(telemetry.ring()),
        clock: Clock::system(),
    })
    .await?;
    println!(
        "2  services   storage-svc {}, scheduler {}, gateway {}, {MINERS} miners with Triton, {VALIDATORS} validators, a pretend chain",
        stack.storage, stack.scheduler, stack.http
    );
    let outcome = tokio::select! {
        outcome = show(&mut stack, options, folder.path(), began) => outcome,
        () = stop.cancelled() => Err(anyhow::anyhow!("interrupted")),
    };
    if outcome.is_err() {
        let kept = folder.keep();
        eprintln!("the logs of this run are in {}", kept.join("logs").display());
    }
    let stopped = stack.stop().await;
    tokio::task::spawn_blocking(move || telemetry.shutdown()).await?;
    drop(owned);
    outcome.and(stopped)
}

async fn show(stack: &mut Stack, options: &Demo, folder: &Path, began: Instant) -> anyhow::Result<()> {
    stack.ready(|_| {}).await?;
    println!("              ready after {:.1} s", began.elapsed().as_secs_f64());
    let (file, title) = recording(options, folder)?;
    println!("3  recording  {title}");
    let gateway = Gateway::local(stack.http)?;
    let asked = Instant::now();
    let task = gateway.submit(&Ask::transcription(&file, "auto")).await?;
    let end = gateway.follow(&task, |_| {}).await?;
    let took = asked.elapsed();
    anyhow::ensure!(
        ["completed", "approved"].contains(&end.status.as_str()),
        "the task ended as {}: {}",
        end.status,
        end.failure.unwrap_or_default()
    );
    let result: Value = serde_json::from_str(&gateway.result("transcription", &task, "json").await?)?;
    let trace = whole_trace(&gateway, &task).await?;
    println!("4  transcript task {task}, {:.1} s", took.as_secs_f64());
    print_transcript(&result)?;
    print_stages(&trace)?;
    println!("trace         {}", trace["trace_id"].as_str().context("the trace has no id")?);
    loop_end::show(stack, &gateway, &task).await?;
    println!("try next");
    println!("  violet up                          the same stack, to stay: http://127.0.0.1:8000/docs");
    println!(
        "  violet up --chain dev --miners 3 --validators 2   this one, with miners and validators, to stay"
    );
    println!("  violet submit FILE --watch         a recording of your own (--format srt for subtitles)");
    println!("  README.md and ARCHITECTURE.md      what it is, and the walk of one task through the code");
    println!(
        "(run it as `cargo run --bin violet -- up`, or build it: cargo build --release --workspace --bin violet)"
    );
    Ok(())
}

fn recording(options: &Demo, folder: &Path) -> anyhow::Result<(PathBuf, String)> {
    if let Some(own) = &options.file {
        return Ok((own.clone(), own.display().to_string()));
    }
    let file = folder.join("austen.flac");
    std::fs::write(&file, RECORDING).context("write the recording")?;
    Ok((
        file,
        "austen.flac: Jane Austen, Sense and Sensibility, read for LibriVox (public domain), 25 s".to_owned(),
    ))
}

fn print_transcript(result: &Value) -> anyhow::Result<()> {
    let segments =
        result["segments"].as_array().filter(|s| !s.is_empty()).context("the transcript is empty")?;
    for s in segments {
        let at = |key: &str| s[key].as_f64().unwrap_or_default();
        println!(
            "   [{} - {}] {}",
            clock(at("start")),
            clock(at("end")),
            s["text"].as_str().unwrap_or_default()
        );
    }
    let language = result["language"].as_str().unwrap_or("unknown");
    match result["language_confidence"].as_f64() {
        Some(p) => println!("   language {language}, detected with probability {p:.2}"),
        None => println!("   language {language}, as given"),
    }
    Ok(())
}

fn clock(seconds: f64) -> String {
    format!("{:02}:{:05.2}", (seconds / 60.0) as u64, seconds % 60.0)
}

/// Spans of Triton arrive a moment after the result: waits for them, because a trace without them is not the whole.
async fn whole_trace(gateway: &Gateway, task: &str) -> anyhow::Result<Value> {
    let limit = Instant::now() + Duration::from_secs(20);
    loop {
        let trace = gateway.get(&format!("/api/v1/tasks/{task}/trace")).await?;
        let spans = trace["spans"].as_array().map(Vec::as_slice).unwrap_or_default();
        if spans.iter().any(|s| s["service"] == "triton") {
            return Ok(trace);
        }
        anyhow::ensure!(Instant::now() < limit, "the trace holds no span of Triton");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn print_stages(trace: &Value) -> anyhow::Result<()> {
    let stages = trace["stages"].as_array().filter(|s| !s.is_empty()).context("the trace names no stages")?;
    println!("stages");
    for stage in stages {
        println!(
            "  {:<12} {:>9.1} ms",
            stage["name"].as_str().unwrap_or("?"),
            stage["ms"].as_f64().unwrap_or_default()
        );
    }
    Ok(())
}
