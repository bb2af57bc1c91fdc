//! The services of a proxy and a miner, each a program of its own.

use std::{collections::BTreeMap, time::Duration};

use tempfile::TempDir;
use testkit::eventually::eventually;
use violet::client::Gateway;

use crate::program::{Program, free_port};

const KEY: &str = "0123456789abcdef0123456789abcdef";

/// Names of the programs, in the order in which they are best stopped.
pub const SERVICES: [&str; 4] = ["inference", "gateway", "scheduler", "storage-svc"];

/// Four running programs on ports that stay theirs across restarts.
pub struct Mesh {
    programs: BTreeMap<&'static str, Program>,
    ports: BTreeMap<&'static str, u16>,
    admin: u16,
    folder: TempDir,
}

impl Default for Mesh {
    fn default() -> Self {
        let ports = SERVICES.map(|name| (name, free_port())).into();
        let folder = tempfile::tempdir().expect("a folder");
        let mut mesh = Self { programs: BTreeMap::new(), ports, admin: free_port(), folder };
        SERVICES.iter().rev().for_each(|name| mesh.start(name));
        mesh
    }
}

impl Mesh {
    /// Starts a service, again if it ran before.
    pub fn start(&mut self, name: &'static str) {
        let at = |service: &str| format!("127.0.0.1:{}", self.ports[service]);
        let uri = |service: &str| format!("http://{}", at(service));
        let data = |name: &str| self.folder.path().join(name).display().to_string();
        let env = match name {
            "storage-svc" => {
                vec![("STORAGE_SVC__LISTEN", at("storage-svc")), ("STORAGE_SVC__DATA_DIR", data("storage"))]
            }
            "scheduler" => vec![
                ("SCHEDULER__LISTEN", at("scheduler")),
                ("SCHEDULER__STORAGE", uri("storage-svc")),
                ("SCHEDULER__GATEWAY_URL", uri("gateway")),
                ("SCHEDULER__TICKET_KEY", KEY.to_owned()),
            ],
            "gateway" => vec![
                ("GATEWAY__HTTP__LISTEN", at("gateway")),
                ("GATEWAY__UPSTREAM__STORAGE", uri("storage-svc")),
                ("GATEWAY__UPSTREAM__SCHEDULER", uri("scheduler")),
                ("GATEWAY__TICKETS__KEY", KEY.to_owned()),
            ],
            _ => vec![
                ("INFERENCE__SCHEDULER", uri("scheduler")),
                ("INFERENCE__DATA_DIR", data("inference")),
                ("INFERENCE__ADMIN", format!("127.0.0.1:{}", self.admin)),
            ],
        };
        let env: Vec<(&str, &str)> = env.iter().map(|(k, v)| (*k, v.as_str())).collect();
        self.programs.insert(name, Program::start(name, &[], &env));
    }

    /// kill -9, and a new start.
    pub fn restart(&mut self, name: &'static str) {
        self.program(name).kill();
        self.start(name);
    }

    /// One of the programs.
    pub fn program(&mut self, name: &str) -> &mut Program {
        self.programs.get_mut(name).expect("one of the four")
    }

    /// The HTTP interface.
    #[must_use]
    pub fn gateway(&self) -> Gateway {
        Gateway::at(&format!("http://127.0.0.1:{}", self.ports["gateway"])).expect("a client")
    }

    /// Folder of what storage-svc keeps.
    #[must_use]
    pub fn storage_folder(&self) -> std::path::PathBuf {
        self.folder.path().join("storage")
    }

    /// Waits until the gateway has all it needs and the miner is paired with working models.
    pub async fn ready(&mut self) {
        let miner = Gateway::at(&format!("http://127.0.0.1:{}", self.admin)).expect("a client");
        let gateway = self.gateway();
        eventually("the mesh to be ready", Duration::from_secs(120), async || {
            for (name, program) in &mut self.programs {
                assert!(program.is_running(), "{name} ended: {}", program.said());
            }
            gateway.get("/readyz").await.ok()?;
            miner.get("/readyz").await.ok()
        })
        .await;
    }

    /// SIGTERM to each in turn.
    ///
    /// # Panics
    /// When one does not stop in time, or not cleanly.
    pub async fn stop(&mut self) {
        for name in SERVICES {
            self.program(name).stop().await;
        }
    }
}
