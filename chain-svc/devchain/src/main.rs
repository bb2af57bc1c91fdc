//! `devchain`: a development chain on a port of its own.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context;
use clap::Parser;
use devchain::{BlockTime, Devchain, Genesis, Options};

/// A JSON-RPC server over the recorded metadata of a subtensor runtime. It is no node: nothing here has a value, no
/// rule is promised to be the network's.
#[derive(Parser)]
#[command(version)]
struct Cli {
    /// Where to listen; port 0 is any free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The first block; the default has subnets 1, 49 and 424 and the development keys.
    #[arg(long)]
    genesis: Option<PathBuf>,
    /// When blocks are made: instant (one per transaction), manual (only by dev_makeBlock), or a time such as 250ms.
    #[arg(long, default_value = "instant")]
    block_time: BlockTime,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let genesis = match &cli.genesis {
        None => Genesis::default(),
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
            Genesis::parse(&text).with_context(|| format!("read {}", path.display()))?
        }
    };
    let options = Options { listen: cli.listen, genesis, block_time: cli.block_time, ..Options::default() };
    let chain = Devchain::start(options).await?;
    #[expect(clippy::print_stdout, reason = "the address is this program's answer")]
    {
        println!("{}", chain.url());
    }
    tokio::signal::ctrl_c().await?;
    chain.stop().await;
    Ok(())
}
