//! `violet verify`: is a receipt genuine? Nobody is asked: all that is needed is in the file.

use std::path::Path;

use anyhow::Context as _;
use btauth::receipt::Hotkeys;
use domain::receipt::Signed;

/// The longest file that is read: a receipt has about a kilobyte.
const LONGEST: u64 = 1 << 20;

/// Prints what a receipt says, after its signatures were found to hold.
///
/// # Errors
/// When the file can't be read, is no genuine receipt, or was countersigned by another scheduler than `scheduler`.
pub fn run(file: &Path, scheduler: Option<&str>) -> anyhow::Result<()> {
    let signed = read(file)?;
    let receipt = &signed.receipt;
    if let Some(trusted) = scheduler.filter(|s| *s != receipt.scheduler) {
        anyhow::bail!("the receipt is genuine, but countersigned by {}, not by {trusted}", receipt.scheduler);
    }
    let work = &receipt.work;
    let took = receipt.answered_at.since(receipt.granted_at);
    println!("genuine      both signatures hold");
    println!("task         {} ({})", work.task, work.kind);
    println!("miner        {}, lease {} with fence {}", work.miner, work.lease, work.fence.0);
    println!("model        {} {}", work.model, work.model_version);
    println!("input        sha256 {}", work.input_sha256);
    println!("output       sha256 {}", work.output_sha256);
    println!("took         {:.3} s from lease to answer", took.as_secs_f64());
    for (name, score) in &receipt.scores {
        println!("{name:<12} {score}");
    }
    for validator in &receipt.validators {
        println!("validator    {validator}");
    }
    println!("scheduler    {}{}", receipt.scheduler, if scheduler.is_some() { ", as expected" } else { "" });
    Ok(())
}

/// A genuine receipt out of a file; white space around it does no harm.
fn read(file: &Path) -> anyhow::Result<Signed> {
    let name = file.display();
    let length = std::fs::metadata(file).with_context(|| format!("read {name}"))?.len();
    anyhow::ensure!(length <= LONGEST, "{name} has {length} bytes: that is no receipt");
    let json = std::fs::read(file).with_context(|| format!("read {name}"))?;
    Signed::verify(json.trim_ascii(), &Hotkeys).with_context(|| format!("{name} is no genuine receipt"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_genuine_receipt_is_told_from_one_that_was_changed_or_is_of_another_scheduler() {
        // P5
        let vector = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/receipt_vector.json");
        run(&vector, None).unwrap();
        let scheduler = read(&vector).unwrap().receipt.scheduler;
        run(&vector, Some(&scheduler)).unwrap();
        let other = run(&vector, Some("5F")).unwrap_err().to_string();
        assert!(other.contains("not by 5F"), "{other}");
        let folder = tempfile::tempdir().unwrap();
        let changed = folder.path().join("receipt.json");
        let text = std::fs::read_to_string(&vector).unwrap();
        std::fs::write(&changed, text.replace("\"fence\":", "\"fence\":1")).unwrap();
        let said = format!("{:#}", run(&changed, None).unwrap_err());
        assert!(said.contains("no genuine receipt"), "{said}");
        std::fs::write(&changed, "{}").unwrap();
        assert!(run(&changed, None).is_err());
    }
}
