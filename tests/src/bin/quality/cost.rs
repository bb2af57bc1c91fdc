//! What work costs: seconds on the clock, and seconds of processor of this process and everything below it.

use std::{fmt::Write as _, time::Instant};

use domain::{Language, TaskKind};
use tests::{Cluster, cost::cpu_seconds, material::material, media};

/// What the server that this one replaces said of itself: its texts and a megabyte of recording.
const OLD: [&str; 2] = ["2-5 s for a simple task", "5-10 s per 1 MB"];

/// Seconds on the clock and of processor.
struct Cost(f64, f64);

async fn cost<T>(work: impl Future<Output = T>) -> (T, Cost) {
    let (began, before) = (Instant::now(), cpu_seconds());
    let done = work.await;
    (done, Cost(began.elapsed().as_secs_f64(), cpu_seconds() - before))
}

pub(crate) async fn of_each_kind(cluster: &Cluster, report: &mut String) -> anyhow::Result<()> {
    writeln!(report, "### Cost, from the submit to the result\n")?;
    writeln!(report, "| work | seconds | CPU-seconds | the old server's claim |\n| --- | --- | --- | --- |")?;
    let words = |n: usize| {
        let texts = material().summaries.into_iter().filter(|s| s.language == Language::En);
        let all: Vec<String> = texts.map(|s| s.text.trim().to_owned()).collect();
        all.join(" ").split_whitespace().cycle().take(n).collect::<Vec<_>>().join(" ")
    };
    let (half_minute, film) = (recording(30).await, film().await);
    let (hundred, five_hundred) = (words(100), words(500));
    let english = ("source_language", "en");
    let text = |text: &'static str| [("text", text), english];
    let (hundred, five_hundred): (&'static str, &'static str) = (hundred.leak(), five_hundred.leak());
    let translated = [("text", hundred), english, ("target_language", "pt")];
    let (_, spoken) = cost(cluster.work(TaskKind::Tts, &text(hundred))).await;
    let (_, short) = cost(cluster.work(TaskKind::Summarization, &text(five_hundred))).await;
    let (_, other) = cost(cluster.work(TaskKind::TextTranslation, &translated)).await;
    let one = |kind, name: &'static str, bytes: &[u8]| {
        let bytes = bytes.to_vec();
        async move { cost(cluster.work_on(kind, name, bytes, &[])).await.1 }
    };
    let rows = [
        ("30 s of speech transcribed", one(TaskKind::Transcription, "a.wav", &half_minute).await, OLD[1]),
        ("1 minute of video transcribed", one(TaskKind::VideoTranscription, "a.mp4", &film).await, OLD[1]),
        ("30 s enhanced", one(TaskKind::AudioEnhancement, "a.wav", &half_minute).await, OLD[1]),
        ("30 s analysed", one(TaskKind::AudioAnalysis, "a.wav", &half_minute).await, OLD[1]),
        ("100 words spoken", spoken, OLD[0]),
        ("500 words summarized", short, OLD[0]),
        ("100 words translated, en-pt", other, OLD[0]),
    ];
    for (work, Cost(clock, cpu), old) in rows {
        println!("{work}: {clock:.1} s, {cpu:.1} CPU-s");
        writeln!(report, "| {work} | {clock:.1} | {cpu:.1} | {old} |")?;
    }
    writeln!(report)?;
    Ok(())
}

pub(crate) async fn of_many_at_once(cluster: &Cluster, report: &mut String) -> anyhow::Result<()> {
    let clip = recording(10).await;
    let send = || async { cluster.submit("clip.wav", clip.clone(), &[]).await };
    let finish = async |task: String| {
        let (state, why) = cluster.end_of(&task).await;
        assert_eq!(state, "completed", "{why}");
    };
    finish(send().await).await;
    let ((), row) = cost(async {
        for _ in 0..8 {
            finish(send().await).await;
        }
    })
    .await;
    let ((), crowd) = cost(async {
        let mut tasks = Vec::new();
        for _ in 0..8 {
            tasks.push(send().await);
        }
        for task in tasks {
            finish(task).await;
        }
    })
    .await;
    let ((), alone) = cost(async { finish(send().await).await }).await;
    let long = cluster.submit("long.wav", recording(600).await, &[]).await;
    let ((), beside) = cost(async { finish(send().await).await }).await;
    let state = cluster.gateway.get(&format!("/api/v1/task/{long}/status")).await?;
    anyhow::ensure!(state["status"] != "completed", "the long recording ended first: {state}");
    finish(long).await;
    writeln!(report, "### Many at once: clips of 10 s\n")?;
    writeln!(report, "| work | seconds | CPU-seconds |\n| --- | --- | --- |")?;
    let rows = [("8 clips, one after another", row), ("8 clips at once", crowd), ("1 clip", alone)];
    for (work, Cost(clock, cpu)) in rows {
        writeln!(report, "| {work} | {clock:.1} | {cpu:.1} |")?;
    }
    writeln!(report, "| 1 clip, submitted behind a recording of 10 minutes | {:.1} | |\n", beside.0)?;
    Ok(())
}

/// So many seconds of the recording, over and over.
async fn recording(seconds: usize) -> Vec<u8> {
    let samples: Vec<i16> =
        media::austen_samples().await.into_iter().cycle().take(16_000 * seconds).collect();
    media::wav(16_000, &samples)
}

/// A minute of it with pictures.
async fn film() -> Vec<u8> {
    let pictures =
        ["-f", "lavfi", "-i", "testsrc=s=640x360:r=25", "-shortest", "-t", "60", "-pix_fmt", "yuv420p"];
    let coded = ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-f", "mp4"];
    media::convert(&recording(60).await, &[&pictures[..], &coded].concat()).await
}
