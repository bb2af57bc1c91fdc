//! `violet models`: what the cache holds.

use inference::models::{self, Cache, Lacking, Listed, Profile, State};
use process::exit::BadSetup;

use crate::{bars::Bars, cli::ModelsCommand};

/// Lists, fetches, verifies, or prints paths.
///
/// # Errors
/// [`BadSetup`] with the way out when nothing can be fetched; when something of the profile could not be had; when a file is
/// damaged.
pub async fn run(command: &ModelsCommand) -> anyhow::Result<()> {
    let cache = Cache::from_env().map_err(setup)?;
    match command {
        ModelsCommand::List { profile } => list(&cache, known(profile.as_deref())?),
        ModelsCommand::Fetch { profile } => {
            let profile = known(Some(profile))?.unwrap_or(Profile::Small);
            let prepared = models::prepare(profile, &[], &cache, &Bars::default()).await.map_err(setup)?;
            complete(&prepared.lacking)?;
            println!("everything of profile {profile} is in {}", cache.root().display());
        }
        ModelsCommand::Verify { profile } => verify(&cache, known(profile.as_deref())?).await?,
        ModelsCommand::Path { id: Some(id), .. } => {
            let path =
                models::path(&cache, id).ok_or_else(|| BadSetup(format!("there is no model \"{id}\"")))?;
            println!("{}", path.display());
        }
        ModelsCommand::Path { id: None, profile } => {
            let profile = known(profile.as_deref())?;
            for m in of_profile(&cache, profile) {
                println!("{:<16} {}", m.id, m.path.display());
            }
        }
    }
    Ok(())
}

/// A failed preparation as `main` reports it: 64 where the user can mend it.
pub fn setup(e: models::PrepareError) -> anyhow::Error {
    if e.is_setup() { BadSetup(e.to_string()).into() } else { e.into() }
}

fn known(profile: Option<&str>) -> Result<Option<Profile>, BadSetup> {
    profile.map(str::parse).transpose().map_err(|e: models::UnknownProfile| BadSetup(e.to_string()))
}

fn complete(lacking: &[Lacking]) -> anyhow::Result<()> {
    let names: Vec<&str> = lacking.iter().map(|l| l.id.as_str()).collect();
    anyhow::ensure!(names.is_empty(), "not here: {}; the notes above say why", names.join(", "));
    Ok(())
}

fn of_profile(cache: &Cache, profile: Option<Profile>) -> impl Iterator<Item = Listed> {
    models::list(cache).into_iter().filter(move |m| profile.is_none_or(|p| m.profiles.contains(&p)))
}

fn list(cache: &Cache, profile: Option<Profile>) {
    let mut rows = vec![
        ["ID", "PROFILE", "KIND", "LANGUAGES", "SIZE", "LICENCE", "QUALITY", "STATE"].map(str::to_owned),
    ];
    rows.extend(of_profile(cache, profile).map(|m| row(&m)));
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..7).map(width).collect();
    for row in &rows {
        let cells = row.iter().zip(widths.iter().chain([&0]));
        let line: Vec<String> = cells.map(|(cell, width)| format!("{cell:<width$}")).collect();
        println!("{}", line.join("  ").trim_end());
    }
    let candidates = cache.manifest().candidates().iter().filter(|c| profile.is_none_or(|p| c.profile == p));
    let mut candidates = candidates.peekable();
    if candidates.peek().is_some() {
        println!("\nbetter checkpoints that are not verified, and so never fetched:");
    }
    for c in candidates {
        println!("{} (about {}, {}): {}", c.repo, bytes(c.size), c.licence, c.why);
    }
}

fn row(m: &Listed) -> [String; 8] {
    let profiles: Vec<String> = m.profiles.iter().map(ToString::to_string).collect();
    let kinds: Vec<&str> = m.kinds.iter().map(|k| k.name()).collect();
    let languages: Vec<&str> = m.languages.iter().map(|l| l.name()).collect();
    let licence = if m.noncommercial { format!("{} (non-commercial)", m.licence) } else { m.licence.clone() };
    let or = |list: &[&str], none: &str| if list.is_empty() { none.to_owned() } else { list.join(",") };
    [
        m.id.clone(),
        profiles.join(","),
        or(&kinds, "part of others"),
        or(&languages, "any"),
        bytes(m.size),
        licence,
        m.quality.name().to_owned(),
        word(&m.state),
    ]
}

fn bytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// A state in words.
pub fn word(state: &State) -> String {
    match state {
        State::Sound => "here".to_owned(),
        State::Missing => "not fetched".to_owned(),
        State::Damaged(why) => format!("damaged: {why}"),
    }
}

async fn verify(cache: &Cache, profile: Option<Profile>) -> anyhow::Result<()> {
    let files = models::verify(cache, profile, &Bars::default()).await;
    let mut damaged = 0;
    for file in &files {
        println!("{:<52} {}", file.name, word(&file.state));
        damaged += usize::from(!matches!(file.state, State::Sound | State::Missing));
    }
    anyhow::ensure!(
        damaged == 0,
        "{damaged} of {} are damaged: `violet models fetch` replaces them",
        files.len()
    );
    Ok(())
}
