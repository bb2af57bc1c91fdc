//! A built program of the workspace, run as a child of the test.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

/// Time for a program to finish what it is at.
const DRAIN: Duration = Duration::from_secs(40);

/// A child process; killed when dropped.
pub struct Program {
    name: String,
    child: Child,
    said: Arc<Mutex<String>>,
}

/// A port that was free a moment ago, for a program that is to have the same one again.
#[must_use]
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// Where cargo put a program of this workspace.
///
/// # Panics
/// When it was not built: `cargo build --workspace --bins` builds it.
#[must_use]
pub fn path(name: &str) -> PathBuf {
    let own = std::env::current_exe().expect("the test's own path");
    let folder = own.ancestors().find(|a| a.join("deps").is_dir()).expect("cargo's target folder");
    let path = folder.join(name);
    assert!(path.is_file(), "{} is not built: cargo build --workspace --bins", path.display());
    path
}

impl Program {
    /// Starts a program of the workspace.
    #[must_use]
    pub fn start(name: &str, args: &[&str], env: &[(&str, &str)]) -> Self {
        let mut child = Command::new(path(name))
            .args(args)
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("start {name}: {e}"));
        let said = Arc::new(Mutex::new(String::new()));
        let streams: [Box<dyn std::io::Read + Send>; 2] =
            [Box::new(child.stdout.take().expect("piped")), Box::new(child.stderr.take().expect("piped"))];
        for stream in streams {
            let said = said.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    said.lock().expect("no writer panics").push_str(&(line + "\n"));
                }
            });
        }
        Self { name: name.to_owned(), child, said }
    }

    /// Its process.
    #[must_use]
    pub fn pid(&self) -> i32 {
        i32::try_from(self.child.id()).expect("a pid fits")
    }

    /// What it has printed so far, both streams.
    #[must_use]
    pub fn said(&self) -> String {
        self.said.lock().expect("no writer panics").clone()
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("a child can be asked").is_none()
    }

    /// Waits for its end.
    pub async fn end(&mut self) -> ExitStatus {
        loop {
            if let Some(status) = self.child.try_wait().expect("a child can be asked") {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// kill -9.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// SIGTERM.
    pub fn terminate(&self) {
        let pid = rustix::process::Pid::from_raw(self.pid()).expect("a pid");
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }

    /// SIGTERM, and its end.
    ///
    /// # Panics
    /// When it does not stop in time, or not cleanly.
    pub async fn stop(&mut self) {
        self.terminate();
        let ended = tokio::time::timeout(DRAIN, self.end()).await;
        let status = ended.unwrap_or_else(|_| panic!("{} does not stop: {}", self.name, self.said()));
        assert!(status.success(), "{} ended with {status}: {}", self.name, self.said());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Processes whose command line holds `part` and whose ancestors include `ancestor`.
#[must_use]
pub fn descendants(ancestor: i32, part: &str) -> Vec<i32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
    let pids = entries.filter_map(|e| e.file_name().to_str()?.parse::<i32>().ok());
    let command = |pid: i32| {
        std::fs::read(Path::new("/proc").join(pid.to_string()).join("cmdline")).unwrap_or_default()
    };
    let named = |pid: &i32| String::from_utf8_lossy(&command(*pid)).contains(part);
    pids.filter(named).filter(|pid| ancestors(*pid).contains(&ancestor)).collect()
}

fn ancestors(mut pid: i32) -> Vec<i32> {
    let mut chain = Vec::new();
    while pid > 1 {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // the name is in parentheses and may hold anything
        let parent = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse().ok());
        let Some(parent) = parent else { break };
        chain.push(parent);
        pid = parent;
    }
    chain
}
