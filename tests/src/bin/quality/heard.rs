//! Speech that is understood: a recording, and what our own voices say.

use std::fmt::Write as _;

use domain::TaskKind;
use scorer::metric::{cer, wer};
use serde_json::Value;
use tests::{Cluster, material::material, media};

pub(crate) async fn recording(cluster: &Cluster, report: &mut String) -> anyhow::Result<()> {
    let said = cluster.transcribe("austen.flac", media::AUSTEN.to_vec()).await;
    let error = wer(media::AUSTEN_TEXT, said["text"].as_str().unwrap_or_default());
    writeln!(report, "### Transcription of a recording\n")?;
    writeln!(
        report,
        "| recording | WER % |\n| --- | --- |\n| austen.flac, en, 25 s | {:.1} |\n",
        error * 100.0
    )?;
    Ok(())
}

/// Round trip: spoken here, heard here. Bounds both, and flatters neither.
pub(crate) async fn speech(cluster: &Cluster, report: &mut String) -> anyhow::Result<()> {
    writeln!(report, "### Speech: round trip through our own transcription, five sentences a language\n")?;
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
