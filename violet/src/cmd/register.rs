//! `violet register`: a place for a hotkey on a subnet, paid by the coldkey, for no more than a limit.

use std::{io::IsTerminal as _, io::Write as _, sync::Arc};

use anyhow::Context as _;
use chain_svc::{
    AxonNames, Config,
    chain::{Account, Chain, Keypair},
    register::{self, Quote},
    submit::{Journal, SubmitError, Submitter},
    wallet::{Kept, Wallet},
};
use process::{clock::Clock, exit::BadSetup};

use crate::{cli::Register, cmd::wallet::setup, home::Home, network, secret, tao::Tao};

/// Shows the price, takes or asks for the limit, registers, and waits for the outcome.
///
/// # Errors
/// [`BadSetup`] with the way out; the chain's refusal in one sentence.
pub async fn run(options: &Register) -> anyhow::Result<()> {
    let config = network::config(&options.network, &options.names, &AxonNames::default(), std::env::vars())?;
    let (clock, wallet) = (Clock::system(), config.wallet.wallet()?);
    let payer = wallet.coldkey_account().map_err(setup)?;
    let hotkey = wallet.hotkey_account().map_err(setup)?;
    let chain: Arc<dyn Chain> = Arc::new(chain_svc::connect(&config, clock.clone())?);
    let quote = register::quote(&*chain, config.netuid, &hotkey, &payer).await?;
    println!("hotkey    {hotkey}");
    println!("coldkey   {payer} has {}", Tao::from_rao(quote.balance));
    let price = Tao::from_rao(quote.now.burn);
    if let Some(uid) = quote.now.uid {
        println!("registered on subnet {} already, as uid {uid}: nothing was sent", config.netuid);
        return Ok(());
    }
    let block = quote.now.head.number;
    println!("price     {price} on subnet {} at block {block}; it changes with every block", config.netuid);
    let limit = match options.limit {
        Some(limit) => limit,
        None => ask(price)?,
    };
    let key = open(&wallet, options).await?;
    if key.account() != payer {
        return Err(BadSetup(format!(
            "{} is of {}, and coldkeypub.txt beside it names {payer}: they are not of one wallet",
            wallet.coldkey_path().display(),
            key.account()
        ))
        .into());
    }
    let journal = Home::of(&options.data)?.path().join("chain").join(format!("{payer}.journal"));
    let journal = Journal::open(&journal).map_err(|e| BadSetup(e.to_string()))?;
    let submitter = Submitter::new(chain.clone(), key, journal, clock, config.patience);
    println!("sending   for at most {limit}, then waiting for the final block");
    send(&submitter, &*chain, &config, hotkey, limit, &quote).await
}

async fn send(
    submitter: &Submitter,
    chain: &dyn Chain,
    config: &Config,
    hotkey: Account,
    limit: Tao,
    quote: &Quote,
) -> anyhow::Result<()> {
    let done = register::register(submitter, config.netuid, hotkey, limit.rao(), quote).await;
    let done = done.map_err(|e| match e {
        SubmitError::Undecided { .. } => anyhow::anyhow!(
            "{e}; call `violet register` again: it looks for this transaction before it sends another"
        ),
        e => e.into(),
    })?;
    let now = chain.registration(config.netuid, &hotkey).await?;
    let uid = now.uid.context("the chain took the registration and names no uid: ask again later")?;
    let earlier = if done.replayed { ", sent by an earlier call" } else { "" };
    println!("registered as uid {uid} in block {}, transaction {}{earlier}", done.number, done.hash);
    Ok(())
}

async fn open(wallet: &Wallet, options: &Register) -> anyhow::Result<Keypair> {
    let password = match wallet.coldkey_kept().map_err(setup)? {
        Kept::Sealed => {
            let (from, path) = (options.password.clone(), wallet.coldkey_path());
            Some(tokio::task::spawn_blocking(move || secret::password(&from, &path)).await??)
        }
        Kept::Plain | Kept::Nowhere => None,
    };
    let wallet = wallet.clone();
    // seconds of computing
    Ok(tokio::task::spawn_blocking(move || wallet.coldkey(password.as_ref())).await?.map_err(setup)?)
}

fn ask(price: Tao) -> anyhow::Result<Tao> {
    if !std::io::stdin().is_terminal() {
        return Err(BadSetup(format!(
            "nothing was sent: say what you pay at most with --limit TAO; the price is {price} now"
        ))
        .into());
    }
    print!("pay at most how much TAO? (nothing: stop here) ");
    std::io::stdout().flush()?;
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    if line.trim().is_empty() {
        return Err(BadSetup("nothing was sent".to_owned()).into());
    }
    Ok(line.trim().parse().map_err(|e: crate::tao::BadTao| BadSetup(format!("nothing was sent: {e}")))?)
}
