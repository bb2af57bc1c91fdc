//! `violet doctor`: what this machine has, what it lacks, and how to get it.

mod chain;

use inference::models::{self, Cache};
use process::exit::{BadSetup, sentence};

use crate::{
    cli::Doctor,
    cmd::models::{setup, word},
    home::Home,
};

/// Prints one line for each thing that Violet needs. Fetches and changes nothing; asks a chain only when one is named.
///
/// # Errors
/// [`BadSetup`] when something is missing that Violet can't get by itself.
pub async fn run(options: &Doctor) -> anyhow::Result<()> {
    let cache = Cache::from_env().map_err(setup)?;
    let facts = models::facts(&cache).await;
    let mut lacking = None;
    match facts.machine {
        Ok(machine) => say("machine", &format!("Linux {machine}")),
        Err(e) => {
            say("machine", &e.to_string());
            lacking = Some(e);
        }
    }
    match facts.python {
        Ok(p) => say("python", &format!("{} ({}.{})", p.executable.display(), p.version.0, p.version.1)),
        Err(e) => {
            say("python", &e.to_string());
            lacking = lacking.or(Some(e));
        }
    }
    say("triton", &word(&facts.runtime));
    let ffmpeg = facts.ffmpeg.map(|p| p.display().to_string());
    say("ffmpeg", &ffmpeg.unwrap_or_else(|| "not here yet: fetched with the models".to_owned()));
    let free = facts.free.map_or_else(String::new, |b| format!(", {:.1} GB free", b as f64 / 1e9));
    say("cache", &format!("{}{free}", facts.cache.display()));
    for m in &facts.artifacts {
        say("model", &format!("{} ({:.1} MB): {}", m.id, m.size as f64 / 1e6, word(&m.state)));
    }
    say("sources", &format!("{}, then {}", facts.hub, facts.index));
    let home = Home::of(&options.data)?;
    let running = home.running();
    let stack = running
        .as_ref()
        .map_or_else(|| "none runs".to_owned(), |r| format!("http://{} (pid {})", r.http, r.pid));
    say("stack", &format!("{stack}, data in {}", home.path().display()));
    let faults = match &options.chain {
        None => {
            say("chain", "none was asked about: --chain finney, test, local or an address");
            Vec::new()
        }
        Some(name) => chain::look(name, &options.names, running.and_then(|r| r.chain)).await?,
    };
    match (lacking, faults.first()) {
        (Some(e), _) => Err(setup(e)),
        (None, Some(fault)) => Err(BadSetup(fault.clone()).into()),
        (None, None) => Ok(()),
    }
}

/// One line for an error of a chain, with its cause.
fn why(e: impl Into<anyhow::Error>) -> String {
    sentence(&e.into())
}

fn say(what: &str, fact: &str) {
    println!("{what:<10}{fact}");
}
