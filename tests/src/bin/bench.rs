//! `cargo run --bin bench`: what the mesh costs over calling the weights directly, and how fast a submit is acknowledged.
//! Rounds are interleaved; figures are medians, ratios are medians of paired ratios. Not a test: nothing here fails on a
//! slow machine.

#![allow(clippy::print_stdout)]

use std::{
    path::Path,
    process::{Command, ExitCode},
    time::Instant,
};

use anyhow::Context as _;
use serde_json::{Value, json};
use tests::{Cluster, cluster::prepared, media};

const ROUNDS: usize = 5;
const SUBMITS: usize = 100;

fn main() -> ExitCode {
    process::exit::run_main("bench", bench())
}

async fn bench() -> anyhow::Result<()> {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let cluster = Cluster::with_triton().await;
    let mut samples = media::austen_samples().await;
    let rest = 30 * 16_000 - samples.len();
    samples.extend_from_within(..rest);
    let bytes = media::wav(16_000, &samples);
    let folder = tempfile::tempdir()?;
    let clip = folder.path().join("clip.wav");
    std::fs::write(&clip, &bytes)?;

    let (mut alone, mut whole, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let mut pair = [0.0; 2];
        for side in if round % 2 == 0 { [0, 1] } else { [1, 0] } {
            pair[side] = if side == 0 { direct(&clip).await? } else { mesh(&cluster, &bytes).await };
        }
        println!("round {round}: directly {:.2} s, through the mesh {:.2} s", pair[0], pair[1]);
        alone.push(pair[0]);
        whole.push(pair[1]);
        ratios.push(pair[1] / pair[0]);
    }
    let acknowledged = acknowledgements().await;
    let report = json!({
        "load_before": load.trim(),
        "profile": if cfg!(debug_assertions) { "dev" } else { "release" },
        "clip_30s": {
            "direct_s": median(&mut alone), "mesh_s": median(&mut whole), "ratio": median(&mut ratios), "rounds": ROUNDS,
        },
        "submit_1mb_wav": { "p50_ms": acknowledged.0, "p99_ms": acknowledged.1, "submits": SUBMITS },
    });
    println!("{report:#}");
    cluster.stop().await;
    Ok(())
}

/// Seconds that the weights need when called directly, model loading left out.
async fn direct(clip: &Path) -> anyhow::Result<f64> {
    let runtime = prepared().await.runtime;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/direct_asr.py");
    let mut command = Command::new(&runtime.python);
    command
        .arg(script)
        .arg(runtime.models.join("whisper-base"))
        .arg(clip)
        .env("PYTHONPATH", &runtime.site_packages);
    let output = tokio::task::spawn_blocking(move || command.output()).await??;
    anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said: Value = serde_json::from_slice(&output.stdout)?;
    said["wall_s"].as_f64().context("direct_asr.py gives wall_s")
}

/// Seconds from the first byte of the request to the end of the task.
async fn mesh(cluster: &Cluster, bytes: &[u8]) -> f64 {
    let began = Instant::now();
    let task = cluster.submit("clip.wav", bytes.to_vec(), &[]).await;
    let end = cluster.end_of(&task).await;
    assert_eq!(end.0, "completed", "{}", end.1);
    began.elapsed().as_secs_f64()
}

/// Milliseconds from submit to acknowledgement of 1 MB of sound: median and 99th percentile. No miner is paired, so that
/// nothing else works on the machine.
async fn acknowledgements() -> (f64, f64) {
    let idle = Cluster::start(violet::stack::Models::None, &[]).await;
    let mut times = Vec::new();
    for n in 0..SUBMITS {
        let mut samples = vec![0i16; 512 * 1_024 - 22];
        // a different file each time: equal bytes would be stored once
        samples[..2].copy_from_slice(&[n as i16, 1]);
        let bytes = media::wav(16_000, &samples);
        let began = Instant::now();
        idle.submit("clip.wav", bytes, &[]).await;
        times.push(began.elapsed().as_secs_f64() * 1e3);
    }
    idle.stop().await;
    times.sort_by(f64::total_cmp);
    (times[SUBMITS / 2], times[SUBMITS * 99 / 100])
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
