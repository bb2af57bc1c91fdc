//! `violet replay`: does a validator's round follow from its records, to the byte?

use std::path::Path;

use anyhow::Context as _;
use process::exit::BadSetup;
use scorer::round;

use crate::{
    cli::Replay,
    home::Home,
    judged::{self, Judged, Round},
};

/// Computes a round again from its records and compares the bytes with what its validator published.
///
/// # Errors
/// [`BadSetup`] when there is no such round; when it does not follow.
pub async fn run(options: &Replay) -> anyhow::Result<()> {
    let (records, outcome) = match (&options.records, &options.outcome) {
        (Some(records), outcome) => (read(records)?, outcome.as_deref().map(read).transpose()?),
        (None, _) => {
            let Round { records, outcome, .. } = published(options).await?;
            (records, Some(outcome))
        }
    };
    let again = round::replay(&records)?;
    let values = Round::values(&records, &again)?;
    println!("round {}, {} tasks", values.1.round, values.1.results.len());
    judged::table(&values.0, &values.1).iter().for_each(|line| println!("  {line}"));
    match outcome {
        None => println!("computed from the records; nothing to compare with"),
        Some(outcome) if outcome == again => {
            println!("the same {} bytes as the validator published", outcome.len());
        }
        Some(_) => anyhow::bail!("the outcome does not follow from the records: other bytes come out"),
    }
    if let Some(folder) = &options.save {
        std::fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
        for (name, bytes) in [("records.json", &records), ("outcome.json", &again)] {
            let path = folder.join(name);
            std::fs::write(&path, bytes).with_context(|| format!("write {}", path.display()))?;
            println!("wrote {}", path.display());
        }
    }
    Ok(())
}

/// The round out of the ledger that was named, else of a validator of the running stack.
async fn published(options: &Replay) -> anyhow::Result<Round> {
    let ledger = match &options.ledger {
        Some(uri) => uri.clone(),
        None => {
            let home = Home::of(&options.data)?;
            let validators = home.running().map(|running| running.validators).unwrap_or_default();
            let nobody = || {
                BadSetup(format!(
                    "no validator {} runs in {}: start a stack with `violet up --chain dev --validators 2`, or name a ledger with \
                     --ledger, or files with --records and --outcome",
                    options.validator,
                    home.path().display()
                ))
            };
            let validator = validators.get(usize::from(options.validator).saturating_sub(1));
            format!("http://{}", validator.ok_or_else(nobody)?.ledger)
        }
    };
    let round = Judged::at(&ledger)?.round(options.round).await?;
    let which = options.round.map_or_else(|| "no round".to_owned(), |n| format!("no round {n}"));
    Ok(round.ok_or_else(|| BadSetup(format!("{which} was closed yet at {ledger}")))?)
}

fn read(path: impl AsRef<Path>) -> anyhow::Result<Vec<u8>> {
    let path = path.as_ref();
    let bytes = std::fs::read(path).with_context(|| format!("read {}", path.display()))?;
    Ok(bytes.trim_ascii().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(records: &Path, outcome: &Path) -> Replay {
        Replay {
            round: None,
            records: Some(records.to_owned()),
            outcome: Some(outcome.to_owned()),
            ledger: None,
            validator: 1,
            save: None,
            data: crate::cli::DataDir { data_dir: None },
        }
    }

    #[tokio::test]
    async fn a_recorded_round_follows_from_its_records_and_a_changed_outcome_does_not() {
        // P7
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scorer/golden");
        let (records, outcome) = (golden.join("round.json"), golden.join("outcome.json"));
        run(&options(&records, &outcome)).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let changed = folder.path().join("outcome.json");
        let text = std::fs::read_to_string(&outcome).unwrap();
        std::fs::write(&changed, text.replacen(":1000000000", ":999999999", 1)).unwrap();
        let said = run(&options(&records, &changed)).await.unwrap_err().to_string();
        assert!(said.contains("does not follow"), "{said}");
    }
}
