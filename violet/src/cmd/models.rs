//! `violet models`: what the cache holds.

use inference::models::{self, Cache, Profile, State};
use process::exit::BadSetup;

use crate::{bars::Bars, cli::ModelsCommand};

/// Lists, fetches, verifies, or prints a path.
///
/// # Errors
/// [`BadSetup`] with the way out when something can't be fetched; when a file is damaged.
pub async fn run(command: &ModelsCommand) -> anyhow::Result<()> {
    let cache = Cache::from_env().map_err(setup)?;
    match command {
        ModelsCommand::List => list(&cache),
        ModelsCommand::Fetch { profile } => {
            let profile: Profile =
                profile.parse().map_err(|e: models::UnknownProfile| BadSetup(e.to_string()))?;
            models::prepare(profile, &cache, &Bars::default()).await.map_err(setup)?;
            println!("everything of profile {profile} is in {}", cache.root().display());
        }
        ModelsCommand::Verify => verify(&cache).await?,
        ModelsCommand::Path { id } => {
            let path =
                models::path(&cache, id).ok_or_else(|| BadSetup(format!("there is no model \"{id}\"")))?;
            println!("{}", path.display());
        }
    }
    Ok(())
}

/// A failed preparation as `main` reports it: 64 where the user can mend it.
pub fn setup(e: models::PrepareError) -> anyhow::Error {
    if e.is_setup() { BadSetup(e.to_string()).into() } else { e.into() }
}

fn list(cache: &Cache) {
    println!("{:<16} {:<22} {:>9}  {:<12} {:<10} STATE", "ID", "TASK", "SIZE", "LICENCE", "PROFILES");
    for m in models::list(cache) {
        let profiles: Vec<String> = m.profiles.iter().map(ToString::to_string).collect();
        let (size, profiles) = (format!("{:.1} MB", m.size as f64 / 1e6), profiles.join(","));
        println!(
            "{:<16} {:<22} {size:>9}  {:<12} {profiles:<10} {}",
            m.id,
            m.task,
            m.licence,
            word(&m.state)
        );
    }
}

/// A state in words.
pub fn word(state: &State) -> String {
    match state {
        State::Sound => "here".to_owned(),
        State::Missing => "not fetched".to_owned(),
        State::Damaged(why) => format!("damaged: {why}"),
    }
}

async fn verify(cache: &Cache) -> anyhow::Result<()> {
    let files = models::verify(cache, &Bars::default()).await;
    let mut damaged = 0;
    for file in &files {
        println!("{:<44} {}", file.name, word(&file.state));
        damaged += usize::from(!matches!(file.state, State::Sound | State::Missing));
    }
    anyhow::ensure!(
        damaged == 0,
        "{damaged} of {} are damaged: `violet models fetch` replaces them",
        files.len()
    );
    Ok(())
}
