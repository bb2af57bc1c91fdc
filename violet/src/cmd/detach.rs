//! `violet up --detach`: the same stack in a process of its own.

use std::{
    fs::File,
    os::unix::process::CommandExt as _,
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::Context as _;

use crate::{cli::Up, home::Home};

/// Starts the stack in the background and returns when it is ready.
///
/// # Errors
/// [`process::exit::BadSetup`] when one runs already; with the child's last words when it ended instead of getting ready.
pub async fn run(options: &Up) -> anyhow::Result<()> {
    let home = Home::of(&options.data)?;
    drop(home.own()?);
    std::fs::create_dir_all(home.logs())?;
    let words = home.logs().join("up.out");
    let out = File::create(&words).with_context(|| format!("create {}", words.display()))?;
    let mut child = Command::new(std::env::current_exe()?)
        .arg("up")
        .arg("--data-dir")
        .arg(home.path())
        .args(["--http-port", &options.http_port.to_string(), "--profile", &options.profile])
        .args(["--miners", &options.miners.to_string(), "--validators", &options.validators.to_string()])
        .args(options.triton.iter().flat_map(|t| ["--triton", t]))
        .args(options.chain.iter().map(|c| format!("--chain={c}")))
        .args(options.names.args())
        .args(options.axon.args())
        .stdin(Stdio::null())
        .stdout(out.try_clone()?)
        .stderr(out)
        // its own group: a Ctrl-C here is not meant for it
        .process_group(0)
        .spawn()
        .context("start the stack")?;
    loop {
        if let Some(status) = child.try_wait()? {
            let said = std::fs::read_to_string(&words).unwrap_or_default();
            let last = said.lines().last().unwrap_or("it said nothing").to_owned();
            let last = last.strip_prefix("violet: ").unwrap_or(&last).to_owned();
            return Err(match status.code() {
                Some(64) => process::exit::BadSetup(last).into(),
                _ => anyhow::anyhow!("the stack ended instead of getting ready: {last}"),
            });
        }
        if let Some(running) = home.running().filter(|running| running.ready) {
            println!(
                "ready: http://{} (pid {}); `violet status`, `violet logs -f`, `violet down`",
                running.http, running.pid
            );
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
