//! The subnet of these stories: a pretend chain, and who is on it.

use btauth::keyfile;
use process::{Stop, clock::Clock, grpc::wire};
use proto::client::ChainClient;
use testkit::eventually::eventually;
use tokio::{net::TcpListener, task::JoinHandle};
use violet::stack::{Crew, Pretend, Registered};

use super::{LIMIT, caller::Caller};

const NETUID: u16 = 49;

/// A pretend chain with two validators and a miner on it, and the operator's chain-svc.
pub(super) struct Subnet {
    pretend: Pretend,
    pub(super) uri: String,
    stop: Stop,
    serving: JoinHandle<anyhow::Result<()>>,
    folder: tempfile::TempDir,
}

impl Subnet {
    pub(super) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pretend =
            Pretend::start(folder.path(), Crew { miners: 2, validators: 1 }, &Clock::system()).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}", listener.local_addr().unwrap());
        let stop = Stop::new();
        let config = pretend.config().clone();
        let serving = tokio::spawn(chain_svc::run(config, listener, Clock::system(), stop.clone()));
        let subnet = Self { pretend, uri, stop, serving, folder };
        let second = subnet.of("miner-1");
        subnet.pretend.node().set_permit(NETUID, second.uid, true).unwrap();
        subnet.pretend.node().set_stake(NETUID, &second.hotkey.to_string(), 7_000_000_000).unwrap();
        let reader = ChainClient::new(wire(&subnet.uri).unwrap());
        let permitted = async || {
            let read = reader.metagraph().await.ok()?;
            (read.neurons.iter().filter(|n| n.permit && n.stake > 0).count() == 2).then_some(())
        };
        eventually("the second permit to be read", LIMIT, permitted).await;
        subnet
    }

    fn of(&self, name: &str) -> Registered {
        self.pretend.neurons().iter().find(|n| n.name == name).cloned().unwrap()
    }

    /// A caller of this name, at a gateway of this operator.
    pub(super) fn caller(&self, name: &str, gateway: &str) -> Caller {
        let key = || keyfile::read(&keyfile::path(&self.wallets(), "demo", name).unwrap()).unwrap();
        Caller {
            key: key(),
            uid: self.of(name).uid,
            receiver: self.of("validator").hotkey,
            gateway: gateway.to_owned(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }

    fn wallets(&self) -> std::path::PathBuf {
        self.folder.path().join("wallets")
    }

    pub(super) async fn stop(self) {
        self.stop.cancel();
        self.serving.await.unwrap().unwrap();
        self.pretend.stop().await;
    }
}
