//! The first block: who has what, and which subnets there are.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::draft::Draft;
use crate::keys::{BadKey, account_of};
use crate::rules::{Refused, registration::seat};
use crate::state::StateError;
use crate::value::{self, list, num, raw};

/// What the first block holds. Its default is the file `genesis.toml` of this crate.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Genesis {
    /// The time of block 0, in milliseconds since 1970.
    pub time_ms: u64,
    /// Accounts with a balance.
    #[serde(default)]
    pub account: Vec<Account>,
    /// Subnets.
    #[serde(default)]
    pub subnet: Vec<Subnet>,
    /// Items of the subtensor pallet that have no key, such as `StakeThreshold`.
    #[serde(default)]
    pub set: BTreeMap<String, serde_json::Value>,
}

/// An account with a balance.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// ss58, `0x` and 64 digits, or `//Name`.
    pub key: String,
    /// In rao.
    pub free: u64,
}

/// A subnet that is there from the start.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subnet {
    /// Its number.
    pub netuid: u16,
    /// Its name.
    pub name: String,
    /// The coldkey that owns it; nobody where it is absent.
    pub owner: Option<String>,
    /// Items of the subtensor pallet that are kept per subnet, by name.
    #[serde(default)]
    pub set: BTreeMap<String, serde_json::Value>,
    /// Who is registered; the first one's hotkey is the owner's.
    #[serde(default)]
    pub neuron: Vec<Neuron>,
}

/// A neuron that is registered from the start.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Neuron {
    /// Its hotkey.
    pub hotkey: String,
    /// The coldkey that owns the hotkey.
    pub coldkey: String,
    /// Its stake in the subnet, in rao of alpha.
    #[serde(default)]
    pub alpha: u64,
    /// Whether it may set weights for others.
    #[serde(default)]
    pub permit: bool,
}

/// Why a first block cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum BadGenesis {
    /// The text is no genesis file.
    #[error("parse the genesis file")]
    Parse(#[source] toml::de::Error),
    /// A key names no account.
    #[error("read an account of the genesis file")]
    Key(#[from] BadKey),
    /// A value fits no storage item.
    #[error("{0} = {1} is no value for storage")]
    Value(String, serde_json::Value),
    /// Storage does not take it.
    #[error("write the first block")]
    State(#[from] StateError),
    /// A neuron cannot be seated.
    #[error("register {0}: {1}")]
    Neuron(String, String),
}

impl Default for Genesis {
    fn default() -> Self {
        Genesis::parse(include_str!("genesis.toml")).expect("the embedded file is parsed by a test")
    }
}

impl Genesis {
    /// Reads a genesis file.
    ///
    /// # Errors
    /// When it is not one; the error names the line.
    pub fn parse(text: &str) -> Result<Genesis, BadGenesis> {
        toml::from_str(text).map_err(BadGenesis::Parse)
    }

    /// The local net on which the answers of a real, older runtime were measured: networks 0 and 1, one neuron.
    #[must_use]
    pub fn measured() -> Genesis {
        Genesis::parse(include_str!("genesis-measured.toml")).expect("the embedded file is parsed by a test")
    }

    /// Writes the first block.
    pub(crate) fn write(&self, x: &mut Draft<'_>) -> Result<(), BadGenesis> {
        for a in &self.account {
            let who = account_of(&a.key)?;
            let mut info = x.view().account(&who)?;
            (info.free, info.providers) = (a.free, 1);
            x.set_account(&who, &info)?;
        }
        for (item, json) in &self.set {
            x.put(item, vec![], &from_json(item, json)?)?;
        }
        for s in &self.subnet {
            s.write(x)?;
        }
        let count = u16::try_from(self.subnet.len()).unwrap_or(u16::MAX);
        x.set("TotalNetworks", vec![], &count)?;
        x.events.clear(); // seating neurons tells of it, and a first block has no events
        x.put_in("System", "Events", vec![], &list([]))?;
        x.put_in("System", "Number", vec![], &num(0u32))?;
        x.put_in("Timestamp", "Now", vec![], &num(self.time_ms))?;
        Ok(())
    }
}

impl Subnet {
    fn write(&self, x: &mut Draft<'_>) -> Result<(), BadGenesis> {
        let net = self.netuid;
        x.set_of("NetworksAdded", net, &true)?;
        if let Some(owner) = &self.owner {
            x.set_of("SubnetOwner", net, &account_of(owner)?)?;
        }
        for (item, json) in &self.set {
            x.put(item, vec![num(net)], &from_json(item, json)?)?;
        }
        let fields = [
            "github_repo",
            "subnet_contact",
            "subnet_url",
            "discord",
            "description",
            "logo_url",
            "additional",
        ];
        let mut identity = vec![("subnet_name", raw(&self.name))];
        identity.extend(fields.map(|f| (f, raw(b""))));
        x.put("SubnetIdentitiesV3", vec![num(net)], &value::Value::named_composite(identity))?;
        for (uid, n) in (0u16..).zip(&self.neuron) {
            let (hotkey, coldkey) = (account_of(&n.hotkey)?, account_of(&n.coldkey)?);
            x.set("Owner", vec![raw(hotkey)], &coldkey)?;
            let neuron = |e: Refused| BadGenesis::Neuron(n.hotkey.clone(), e.to_string());
            seat(x, net, uid, &hotkey).map_err(neuron)?;
            x.set("TotalHotkeyAlpha", vec![raw(hotkey), num(net)], &n.alpha)?;
            x.set_at("ValidatorPermit", net, uid, n.permit, &false)?;
            if uid == 0 {
                x.set_of("SubnetOwnerHotkey", net, &hotkey)?;
            }
        }
        Ok(())
    }
}

fn from_json(item: &str, json: &serde_json::Value) -> Result<value::Value, BadGenesis> {
    value::from_json(json).ok_or_else(|| BadGenesis::Value(item.to_owned(), json.clone()))
}
