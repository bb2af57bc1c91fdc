//! The pretend chain of a stack: a development chain in this process, on which miners and a validator are registered.
//!
//! It begins anew with every start and nothing on it has a value; `chain-svc/devchain/README.md` says what it is not. Its
//! wallets stay, in the data folder.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use chain_svc::{
    Config, Flags, KeyNames, Names,
    chain::{Account, Chain},
    register,
    submit::{Journal, Submitter},
    wallet::{Kept, Wallet},
};
use devchain::{BlockTime, Devchain, Genesis, Options};
use process::{clock::Clock, exit::BadSetup};
use zeroize::Zeroizing;

/// The subnet.
const NETUID: u16 = 49;
/// The wallet of everybody on it.
const WALLET: &str = "demo";
/// The hotkey with a permit, which chain-svc signs with.
const VALIDATOR: &str = "validator";
/// Miners on it at least, so that there is something to weigh.
const MINERS: usize = 2;

/// Time between two blocks: short enough to see things happen, long enough to cost a laptop nothing.
const BLOCK: Duration = Duration::from_secs(2);
/// Rao that the coldkey has, and that the validator has staked.
const RICHES: u64 = 1_000_000_000_000;
/// Rao that each hotkey has for fees.
const POCKET_MONEY: u64 = 1_000_000_000;
/// Blocks made before the stack is ready: the validator's limit of rate, so that it can set weights at once.
const HEAD_START: u64 = 10;
/// How often it is looked whether a transaction waits for a block.
const LOOK: Duration = Duration::from_millis(10);

/// How many take part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crew {
    /// Miners.
    pub miners: usize,
    /// Validators.
    pub validators: usize,
}

/// A running pretend chain.
pub struct Pretend {
    node: Devchain,
    config: Config,
    neurons: Vec<Registered>,
}

/// A neuron on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// The name of its hotkey in the wallet.
    pub name: String,
    /// Its address.
    pub hotkey: Account,
    /// Its place.
    pub uid: u16,
}

impl Pretend {
    /// Starts it on a free loopback port, with its wallets in `folder`, and registers everybody: at least one validator and
    /// two miners.
    ///
    /// # Errors
    /// When the folder or its wallets can't be used.
    pub async fn start(folder: &Path, crew: Crew, clock: &Clock) -> anyhow::Result<Self> {
        let wallets = folder.join("wallets");
        let payer = coldkey(&wallets)?;
        // another first block at every start: what was sent to the chain before this one is of another chain
        let time_ms = u64::try_from(clock.micros() / 1000).unwrap_or_default();
        let mut genesis = Genesis { time_ms, ..Genesis::default() };
        genesis.account.push(devchain::Account { key: payer.to_string(), free: RICHES });
        let options = Options { genesis, block_time: BlockTime::Every(BLOCK), ..Options::default() };
        let node = Devchain::start(options).await.context("start the pretend chain")?;
        let journals = folder.join("journal");
        if journals.exists() {
            std::fs::remove_dir_all(&journals).with_context(|| format!("empty {}", journals.display()))?;
        }
        let config = settings(&node.url(), &wallets, journals)?;
        let mut pretend = Self { node, config, neurons: Vec::new() };
        pretend.populate(crew, clock).await.context("register on the pretend chain")?;
        Ok(pretend)
    }

    /// Where it is reached.
    #[must_use]
    pub fn url(&self) -> String {
        self.node.url()
    }

    /// The chain itself, to look at and to disturb.
    #[must_use]
    pub const fn node(&self) -> &Devchain {
        &self.node
    }

    /// Everybody registered, the validator first.
    #[must_use]
    pub fn neurons(&self) -> &[Registered] {
        &self.neurons
    }

    /// Those of them that mine.
    pub fn miners(&self) -> impl Iterator<Item = &Registered> {
        self.neurons.iter().filter(|n| !n.name.starts_with(VALIDATOR))
    }

    /// Settings with which a miner signs its pairings with the hotkey of this number, for the validator.
    #[must_use]
    pub fn signs_for(&self, number: usize) -> Vec<(String, String)> {
        let operator = self.neurons.first().map(|n| n.hotkey.to_string()).unwrap_or_default();
        let wallets = self.config.wallet.path.clone();
        [
            ("INFERENCE__SCHEDULER_HOTKEY", operator),
            ("INFERENCE__WALLET__PATH", wallets),
            ("INFERENCE__WALLET__NAME", WALLET.to_owned()),
            ("INFERENCE__WALLET__HOTKEY", miner_name(number)),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    /// How chain-svc signs for the first validator on it.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// How chain-svc signs for the validator with this number.
    #[must_use]
    pub fn config_of(&self, number: usize) -> Config {
        let mut config = self.config.clone();
        config.wallet.hotkey = validator_name(number);
        config
    }

    /// Stops it; what was on it is gone.
    pub async fn stop(self) {
        self.node.stop().await;
    }

    /// Registers everybody; then gives what no rule of the pretend chain gives: the subnet to the operator, stake and permit to
    /// the validators.
    async fn populate(&mut self, crew: Crew, clock: &Clock) -> anyhow::Result<()> {
        let (miners, validators) = (1..=crew.miners.max(MINERS), 1..=crew.validators.max(1));
        // the first validator stands first: it operates the scheduler
        let mut names: Vec<String> = validators.map(validator_name).collect();
        names.splice(1..1, miners.map(miner_name));
        self.enrol(names, clock).await?;
        if let Some(operator) = self.neurons.first() {
            // whose gateway it is: validators sign their requests for the subnet's owner
            let owner = operator.hotkey.to_string();
            self.node.set(NETUID, "SubnetOwnerHotkey", &owner.into())?;
        }
        for validator in self.neurons.iter().filter(|n| n.name.starts_with(VALIDATOR)) {
            self.node.set_permit(NETUID, validator.uid, true)?;
            self.node.set_stake(NETUID, &validator.hotkey.to_string(), RICHES)?;
        }
        self.node.advance(HEAD_START)?;
        Ok(())
    }

    /// Registers one more miner, with this number.
    ///
    /// # Errors
    /// When its wallet can't be used, or the chain refuses it.
    pub async fn join(&mut self, number: usize, clock: &Clock) -> anyhow::Result<()> {
        self.enrol(vec![miner_name(number)], clock).await
    }

    /// Registers as people do, by signed transactions that cost the price, and gives money for fees.
    async fn enrol(&mut self, names: Vec<String>, clock: &Clock) -> anyhow::Result<()> {
        let wallets = PathBuf::from(&self.config.wallet.path);
        let chain: Arc<dyn Chain> = Arc::new(chain_svc::connect(&self.config, clock.clone())?);
        let payer = Wallet::new(&wallets, WALLET, VALIDATOR)?.coldkey(None)?;
        let account = payer.account();
        let journal = Journal::open(&self.config.data.join(format!("{account}.journal")))?;
        let submitter = Submitter::new(chain.clone(), payer, journal, clock.clone(), self.config.patience);
        for name in names {
            let hotkey = hotkey(&wallets, &name)?;
            let quote = register::quote(&*chain, NETUID, &hotkey, &account).await?;
            let paid = register::register(&submitter, NETUID, hotkey, quote.now.burn, &quote);
            self.making_blocks(paid).await??;
            let uid = chain.registration(NETUID, &hotkey).await?.uid;
            let uid = uid.with_context(|| format!("{name} was registered and has no uid"))?;
            self.node.set_balance(&hotkey.to_string(), POCKET_MONEY)?;
            self.neurons.push(Registered { name, hotkey, uid });
        }
        Ok(())
    }

    /// Does `work`, and does not let its transactions wait for the next block.
    async fn making_blocks<T>(&self, work: impl Future<Output = T>) -> anyhow::Result<T> {
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return Ok(done),
                () = tokio::time::sleep(LOOK) => {
                    if self.node.pending() > 0 {
                        self.node.make_block()?;
                    }
                }
            }
        }
    }
}

fn validator_name(number: usize) -> String {
    if number == 1 { VALIDATOR.to_owned() } else { format!("{VALIDATOR}-{number}") }
}

fn miner_name(number: usize) -> String {
    format!("miner-{number}")
}

/// The settings of chain-svc on it. Nothing of the user's own is taken over: no key of theirs signs here.
fn settings(url: &str, wallets: &Path, data: PathBuf) -> Result<Config, BadSetup> {
    let wallet = KeyNames {
        path: Some(wallets.display().to_string()),
        name: Some(WALLET.to_owned()),
        hotkey: Some(VALIDATOR.to_owned()),
    };
    let names = Names { netuid: Some(NETUID.to_string()), wallet };
    let flags = Flags { network: Some(url.to_owned()), names, ..Flags::default() };
    let mut config = flags.load(std::iter::empty())?;
    config.data = data;
    // its blocks carry a time that runs slower than the clock
    config.subtensor.max_age = Duration::ZERO;
    config.subtensor.poll = BLOCK;
    config.stale_after = BLOCK * 10;
    Ok(config)
}

/// The coldkey, made at the first start; it is worth nothing and lies in the open.
fn coldkey(wallets: &Path) -> anyhow::Result<Account> {
    let wallet = Wallet::new(wallets, WALLET, VALIDATOR)?;
    if wallet.coldkey_kept()? == Kept::Nowhere {
        let seed = format!("{:032x}{:032x}", process::id::random(), process::id::random());
        return Ok(wallet.import_worthless_coldkey(&Zeroizing::new(seed))?);
    }
    Ok(wallet.coldkey_account()?)
}

fn hotkey(wallets: &Path, name: &str) -> anyhow::Result<Account> {
    let wallet = Wallet::new(wallets, WALLET, name)?;
    if wallet.hotkey_kept()? == Kept::Nowhere {
        return Ok(wallet.create_hotkey(&Zeroizing::new(process::id::random().to_le_bytes()))?.account);
    }
    Ok(wallet.hotkey(None)?.account())
}

#[cfg(test)]
mod tests;
