//! How a program ends: 0 for success, 64 for a set-up that its user can mend, 1 for anything else.

use std::{error::Error, fmt, process::ExitCode};

/// The machine or the command line is not as it must be. One sentence with the way out.
#[derive(Debug)]
pub struct BadSetup(pub String);

impl fmt::Display for BadSetup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for BadSetup {}

/// What the user can mend, in words, if that is what went wrong; given as the error itself, its cause or its context.
fn mendable(error: &anyhow::Error) -> Option<String> {
    if let Some(setup) = error.downcast_ref::<BadSetup>() {
        return Some(setup.to_string());
    }
    let known = |e: &&(dyn Error + 'static)| {
        e.is::<BadSetup>() || e.is::<crate::config::ConfigError>() || e.is::<crate::net::BindError>()
    };
    error.chain().find(known).map(ToString::to_string)
}

/// The exit code that an error stands for.
#[must_use]
pub fn code_of(error: &anyhow::Error) -> u8 {
    if mendable(error).is_some() { 64 } else { 1 }
}

/// One line for a person: what failed and why, without repetition, and nothing below what the user can mend.
#[must_use]
pub fn sentence(error: &anyhow::Error) -> String {
    let enough = mendable(error);
    let mut line = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if line.is_empty() {
            line.clone_from(&cause);
        } else if !line.contains(&cause) {
            line = format!("{line}: {cause}");
        }
        if enough.as_ref() == Some(&cause) {
            break;
        }
    }
    line
}

/// Ends `main`: prints the sentence to standard error and gives the exit code.
#[must_use]
#[allow(clippy::print_stderr)]
pub fn report(program: &str, outcome: anyhow::Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("{program}: {}", sentence(&e));
            ExitCode::from(code_of(&e))
        }
    }
}

/// Runs a program on a fresh multi-thread runtime and ends `main`.
#[must_use]
pub fn run_main(program: &str, body: impl Future<Output = anyhow::Result<()>>) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime {
        Ok(runtime) => {
            let outcome = runtime.block_on(body);
            // blocking threads that wait for a dead peer must not keep the process alive
            runtime.shutdown_timeout(std::time::Duration::from_secs(2));
            report(program, outcome)
        }
        Err(e) => report(program, Err(anyhow::Error::new(e).context("no runtime"))),
    }
}

/// Fires on SIGINT or SIGTERM; a second signal ends the process at once.
///
/// # Errors
/// When the operating system gives no signal handlers.
pub fn stop_on_signals() -> std::io::Result<crate::Stop> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut int, mut term) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let stop = crate::Stop::new();
    let fired = stop.clone();
    tokio::spawn(async move {
        for first in [true, false] {
            tokio::select! { _ = int.recv() => {}, _ = term.recv() => {} }
            if first {
                fired.cancel();
            } else {
                std::process::exit(130);
            }
        }
    });
    Ok(stop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_the_setup_exits_with_64() {
        let mendable =
            anyhow::Error::new(BadSetup("no python: install it".into())).context("starting the sidecar");
        assert_eq!(code_of(&mendable), 64);
        assert_eq!(sentence(&mendable), "starting the sidecar: no python: install it");
        assert_eq!(code_of(&anyhow::anyhow!("boom")), 1);
        let explained =
            anyhow::anyhow!("connection refused").context(BadSetup("nobody answers: start it".into()));
        assert_eq!(code_of(&explained), 64);
        assert_eq!(sentence(&explained), "nobody answers: start it");
    }
}
