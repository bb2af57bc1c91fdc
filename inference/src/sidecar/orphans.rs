//! What a supervisor that died left behind: a server without a master, and shared memory without an owner.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::time::{sleep, timeout};

use super::layout::Layout;

/// How long a killed process may take to leave the table of processes.
const GONE_WITHIN: Duration = Duration::from_secs(10);

/// Kills the server that an earlier process started from this folder, if it still runs. A process that only
/// got the same id is left alone: the command line must name our folder.
pub(super) async fn kill_stale_server(layout: &Layout) {
    let Some(pid) =
        fs::read_to_string(layout.pid_file()).ok().and_then(|text| text.trim().parse::<i32>().ok())
    else {
        return;
    };
    let proc = PathBuf::from(format!("/proc/{pid}"));
    if is_ours(&proc, layout) {
        tracing::warn!(pid, "killing a triton server that outlived its supervisor");
        kill_group(pid.unsigned_abs());
        let gone = async {
            while is_ours(&proc, layout) {
                sleep(Duration::from_millis(20)).await;
            }
        };
        if timeout(GONE_WITHIN, gone).await.is_err() {
            tracing::error!(pid, "the old triton server does not die");
        }
    }
    let _ = fs::remove_file(layout.pid_file());
}

/// Kills a server and the model processes of its group.
pub(super) fn kill_group(pid: u32) {
    signal_group(pid, Signal::KILL);
}

/// Asks a server to finish what it has and leave.
pub(super) fn stop_group_leader(pid: u32) {
    // the server alone: model processes leave when it tells them to
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = rustix::process::kill_process(pid, Signal::TERM);
    }
}

fn signal_group(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(pid, signal); // no such group: nothing left to kill
    }
}

fn is_ours(proc: &Path, layout: &Layout) -> bool {
    // a zombie has an empty command line
    let Ok(command_line) = fs::read(proc.join("cmdline")) else {
        return false;
    };
    let ours = format!("--backend-directory={}", layout.backends().display());
    command_line.split(|b| *b == 0).any(|argument| argument == ours.as_bytes())
}

/// Removes shared memory whose name begins with `prefix`. Its owner must be dead.
pub(super) fn sweep_shared_memory(prefix: &str) {
    sweep(Path::new("/dev/shm"), prefix);
}

fn sweep(folder: &Path, prefix: &str) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.filter_map(Result::ok) {
        if entry.file_name().to_str().is_some_and(|name| name.starts_with(prefix)) {
            match fs::remove_file(entry.path()) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => {
                    tracing::warn!(error = %e, path = %entry.path().display(), "cannot remove shared memory");
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{os::unix::process::CommandExt, process::Command};

    use testkit::eventually::eventually;

    use super::*;

    #[tokio::test]
    async fn a_server_that_outlived_its_supervisor_is_killed_and_a_stranger_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::claim(folder.path()).unwrap();
        let start = async |argument: String| {
            let mut command = Command::new("sleep");
            let child = command.arg0(argument).arg("600").process_group(0).spawn().unwrap();
            let command_line = format!("/proc/{}/cmdline", child.id());
            let there = async || fs::read(&command_line).is_ok_and(|c| !c.is_empty()).then_some(());
            eventually("a command line", GONE_WITHIN, there).await;
            child
        };
        let mut stranger = start("somebody-else".to_owned()).await;
        fs::write(layout.pid_file(), stranger.id().to_string()).unwrap();
        kill_stale_server(&layout).await;
        assert_eq!(stranger.try_wait().unwrap(), None);
        stranger.kill().unwrap();
        stranger.wait().unwrap();

        let mut server = start(format!("--backend-directory={}", layout.backends().display())).await;
        fs::write(layout.pid_file(), server.id().to_string()).unwrap();
        kill_stale_server(&layout).await;
        assert!(!server.wait().unwrap().success());
        assert!(!layout.pid_file().exists());
    }

    #[test]
    fn only_shared_memory_of_our_prefix_is_swept() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["violet_aa_1", "violet_aa_2", "violet_bb_1", "other"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        sweep(folder.path(), "violet_aa_");
        let mut left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["other", "violet_bb_1"]);
    }
}
