//! `violet submit`: sends a file or a text to a gateway and, if asked, waits for the result.

use std::io::{IsTerminal as _, Write as _};

use anyhow::Context as _;
use domain::TaskKind;
use serde_json::Value;

use crate::{
    cli::Submit,
    client::{Ask, Gateway, Input, Progress},
    home::Home,
};

/// Sends the input; prints the task's id, or with `--watch` its progress (standard error) and its result (standard output).
///
/// # Errors
/// `BadSetup` for an unreadable file or an absent gateway; the gateway's words when it refuses; the reason when the task
/// ends without a result.
pub async fn run(options: &Submit) -> anyhow::Result<()> {
    let gateway = match (&options.gateway, Home::of(&options.data)?.running()) {
        (Some(named), _) => Gateway::at(named)?,
        (None, Some(running)) => Gateway::local(running.http)?,
        (None, None) => Gateway::at("http://127.0.0.1:8000")?,
    };
    let input = match (&options.file, &options.text) {
        (Some(file), _) => Input::of_file(options.kind, file)?,
        (None, text) => Input::Text(text.clone().unwrap_or_default()),
    };
    let mut fields = options.fields.clone();
    fields.push(("source_language".to_owned(), options.language.clone()));
    fields.push(("priority".to_owned(), options.priority.clone()));
    fields.extend(options.target.clone().map(|target| ("target_language".to_owned(), target)));
    let task = gateway.submit(&Ask { kind: options.kind, input, fields }).await?;
    if !options.watch {
        println!("{task}");
        return Ok(());
    }
    eprintln!("task {task}");
    let end = gateway.follow(&task, show).await?;
    match end.status.as_str() {
        "completed" | "approved" => print(&gateway, options, &task).await,
        "cancelled" => anyhow::bail!("the task was cancelled"),
        _ => anyhow::bail!(
            "the task failed: {}",
            end.failure.unwrap_or_else(|| "no reason was given".to_owned())
        ),
    }
}

/// Prints what people read of a result; a file that was made is written where they asked.
async fn print(gateway: &Gateway, options: &Submit, task: &str) -> anyhow::Result<()> {
    let kind = options.kind.name();
    if matches!(options.kind, TaskKind::Transcription | TaskKind::VideoTranscription) {
        let result = gateway.result(kind, task, &options.format).await?;
        println!("{}", result.trim_end());
        return Ok(());
    }
    let result: Value = serde_json::from_str(&gateway.result(kind, task, "json").await?)?;
    let text = ["summary", "translation"].iter().find_map(|key| result[*key].as_str());
    match text {
        Some(text) => println!("{text}"),
        None => println!("{result:#}"),
    }
    if let Some(path) = &options.output {
        let made = ["audio_url", "download_url"].iter().find_map(|key| result[*key].as_str());
        let made = made.with_context(|| format!("the result of {kind} is no file: leave out --output"))?;
        gateway.save(made, path).await?;
        eprintln!("written to {}", path.display());
    }
    Ok(())
}

/// One line that is drawn over on a terminal, one line for each change elsewhere.
pub fn show(progress: &Progress) {
    let percent = progress.percent.map(|p| format!(" {p} %")).unwrap_or_default();
    let line = format!("{}{percent}", progress.status);
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K{line}");
        if progress.is_over() {
            eprintln!();
        }
        let _ = std::io::stderr().flush();
    } else {
        eprintln!("{line}");
    }
}
