//! `violet submit`: sends a file to a gateway and, if asked, waits for the result.

use std::io::{IsTerminal as _, Write as _};

use process::exit::BadSetup;

use crate::{
    cli::Submit,
    client::{Ask, Gateway, Progress},
    home::Home,
};

/// Kinds of work that take an audio file.
const KINDS: &[&str] = &["transcription"];

/// Sends the file; prints the task's id, or with `--watch` its progress (standard error) and its result (standard output).
///
/// # Errors
/// [`BadSetup`] for an unknown kind, an unreadable file or an absent gateway; the gateway's words when it refuses; the
/// reason when the task ends without a result.
pub async fn run(options: &Submit) -> anyhow::Result<()> {
    if !KINDS.contains(&options.kind.as_str()) {
        let known = KINDS.join(", ");
        return Err(BadSetup(format!("--kind {} is not served yet: use one of {known}", options.kind)).into());
    }
    let gateway = match (&options.gateway, Home::of(&options.data)?.running()) {
        (Some(named), _) => Gateway::at(named)?,
        (None, Some(running)) => Gateway::local(running.http)?,
        (None, None) => Gateway::at("http://127.0.0.1:8000")?,
    };
    let ask = Ask { kind: &options.kind, language: &options.language, priority: &options.priority };
    let task = gateway.submit(&options.file, &ask).await?;
    if !options.watch {
        println!("{task}");
        return Ok(());
    }
    eprintln!("task {task}");
    let end = gateway.follow(&task, show).await?;
    match end.status.as_str() {
        "completed" | "approved" => {
            let result = gateway.result(&options.kind, &task, &options.format).await?;
            println!("{}", result.trim_end());
            Ok(())
        }
        "cancelled" => anyhow::bail!("the task was cancelled"),
        _ => anyhow::bail!(
            "the task failed: {}",
            end.failure.unwrap_or_else(|| "no reason was given".to_owned())
        ),
    }
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
