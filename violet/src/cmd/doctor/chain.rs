//! What `violet doctor` says of a chain: the wallet, whether an endpoint answers, the names it must have, the own place.

use chain_svc::{
    AxonNames, Config, Names,
    chain::{Account, Chain as _, subtensor::Subtensor},
};
use process::{clock::Clock, exit::BadSetup};

use super::{say, why};
use crate::{cli::RunningChain, cmd::wallet::setup, network, tao::Tao};

/// Looks at the chain `name`; answers with what is at fault. Asks, and sends nothing.
pub(super) async fn look(
    name: &str,
    names: &Names,
    running: Option<RunningChain>,
) -> Result<Vec<String>, BadSetup> {
    let node = running.and_then(|chain| chain.node);
    let address = match (name, node) {
        ("dev", Some(node)) => node,
        ("dev", None) => {
            return Err(BadSetup(
                "no stack with a pretend chain runs: start one with `violet up --chain dev`".into(),
            ));
        }
        (name, _) => name.to_owned(),
    };
    let mut config = network::config(&address, names, &AxonNames::default(), std::env::vars())?;
    if name == "dev" {
        // a pretend chain's own time runs slower than the clock
        config.subtensor.max_age = std::time::Duration::ZERO;
    }
    let mut faults = Vec::new();
    let hotkey = wallet(&config, &mut faults);
    let chain = chain_svc::connect(&config, Clock::system())?;
    endpoint(&chain, name, &mut faults).await;
    if let Some(hotkey) = hotkey {
        place(&chain, &config, hotkey, &mut faults).await;
    }
    Ok(faults)
}

fn wallet(config: &Config, faults: &mut Vec<String>) -> Option<Account> {
    match config.wallet.hotkey() {
        Ok(key) => {
            let coldkey = match config.wallet.wallet().map(|wallet| wallet.coldkey_account()) {
                Ok(Ok(account)) => format!("coldkey {account}"),
                Ok(Err(e)) => format!("no coldkeypub.txt ({})", setup(e)),
                Err(e) => e.to_string(),
            };
            let (name, hotkey) = (&config.wallet.name, &config.wallet.hotkey);
            say("wallet", &format!("{name}, hotkey {hotkey} {}, {coldkey}", key.account()));
            Some(key.account())
        }
        Err(e) => {
            say("wallet", &format!("{e}; make one with `violet wallet new`"));
            faults.push(e.to_string());
            None
        }
    }
}

async fn endpoint(chain: &Subtensor, name: &str, faults: &mut Vec<String>) {
    match chain.facts().await {
        Ok(facts) => {
            let head = facts.head;
            say(
                "network",
                &format!("{name}: {} answers, block {}, spec {}", facts.endpoint, head.number, head.spec),
            );
            let lacks = match facts.lacks.as_slice() {
                [] => "every name that is used is there".to_owned(),
                lacks => format!("every name that is needed is there; done without: {}", lacks.join(", ")),
            };
            say("names", &lacks);
        }
        Err(e) => {
            let what =
                if matches!(e, chain_svc::chain::ChainError::Names { .. }) { "names" } else { "network" };
            let why = why(e);
            say(what, &format!("{name}: {why}"));
            faults.push(why);
        }
    }
}

async fn place(chain: &Subtensor, config: &Config, hotkey: Account, faults: &mut Vec<String>) {
    match chain.registration(config.netuid, &hotkey).await {
        Ok(now) => {
            let place = match (now.uid, now.allowed) {
                (Some(uid), _) => format!("the hotkey is uid {uid}"),
                (None, true) => {
                    format!(
                        "the hotkey is not registered; `violet register` costs {} now",
                        Tao::from_rao(now.burn)
                    )
                }
                (None, false) => "the hotkey is not registered, and nobody is at present".to_owned(),
            };
            say("subnet", &format!("{}: {place}", config.netuid));
        }
        Err(e) => {
            let why = why(e);
            if faults.iter().all(|known| *known != why) {
                say("subnet", &format!("{}: {why}", config.netuid));
                faults.push(why);
            }
        }
    }
}
