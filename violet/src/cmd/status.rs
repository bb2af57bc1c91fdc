//! `violet status`: how the stack of a data folder is doing.

use process::exit::BadSetup;

use crate::{
    chain::{self, ChainService},
    cli::{DataDir, RunningChain},
    client::Gateway,
    home::Home,
};

/// Prints health and counts.
///
/// # Errors
/// [`BadSetup`] when no stack runs there.
pub async fn run(data: &DataDir) -> anyhow::Result<()> {
    let home = Home::of(data)?;
    let at = home.path().display();
    let nobody = || BadSetup(format!("no stack runs in {at}: start one with `violet up`"));
    let running = home.running().ok_or_else(nobody)?;
    let health = Gateway::local(running.http)?.get("/api/v1/health").await?;
    println!("running   pid {}, http://{}, data in {at}", running.pid, running.http);
    println!("health    {}", health["status"].as_str().unwrap_or("unknown"));
    for (part, state) in health["components"].as_object().into_iter().flatten() {
        let detail = state["detail"].as_str().map(|d| format!(" ({d})")).unwrap_or_default();
        println!("          {part}: {}{detail}", state["status"].as_str().unwrap_or("unknown"));
    }
    let count = |key: &str| health[key].as_u64().unwrap_or_default();
    println!(
        "tasks     {} pending, {} in work, {} completed, {} failed",
        count("pending_tasks"),
        count("processing_tasks"),
        count("completed_tasks"),
        count("failed_tasks"),
    );
    if let Some(chain) = &running.chain {
        say(chain).await?;
    }
    Ok(())
}

/// The chain as chain-svc last read it; a service that does not answer is told, and is no reason to fail.
async fn say(running: &RunningChain) -> anyhow::Result<()> {
    let node = running.node.as_ref().map(|node| format!(" {node}, a pretend chain")).unwrap_or_default();
    println!("chain     {}{node}, chain-svc {}", running.network, running.service);
    match ChainService::at(&format!("http://{}", running.service))?.snapshot().await {
        Ok(read) => chain::lines(&read).iter().for_each(|line| println!("          {line}")),
        Err(e) => println!("          {}", process::exit::sentence(&e)),
    }
    Ok(())
}
