//! A child process whose life is tied to ours.

use std::{
    collections::VecDeque,
    io::{self, BufRead, BufReader, Read},
    path::Path,
    process::{Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use tokio::sync::{oneshot, watch};

use super::logs::Line;

/// Lines of output kept to explain a death.
const KEPT: usize = 12;
/// Longest line taken; a model that prints without line breaks must not fill the memory.
const LONGEST_LINE: u64 = 16 << 10;
/// Where util-linux puts the program that asks the kernel to signal a child when its parent dies.
const SETPRIV: [&str; 2] = ["/usr/bin/setpriv", "/bin/setpriv"];

/// A running process.
#[derive(Debug)]
pub(super) struct Child {
    /// Its id, and that of its process group.
    pub pid: u32,
    exit: watch::Receiver<Option<String>>,
    last_words: Arc<Mutex<VecDeque<String>>>,
}

/// A command that is killed by the kernel when the thread that spawned it dies, where the system can do that.
pub(super) fn tied(program: &Path) -> Command {
    match SETPRIV.iter().find(|p| Path::new(p).is_file()) {
        Some(setpriv) => {
            let mut command = Command::new(setpriv);
            command.args(["--pdeathsig", "TERM", "--"]).arg(program);
            command
        }
        None => Command::new(program), // the pid file is what is left then
    }
}

/// Starts the command and turns its output into events.
///
/// One thread spawns and waits, so that it lives exactly as long as the child: the kernel's promise of
/// [`tied`] is about that thread, and threads of a runtime come and go.
pub(super) async fn spawn(mut command: Command) -> io::Result<Child> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let last_words = Arc::new(Mutex::new(VecDeque::new()));
    let (started, start) = oneshot::channel();
    let (exited, exit) = watch::channel(None);
    let words = last_words.clone();
    thread::Builder::new().name("triton".to_owned()).spawn(move || {
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(e) => return drop(started.send(Err(e))),
        };
        let readers = [
            child.stdout.take().map(|out| listen(out, words.clone())),
            child.stderr.take().map(|out| listen(out, words)),
        ];
        let _ = started.send(Ok(child.id()));
        let ended = child.wait().map_or_else(|e| e.to_string(), describe);
        // the pipes may outlive the server in the hands of a model process: nobody waits for them
        drop(readers);
        let _ = exited.send(Some(ended));
    })?;
    let pid = start.await.map_err(|_| io::Error::other("the thread that starts the server is gone"))??;
    Ok(Child { pid, exit, last_words })
}

impl Child {
    /// Waits for the end; says how it ended. May be called again.
    pub(super) async fn exited(&self) -> String {
        let mut exit = self.exit.clone();
        let ended = exit.wait_for(Option::is_some).await.map(|e| e.clone());
        ended.ok().flatten().unwrap_or_else(|| "it is gone".to_owned())
    }

    /// Whether it has ended.
    pub(super) fn is_gone(&self) -> bool {
        self.exit.borrow().is_some()
    }

    /// What it said last, oldest first.
    pub(super) fn last_words(&self) -> String {
        let words = self.last_words.lock().unwrap_or_else(PoisonError::into_inner);
        words.iter().map(String::as_str).collect::<Vec<_>>().join("; ")
    }
}

fn listen(
    out: impl Read + Send + 'static,
    last_words: Arc<Mutex<VecDeque<String>>>,
) -> Option<thread::JoinHandle<()>> {
    let read = move || {
        let mut out = BufReader::new(out);
        let mut raw = Vec::new();
        while (&mut out).take(LONGEST_LINE).read_until(b'\n', &mut raw).is_ok_and(|n| n > 0) {
            if let Some(line) = Line::parse(&String::from_utf8_lossy(&raw)) {
                line.emit();
                if !line.telling {
                    raw.clear();
                    continue;
                }
                let mut words = last_words.lock().unwrap_or_else(PoisonError::into_inner);
                if words.len() == KEPT {
                    words.pop_front();
                }
                words.push_back(line.text);
            }
            raw.clear();
        }
    };
    thread::Builder::new().name("triton-log".to_owned()).spawn(read).ok()
}

fn describe(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("it left with code {code}"),
        (None, Some(signal)) => format!("it was killed by signal {signal}"),
        (None, None) => "it is gone".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use testkit::eventually::eventually;

    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = tied(Path::new("/bin/sh"));
        command.args(["-c", script]);
        command
    }

    #[tokio::test]
    async fn a_child_tells_how_it_ended_and_what_it_said_last() {
        let child = spawn(shell("for i in 1 2 3 4 5 6 7 8 9 10 11 12 13; do echo line $i; done; exit 7"))
            .await
            .unwrap();
        assert_eq!(child.exited().await, "it left with code 7");
        assert_eq!(child.exited().await, "it left with code 7");
        assert!(child.is_gone());
        let all = async || child.last_words().ends_with("line 13").then_some(());
        eventually("all lines", Duration::from_secs(20), all).await;
        assert!(child.last_words().starts_with("line 2;"), "{}", child.last_words());
    }

    #[tokio::test]
    async fn a_killed_child_names_the_signal() {
        let child = spawn(shell("kill -9 $$")).await.unwrap();
        assert_eq!(child.exited().await, "it was killed by signal 9");
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_an_error() {
        assert!(spawn(Command::new("/nowhere/tritonserver")).await.is_err());
    }
}
