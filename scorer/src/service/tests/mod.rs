//! A validator between a gateway, a chain, a ledger and an inference that do what a test tells them to.

pub(crate) mod chain;
mod challenges;
mod flow;
pub(crate) mod gateway;
pub(crate) mod ledger;
pub(crate) mod oracle;
mod rounds;

pub(crate) use chain::subnet;

use std::sync::Arc;

use process::{Stop, health::Readiness};

use super::{Leaves, Validator, evaluate::Grader, weigh::Patience};
use crate::config::{Config, DEFAULT};
use chain::FakeChain;
use gateway::FakeGateway;
use ledger::MemoryLedger;
use oracle::FakeOracle;

pub(crate) struct Stage {
    pub(crate) gateway: FakeGateway,
    pub(crate) chain: Arc<FakeChain>,
    pub(crate) ledger: Arc<MemoryLedger>,
    pub(crate) oracle: Arc<FakeOracle>,
    folder: tempfile::TempDir,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self {
            gateway: FakeGateway::start().await,
            chain: Arc::new(FakeChain::new()),
            ledger: Arc::default(),
            oracle: Arc::default(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// A validator with these settings; a second one over the same things is the first after a restart.
    pub(crate) fn validator(&self, settings: &[(&str, &str)]) -> Arc<Validator> {
        Arc::new(self.build(settings, true))
    }

    /// The same without an inference of its own.
    pub(crate) fn without_inference(&self) -> Arc<Validator> {
        Arc::new(self.build(&[], false))
    }

    fn build(&self, settings: &[(&str, &str)], oracle: bool) -> Validator {
        let own = [
            ("SCORER__PROXY__URL".to_owned(), self.gateway.url()),
            ("SCORER__DATA_DIR".to_owned(), self.folder.path().display().to_string()),
            ("SCORER__CHALLENGES__SECRET".to_owned(), "5a".repeat(32)),
        ];
        let given = settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        let config: Config =
            process::config::load("scorer", DEFAULT, None, own.into_iter().chain(given)).unwrap();
        let oracle = oracle.then(|| self.oracle.clone() as Arc<dyn crate::service::oracle::Oracle>);
        let leaves = Leaves { chain: self.chain.clone(), ledger: self.ledger.clone(), oracle };
        Validator::new(config, leaves, Readiness::new(), Stop::new()).unwrap()
    }
}

/// One look for tasks.
pub(crate) fn grader(validator: &Arc<Validator>) -> Grader {
    Grader::new(validator.clone())
}

/// One look at the chain.
pub(crate) async fn follow(validator: &Validator) {
    validator.follow(&mut Patience::default()).await.unwrap();
}
