//! `cargo run --bin quality`: how good the models are, measured through the whole mesh and written as the table of
//! `docs/models.md`. `-- --profile full` measures what that profile adds. Takes some minutes: every figure is made now.

#![allow(clippy::print_stdout)]

use std::{fmt::Write as _, process::ExitCode};

use domain::{Language, TaskKind};
use scorer::metric::{cer, chrf, rouge_l, si_sdr, wer};
use serde_json::Value;
use tests::{Cluster, material::material, media};

fn main() -> ExitCode {
    process::exit::run_main("quality", measure())
}

async fn measure() -> anyhow::Result<()> {
    let full = std::env::args().any(|a| a == "full");
    let profile = if full { "full" } else { "small" };
    let cluster = Cluster::with_kinds(TaskKind::ALL, &[("INFERENCE__MODELS__PROFILE", profile)]).await;
    let mut report =
        format!("Profile `{profile}`; made by `cargo run --bin quality -- --profile {profile}`.\n\n");
    recording(&cluster, &mut report).await?;
    speech(&cluster, &mut report).await?;
    translation(&cluster, &mut report).await?;
    summaries(&cluster, &mut report).await?;
    enhancement(&cluster, &mut report).await?;
    cluster.stop().await;
    println!("{report}");
    Ok(())
}

async fn recording(cluster: &Cluster, report: &mut String) -> anyhow::Result<()> {
    let said = cluster.transcribe("austen.flac", media::AUSTEN.to_vec()).await;
    let error = wer(media::AUSTEN_TEXT, said["text"].as_str().unwrap_or_default());
    writeln!(report, "## Transcription of a recording\n")?;
    writeln!(
        report,
        "| recording | WER % |\n| --- | --- |\n| austen.flac, en, 25 s | {:.1} |\n",
        error * 100.0
    )?;
    Ok(())
}

/// Round trip: spoken here, heard here. Bounds both, and flatters neither.
async fn speech(cluster: &Cluster, report: &mut String) -> anyhow::Result<()> {
    writeln!(report, "## Speech: round trip through our own transcription, five sentences a language\n")?;
    writeln!(report, "| language | voice | error % | unit |\n| --- | --- | --- | --- |")?;
    for (language, sentences) in &material().sentences {
        let text = sentences.join(" ");
        let fields = [("text", text.as_str()), ("source_language", language.name())];
        let made = cluster.work(TaskKind::Tts, &fields).await;
        let sound = cluster.download(made["audio_url"].as_str().unwrap_or_default()).await;
        let heard = cluster.submit("speech.wav", sound, &[("source_language", language.name())]).await;
        let (state, why) = cluster.end_of(&heard).await;
        anyhow::ensure!(state == "completed", "{language}: {why}");
        let heard: Value =
            serde_json::from_str(&cluster.gateway.result("transcription", &heard, "json").await?)?;
        let heard = heard["text"].as_str().unwrap_or_default();
        let (error, unit) = match language.counts_characters() {
            true => (cer(&text, heard), "characters"),
            false => (wer(&text, heard), "words"),
        };
        let voice = made["voice"].as_str().unwrap_or("?");
        println!("{language} {voice}: {:.1} %: {heard}", error * 100.0);
        writeln!(report, "| {language} | {voice} | {:.1} | {unit} |", error * 100.0)?;
    }
    writeln!(report)?;
    Ok(())
}

async fn translation(cluster: &Cluster, report: &mut String) -> anyhow::Result<()> {
    writeln!(report, "## Translation: chrF against a person's translation, five sentences a direction\n")?;
    writeln!(report, "| direction | chrF |\n| --- | --- |")?;
    let material = material();
    let models = cluster.gateway.get("/api/v1/models").await?;
    let serves = |from: Language, to: Language| {
        models["models"].as_array().into_iter().flatten().any(|m| {
            m["directions"]
                .as_array()
                .into_iter()
                .flatten()
                .any(|d| d["source"] == from.name() && d["target"] == to.name())
        })
    };
    let mut directions = Vec::new();
    for from in Language::ALL {
        directions.extend(Language::ALL.iter().filter(|to| serves(*from, **to)).map(|to| (*from, *to)));
    }
    for (from, to) in directions {
        let text = material.sentences[&from].join("\n");
        let fields =
            [("text", text.as_str()), ("source_language", from.name()), ("target_language", to.name())];
        let made = cluster.work(TaskKind::TextTranslation, &fields).await;
        let said = made["translation"].as_str().unwrap_or_default();
        let score = chrf(&material.sentences[&to].join(" "), said);
        println!("{from}-{to}: {:.1}", score * 100.0);
        writeln!(report, "| {from}-{to} | {:.1} |", score * 100.0)?;
    }
    writeln!(report)?;
    Ok(())
}

async fn summaries(cluster: &Cluster, report: &mut String) -> anyhow::Result<()> {
    writeln!(report, "## Summaries: ROUGE-L F1 against a person's summary\n")?;
    writeln!(report, "| text | mode | summary | first three sentences |\n| --- | --- | --- | --- |")?;
    for (n, one) in material().summaries.iter().enumerate() {
        let fields =
            [("text", one.text.trim()), ("source_language", one.language.name()), ("max_words", "60")];
        let made = cluster.work(TaskKind::Summarization, &fields).await;
        let lead: String = one.text.trim().split_inclusive(". ").take(3).collect();
        let (mode, said) =
            (made["mode"].as_str().unwrap_or("?"), made["summary"].as_str().unwrap_or_default());
        let score = |text: &str| rouge_l(&one.reference, text, one.language) * 100.0;
        writeln!(
            report,
            "| {} {} | {mode} | {:.1} | {:.1} |",
            one.language,
            n + 1,
            score(said),
            score(&lead)
        )?;
    }
    writeln!(report)?;
    Ok(())
}

async fn enhancement(cluster: &Cluster, report: &mut String) -> anyhow::Result<()> {
    writeln!(report, "## Enhancement: SI-SDR of austen.flac with white noise\n")?;
    writeln!(report, "| noise at, dB | enhanced, dB | gain, dB |\n| --- | --- | --- |")?;
    let clean: Vec<f32> = media::austen_at(48_000).await.iter().map(|s| f32::from(*s) / 32_768.0).collect();
    let power = clean.iter().map(|s| s * s).sum::<f32>() / clean.len() as f32;
    for level in [0.0f32, 5.0, 10.0] {
        let amplitude = (power / 10f32.powf(level / 10.0) * 3.0).sqrt();
        let mut state = 1u32;
        let noisy: Vec<i16> = clean
            .iter()
            .map(|s| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let noise = (state >> 8) as f32 / (1 << 23) as f32 - 1.0;
                ((s + noise * amplitude).clamp(-1.0, 1.0) * 32_767.0) as i16
            })
            .collect();
        let made =
            cluster.work_on(TaskKind::AudioEnhancement, "noisy.wav", media::wav(48_000, &noisy), &[]).await;
        let sound = cluster.download(made["audio_url"].as_str().unwrap_or_default()).await;
        let enhanced = media::samples_of(&sound);
        let before: Vec<f32> = noisy.iter().map(|s| f32::from(*s) / 32_768.0).collect();
        let (before, after) =
            (si_sdr(&clean, &before).unwrap_or(0.0), si_sdr(&clean, &enhanced).unwrap_or(0.0));
        println!("{level} dB: {before:.1} -> {after:.1}");
        writeln!(report, "| {before:.1} | {after:.1} | {:.1} |", after - before)?;
    }
    writeln!(report)?;
    Ok(())
}
