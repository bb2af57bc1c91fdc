//! kill -9 anywhere: every task that was acknowledged finishes, once.
//!
//! A share of the full size runs by default. The full size: `VIOLET_TASKS=50 cargo nextest run --workspace kill_9`.
//! The seed fixes what is killed and when; what happens in between is up to the machine.

use std::{collections::BTreeMap, net::TcpListener, path::Path, time::Duration};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use testkit::eventually::eventually;
use tests::{Mesh, Program, media, mesh::SERVICES, program::descendants};
use violet::client::{Ask, Gateway};

const SEED: u64 = 20_261_121;

fn tasks() -> usize {
    std::env::var("VIOLET_TASKS").ok().and_then(|n| n.parse().ok()).unwrap_or(8)
}

/// A whole stack in one program that can be killed and started again on the same folder and port.
struct Up {
    program: Program,
    port: u16,
    data: String,
}

impl Up {
    fn start(port: u16, data: &str) -> Program {
        Program::start("violet", &["up", "--http-port", &port.to_string(), "--data-dir", data], &[])
    }

    fn new(folder: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let data = folder.join("data").display().to_string();
        Self { program: Self::start(port, &data), port, data }
    }

    fn gateway(&self) -> Gateway {
        Gateway::at(&format!("http://127.0.0.1:{}", self.port)).unwrap()
    }

    /// Kills one of the processes, starts again what does not come back by itself, and says what it was.
    async fn kill(&mut self, chance: u32) -> &'static str {
        let victims = |part: &str| descendants(self.program.pid(), part);
        match chance % 3 {
            0 => {
                self.program.kill();
                self.program = Self::start(self.port, &self.data);
                self.ready().await;
                "the whole stack"
            }
            1 => {
                kill_all(&victims("bin/tritonserver"));
                "triton"
            }
            _ => {
                kill_all(&victims("triton_python_backend_stub"));
                "the python stubs"
            }
        }
    }

    async fn ready(&mut self) {
        let gateway = self.gateway();
        eventually("the stack to be ready", Duration::from_secs(120), async || {
            assert!(self.program.is_running(), "violet ended: {}", self.program.said());
            gateway.get("/readyz").await.ok()
        })
        .await;
    }
}

fn kill_all(pids: &[i32]) {
    for pid in pids.iter().filter_map(|p| Pid::from_raw(*p)) {
        let _ = kill_process(pid, Signal::KILL);
    }
}

/// Four seconds of speech each, all different, or two tasks would share one input.
struct Clips<'a> {
    folder: &'a Path,
    samples: Vec<i16>,
}

impl<'a> Clips<'a> {
    async fn new(folder: &'a Path) -> Self {
        Self { folder, samples: media::austen_samples().await }
    }

    /// Sends a clip; returns its task if the gateway acknowledged it.
    async fn submit(&self, n: usize, gateway: &Gateway, chance: &mut StdRng) -> Option<String> {
        let begin = chance.random_range(0..self.samples.len() - 16_000 * 4);
        let file = self.folder.join(format!("{n}.wav"));
        std::fs::write(&file, media::wav(16_000, &self.samples[begin..begin + 16_000 * 4])).unwrap();
        let ask = Ask::transcription(&file, "en");
        let submitted = gateway.submit(&ask).await;
        submitted.inspect_err(|e| println!("task {n} was not acknowledged, so nothing is owed: {e:#}")).ok()
    }
}

async fn all_answered_once(gateway: &Gateway, tasks: &[String]) {
    for task in tasks {
        let ended = tokio::time::timeout(Duration::from_secs(180), gateway.follow(task, |_| {})).await;
        let end = ended.unwrap_or_else(|_| panic!("task {task} never ends")).unwrap();
        assert_eq!(end.status, "completed", "task {task}: {:?}", end.failure);
        let whole: Value = gateway.get(&format!("/api/v1/tasks/{task}")).await.unwrap();
        assert_eq!(
            whole["responses"].as_array().unwrap().len(),
            1,
            "task {task} was answered twice: {whole}"
        );
        gateway.result("transcription", task, "text").await.unwrap();
    }
    let listed = gateway.get("/api/v1/tasks?limit=200").await.unwrap().as_array().unwrap().len();
    assert!(listed >= tasks.len(), "{listed} tasks are listed, {} were acknowledged", tasks.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_survive_kill_9_of_any_service() {
    // L1, L9, D1, D2, Q1
    tests::cluster::prepared().await;
    let folder = tempfile::tempdir().unwrap();
    let (mut mesh, mut chance) = (Mesh::default(), StdRng::seed_from_u64(SEED + 1));
    mesh.ready().await;
    let clips = Clips::new(folder.path()).await;
    let (mut acknowledged, mut killed) = (Vec::new(), BTreeMap::new());
    for n in 0..tasks() {
        acknowledged.extend(clips.submit(n, &mesh.gateway(), &mut chance).await);
        tokio::time::sleep(Duration::from_millis(chance.random_range(0..1_500))).await;
        let name = SERVICES[n % SERVICES.len()];
        mesh.restart(name);
        mesh.ready().await;
        *killed.entry(name).or_insert(0) += 1;
    }
    println!("seed {}: {} tasks acknowledged, killed {killed:?}", SEED + 1, acknowledged.len());
    all_answered_once(&mesh.gateway(), &acknowledged).await;
    mesh.stop().await;
    no_half_files(&mesh.storage_folder());
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_survive_kill_9_of_the_stack_and_of_its_children() {
    // L1, L9, D1, Q2
    tests::cluster::prepared().await;
    let folder = tempfile::tempdir().unwrap();
    let (mut up, mut chance) = (Up::new(folder.path()), StdRng::seed_from_u64(SEED));
    up.ready().await;
    let clips = Clips::new(folder.path()).await;
    let (mut acknowledged, mut killed) = (Vec::new(), BTreeMap::new());
    for n in 0..tasks() {
        acknowledged.extend(clips.submit(n, &up.gateway(), &mut chance).await);
        if n % 2 == 1 {
            tokio::time::sleep(Duration::from_millis(chance.random_range(0..2_500))).await;
            *killed.entry(up.kill(chance.random()).await).or_insert(0) += 1;
        }
    }
    println!("seed {SEED}: {} tasks acknowledged, killed {killed:?}", acknowledged.len());
    up.ready().await;
    all_answered_once(&up.gateway(), &acknowledged).await;
    up.program.terminate();
    up.program.end().await;
    no_half_files(Path::new(&up.data).join("storage").as_path());
}

/// Every blob is what its name says.
fn no_half_files(folder: &Path) {
    let mut folders = vec![folder.to_owned()];
    let mut blobs = 0;
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                folders.push(path);
            } else if name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit()) {
                let digest = Sha256::digest(std::fs::read(&path).unwrap());
                let hex: String = digest.iter().map(|b| format!("{b:02x}")).collect();
                assert_eq!(hex, name, "{} holds other bytes", path.display());
                blobs += 1;
            }
        }
    }
    assert!(blobs > 0, "no blob was found in {}", folder.display());
}
