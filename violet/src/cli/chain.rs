//! The commands around a chain: registering, weights.

use chain_svc::Names;
use clap::{Args, Subcommand};

use super::{DataDir, PasswordFrom};

/// Options of `violet register`.
#[derive(Debug, Clone, Args)]
pub struct Register {
    /// finney, test, local, or an address such as ws://127.0.0.1:9944
    #[arg(long = "subtensor.network", visible_alias = "chain", env = "BT_NETWORK", default_value = "finney")]
    pub network: String,
    /// What is registered, and by which coldkey
    #[command(flatten)]
    pub names: Names,
    /// Pay at most this much TAO; asked for when left out
    #[arg(long, value_name = "TAO")]
    pub limit: Option<crate::tao::Tao>,
    /// The coldkey's password
    #[command(flatten)]
    pub password: PasswordFrom,
    /// Where it is written down what was sent, so that nothing is paid twice
    #[command(flatten)]
    pub data: DataDir,
}

/// Options of `violet weights`.
#[derive(Debug, Clone, Args)]
pub struct Weights {
    /// What to do with them.
    #[command(subcommand)]
    pub command: WeightsCommand,
}

/// What can be done with weights.
#[derive(Debug, Clone, Subcommand)]
pub enum WeightsCommand {
    /// Set the weights of this stack's validator
    Set {
        /// The weight of each neuron, such as 2=3 5=1; only ratios count, and whoever is left out gets none
        #[arg(required = true, value_name = "UID=WEIGHT", value_parser = weight)]
        weights: Vec<(u32, f64)>,
        /// Tells this setting from every other; given again, it answers with what became of it [default: a new name]
        #[arg(long)]
        round: Option<String>,
        /// The version of the rules that made the weights
        #[arg(long, default_value_t = 0)]
        version_key: u64,
        /// Which chain-svc
        #[command(flatten)]
        service: ChainSvc,
    },
    /// Show what the chain stores of a validator's weights, and what was sent for them
    Show {
        /// Whose [default: this stack's validator]
        #[arg(long)]
        uid: Option<u32>,
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// Which chain-svc
        #[command(flatten)]
        service: ChainSvc,
    },
}

/// Where chain-svc is.
#[derive(Debug, Clone, Args)]
pub struct ChainSvc {
    /// The chain service, http://host:port [default: that of the stack of the data folder, else http://127.0.0.1:7104]
    #[arg(long, env = "VIOLET_CHAIN_SVC")]
    pub chain_svc: Option<String>,
    /// Which stack, when none is given
    #[command(flatten)]
    pub data: DataDir,
}

fn weight(text: &str) -> Result<(u32, f64), String> {
    let form = || format!("\"{text}\" is no weight: write UID=WEIGHT, such as 2=0.5");
    let (uid, weight) = text.split_once('=').ok_or_else(form)?;
    let weight: f64 = weight.parse().map_err(|_| form())?;
    if !weight.is_finite() || weight < 0.0 {
        return Err(form());
    }
    Ok((uid.parse().map_err(|_| form())?, weight))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_is_a_uid_and_a_number_of_zero_or_more() {
        assert_eq!(weight("2=0.5"), Ok((2, 0.5)));
        for bad in ["", "2", "2=", "=1", "2=-1", "2=NaN", "2=inf", "x=1", "2=1=1"] {
            assert!(weight(bad).unwrap_err().contains("UID=WEIGHT"), "{bad}");
        }
    }
}
