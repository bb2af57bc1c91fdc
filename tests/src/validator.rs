//! A validator as its operator runs it: four programs that know nothing of a subnet but a wallet and the address of a gateway.

use std::{collections::BTreeMap, time::Duration};

use tempfile::TempDir;
use testkit::eventually::eventually;
use violet::client::Gateway;

use crate::program::{Program, free_port};

/// Names of the programs, in the order in which they are best stopped.
const PROGRAMS: [&str; 4] = ["scorer", "inference", "chain-svc", "storage-svc"];

/// The names of the official tools, which all programs that need them share.
pub type Names = [(&'static str, String); 5];

/// Four programs on ports that stay theirs across restarts.
pub struct Validator {
    programs: BTreeMap<&'static str, Program>,
    ports: BTreeMap<&'static str, u16>,
    names: Names,
    kinds: &'static str,
    folder: TempDir,
}

impl Validator {
    /// Starts all but the scorer, with models of these kinds (a list in TOML) for its own work.
    #[must_use]
    pub fn start(names: Names, kinds: &'static str) -> Self {
        let ports =
            PROGRAMS.into_iter().chain(["inference's admin"]).map(|name| (name, free_port())).collect();
        let folder = tempfile::tempdir().expect("a folder");
        let mut validator = Self { programs: BTreeMap::new(), ports, names, kinds, folder };
        PROGRAMS[1..].iter().rev().for_each(|name| validator.start_again(name));
        validator
    }

    /// Starts a program, again if it ran before; the scorer has [`Self::score`].
    pub fn start_again(&mut self, name: &'static str) {
        let data = self.folder.path().join(name).display().to_string();
        let env = match name {
            "storage-svc" => vec![("STORAGE_SVC__LISTEN", self.at(name)), ("STORAGE_SVC__DATA_DIR", data)],
            "chain-svc" => vec![
                ("CHAIN_SVC__LISTEN", self.at(name)),
                ("CHAIN_SVC__DATA", data),
                // a pretend chain's blocks carry a time that runs slower than the clock
                ("CHAIN_SVC__SUBTENSOR__MAX_AGE", "0s".to_owned()),
                ("CHAIN_SVC__SUBTENSOR__POLL", "1s".to_owned()),
            ],
            _ => vec![
                ("INFERENCE__SCHEDULER", String::new()),
                ("INFERENCE__REFERENCE__LISTEN", self.at(name)),
                ("INFERENCE__ADMIN", self.at("inference's admin")),
                ("INFERENCE__DATA_DIR", data),
                ("INFERENCE__MODELS__KINDS", self.kinds.to_owned()),
            ],
        };
        self.run(name, &[], &env);
    }

    /// Starts the scorer with these arguments and variables, again if it ran before. It looks at everything every second.
    pub fn score(&mut self, args: &[&str], env: &[(&'static str, &str)]) {
        let own = [
            ("SCORER__ADMIN", self.at("scorer")),
            ("SCORER__DATA_DIR", self.folder.path().join("scorer").display().to_string()),
            ("SCORER__CHAIN__URL", self.url("chain-svc")),
            ("SCORER__LEDGER__URL", self.url("storage-svc")),
            ("SCORER__REFERENCE__URL", self.url("inference")),
            ("SCORER__WORK__EVERY", "1s".to_owned()),
            ("SCORER__ROUND__EVERY", "1s".to_owned()),
            ("SCORER__ROUND__BLOCKS", "3".to_owned()),
            ("SCORER__ROUND__BEFORE_EPOCH", "0".to_owned()),
            ("SCORER__CHALLENGES__EVERY", "0s".to_owned()),
        ];
        let given = env.iter().map(|(k, v)| (*k, (*v).to_owned()));
        self.run("scorer", args, &own.into_iter().chain(given).collect::<Vec<_>>());
    }

    fn run(&mut self, name: &'static str, args: &[&str], own: &[(&'static str, String)]) {
        let env: Vec<_> = own.iter().chain(&self.names).map(|(k, v)| (*k, v.as_str())).collect();
        let program = Program::start(name, args, &env);
        self.programs.insert(name, program);
    }

    /// One of the programs.
    pub fn program(&mut self, name: &str) -> &mut Program {
        self.programs.get_mut(name).expect("it was started")
    }

    /// Where one of them is reached.
    #[must_use]
    pub fn url(&self, name: &str) -> String {
        format!("http://{}", self.at(name))
    }

    fn at(&self, name: &str) -> String {
        format!("127.0.0.1:{}", self.ports[name])
    }

    /// Waits until a program says on its admin port that nothing is in its way.
    pub async fn ready(&mut self, admin: &str, limit: Duration) {
        let face = Gateway::at(&self.url(admin)).expect("a client");
        eventually(&format!("{admin} to be ready"), limit, async || {
            for (name, program) in &mut self.programs {
                assert!(program.is_running(), "{name} ended: {}", program.said());
            }
            face.get("/readyz").await.ok()
        })
        .await;
    }

    /// What a counter without labels stands at, as a program's admin port tells; `None` before it has counted anything.
    pub async fn count(&self, admin: &str, counter: &str) -> Option<u64> {
        let told = Gateway::at(&self.url(admin)).expect("a client").bytes("/metrics").await.ok()?;
        let told = String::from_utf8(told).ok()?;
        let line = told.lines().find(|l| l.split(['{', ' ']).next() == Some(counter))?;
        line.rsplit(' ').next()?.parse().ok()
    }

    /// SIGTERM to each in turn.
    ///
    /// # Panics
    /// When one does not stop in time, or not cleanly.
    pub async fn stop(&mut self) {
        for name in PROGRAMS {
            self.program(name).stop().await;
        }
    }
}
