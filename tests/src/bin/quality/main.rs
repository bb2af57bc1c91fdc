//! `cargo run --release --bin quality`: how good the models are and what they cost, measured through the whole mesh and written as the table of
//! `docs/models.md`. `-- --profile full` measures what that profile adds. Takes some minutes: every figure is made now.

#![allow(clippy::print_stdout)]

mod cost;
mod enhanced;
mod heard;
mod loaded;
mod written;

use std::process::ExitCode;

use domain::TaskKind;
use tests::Cluster;

fn main() -> ExitCode {
    process::exit::run_main("quality", measure())
}

async fn measure() -> anyhow::Result<()> {
    let full = std::env::args().any(|a| a == "full");
    let profile = if full { "full" } else { "small" };
    let cluster = Cluster::with_kinds(TaskKind::ALL, &[("INFERENCE__MODELS__PROFILE", profile)]).await;
    let mut report = format!(
        "Profile `{profile}`; made by `cargo run --release --bin quality -- --profile {profile}`.\n\n"
    );
    loaded::models(&mut report)?;
    heard::recording(&cluster, &mut report).await?;
    heard::speech(&cluster, &mut report).await?;
    written::translation(&cluster, &mut report).await?;
    written::summaries(&cluster, &mut report).await?;
    enhanced::enhancement(&cluster, &mut report).await?;
    cost::of_each_kind(&cluster, &mut report).await?;
    cost::of_many_at_once(&cluster, &mut report).await?;
    cluster.stop().await;
    println!("{report}");
    Ok(())
}
