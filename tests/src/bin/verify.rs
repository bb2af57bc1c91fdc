//! `cargo verify`: sets up what the tests need, then runs all of them. Each step says how long it took; the first that fails
//! ends the run with its own output.

#![allow(clippy::print_stdout)]

use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::Instant,
};

use anyhow::Context as _;
use inference::models::{self, Cache, Profile};

fn main() -> ExitCode {
    process::exit::run_main("verify", verify())
}

/// One command of the run.
struct Step {
    name: &'static str,
    program: &'static str,
    args: &'static [&'static str],
}

const STYLE: &[Step] = &[
    Step { name: "format", program: "cargo", args: &["fmt", "--all", "--check"] },
    Step {
        name: "lints",
        program: "cargo",
        args: &["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"],
    },
    Step {
        name: "dependencies",
        program: "cargo",
        args: &["deny", "--offline", "--log-level", "error", "check", "bans", "licenses", "sources"],
    },
];

const TESTS: &[Step] = &[
    // the stories start the programs themselves
    Step { name: "programs", program: "cargo", args: &["build", "--quiet", "--workspace", "--bins"] },
    Step {
        name: "tests",
        program: "cargo",
        args: &["nextest", "run", "--workspace", "--profile", "ci", "--cargo-quiet"],
    },
    Step { name: "doc tests", program: "cargo", args: &["test", "--quiet", "--workspace", "--doc"] },
];

async fn verify() -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the workspace")?.to_owned();
    let began = Instant::now();
    let tools = tools(&root)?;
    let cache = Cache::from_env().map_err(setup)?;
    let prepared = timed("models", async {
        models::prepare(Profile::Small, &[], &cache, &models::Logged).await.map_err(setup)
    })
    .await?;
    let mut env = vec![("PATH", tools)];
    if let Some(ffmpeg) = &prepared.ffmpeg {
        env.push(("VIOLET_FFMPEG", ffmpeg.display().to_string()));
    }
    for official in &tests::official::ALL {
        match timed(official.name, async { official.python(&root, cache.root()) }).await? {
            Some(python) => env.push((official.variable, python.display().to_string())),
            None => println!("not compared with {}: that needs Python 3.10 or newer", official.name),
        }
    }
    for step in STYLE.iter().chain(TESTS) {
        run(&root, step, &env)?;
    }
    let untested = tests::codes::untested(&root)?;
    if !untested.is_empty() {
        println!("requirements without a test yet ({}): {}", untested.len(), untested.join(" "));
    }
    println!("verified in {:.0} s", began.elapsed().as_secs_f64());
    Ok(())
}

fn setup(e: models::PrepareError) -> anyhow::Error {
    if e.is_setup() { process::exit::BadSetup(e.to_string()).into() } else { e.into() }
}

async fn timed<T>(name: &str, body: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    println!("== {name}");
    let began = Instant::now();
    let outcome = body.await?;
    println!("== {name}: {:.1} s", began.elapsed().as_secs_f64());
    Ok(outcome)
}

fn run(root: &Path, step: &Step, env: &[(&str, String)]) -> anyhow::Result<()> {
    println!("== {}", step.name);
    let began = Instant::now();
    let mut command = Command::new(step.program);
    // what cargo told this program about itself: build scripts take it for a change, and everything above them is built anew
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_of_this_package(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    let status = command
        .args(step.args)
        .current_dir(root)
        .envs(env.iter().map(|(k, v)| (k, v)))
        .status()
        .with_context(|| format!("start {}", step.program))?;
    anyhow::ensure!(status.success(), "{} failed: {} {}", step.name, step.program, step.args.join(" "));
    println!("== {}: {:.1} s", step.name, began.elapsed().as_secs_f64());
    Ok(())
}

fn is_of_this_package(variable: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"].iter().any(|p| variable.starts_with(p))
}

/// Makes sure that the cargo subcommands of the run are there, building those that are missing into the cache; returns the
/// search path on which they are found.
fn tools(root: &Path) -> anyhow::Result<String> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| std::env::home_dir().map(|h| h.join(".cache"))).context("a home folder")?;
    let own = cache.join("violet/tools-cargo");
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{path}:{}", own.join("bin").display());
    for (tool, probe) in [("cargo-nextest", "nextest"), ("cargo-deny", "deny")] {
        let there = Command::new("cargo").args([probe, "--version"]).env("PATH", &path).output();
        if there.is_ok_and(|o| o.status.success()) {
            continue;
        }
        println!("== {tool} is not here: building it once into {}", own.display());
        let status = Command::new("cargo")
            .args(["install", "--quiet", "--locked", tool, "--root"])
            .arg(&own)
            .current_dir(root)
            .status()
            .context("start cargo install")?;
        anyhow::ensure!(
            status.success(),
            "{tool} could not be built: install it by hand with `cargo install {tool}`"
        );
    }
    Ok(path)
}
