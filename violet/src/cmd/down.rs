//! `violet down`: stops the stack of a data folder.

use std::time::{Duration, Instant};

use process::exit::BadSetup;
use rustix::process::{Pid, Signal, kill_process};

use crate::{cli::DataDir, home::Home};

/// Longest that services may take to finish what they have, one after the other.
const PATIENCE: Duration = Duration::from_secs(120);

/// Asks the stack to stop and waits until it has: its ports and its folder are free when this returns.
///
/// # Errors
/// [`BadSetup`] when none runs there; when it did not stop in time.
pub async fn run(data: &DataDir) -> anyhow::Result<()> {
    let home = Home::of(data)?;
    let at = home.path().display();
    let Some(running) = home.running() else {
        return Err(BadSetup(format!("no stack runs in {at}")).into());
    };
    let pid = i32::try_from(running.pid).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or_else(|| anyhow::anyhow!("the announced pid {} is none", running.pid))?;
    kill_process(pid, Signal::TERM)?;
    let limit = Instant::now() + PATIENCE;
    while home.is_owned() {
        anyhow::ensure!(
            Instant::now() < limit,
            "it was asked to stop and still runs after {} s: kill -9 {}",
            PATIENCE.as_secs(),
            running.pid
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    println!("stopped");
    Ok(())
}
