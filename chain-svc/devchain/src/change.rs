//! Changes from outside the rules: what an epoch or a governor would do on a real network.

use serde_json::Value as Json;

use crate::block::BlockRef;
use crate::chain::Chain;
use crate::error::BadChange;
use crate::keys::Hash;
use crate::rules::registration::seat;
use crate::value::{self, Value, num, raw};

/// The most blocks that are made in one call.
const MOST: u64 = 10_000;

impl Chain {
    /// Makes `n` blocks.
    pub(crate) fn advance(&mut self, n: u64) -> Result<BlockRef, BadChange> {
        if n > MOST {
            return Err(BadChange::TooMany(n, MOST));
        }
        for _ in 0..n {
            self.make_block()?;
        }
        Ok(self.head().id())
    }

    /// Sets any storage item by name, or removes it where the value is none.
    pub(crate) fn set_storage(
        &mut self,
        pallet: &str,
        item: &str,
        keys: &[Json],
        v: Option<&Json>,
    ) -> Result<BlockRef, BadChange> {
        let read = |j: &Json| value::from_json(j).ok_or_else(|| BadChange::Value(j.clone()));
        let keys: Vec<Value> = keys.iter().map(read).collect::<Result<_, _>>()?;
        let v = v.map(read).transpose()?;
        self.change(|x| {
            match v {
                Some(v) => x.put_in(pallet, item, keys, &v)?,
                None => x.write(pallet, item, keys, None)?,
            }
            Ok(())
        })
    }

    /// Sets the free balance of an account, in rao.
    pub(crate) fn set_balance(&mut self, who: &Hash, free: u64) -> Result<BlockRef, BadChange> {
        self.change(|x| {
            let mut info = x.view().account(who)?;
            (info.free, info.providers) = (free, info.providers.max(1));
            Ok(x.set_account(who, &info)?)
        })
    }

    /// Lets a neuron set weights for others, or not.
    pub(crate) fn set_permit(&mut self, net: u16, uid: u16, on: bool) -> Result<BlockRef, BadChange> {
        self.change(|x| {
            if uid >= x.of("SubnetworkN", net)? {
                return Err(BadChange::NoNeuron(net, uid));
            }
            Ok(x.set_at("ValidatorPermit", net, uid, on, &false)?)
        })
    }

    /// Sets the stake of a hotkey in a subnet, in rao of alpha; on subnet 0 it is TAO.
    pub(crate) fn set_stake(&mut self, net: u16, hotkey: &Hash, amount: u64) -> Result<BlockRef, BadChange> {
        self.change(|x| Ok(x.set("TotalHotkeyAlpha", vec![raw(hotkey), num(net)], &amount)?))
    }

    /// Gives the uid of a hotkey to somebody else, as happens to the least deserving neuron of a full subnet.
    pub(crate) fn deregister(&mut self, net: u16, hotkey: &Hash) -> Result<BlockRef, BadChange> {
        let stranger = sp_crypto_hashing::blake2_256(&[&hotkey[..], &self.head().hash].concat());
        self.change(|x| {
            let uid = x.view().uid(net, hotkey)?.ok_or(BadChange::NotRegistered(net))?;
            x.set("Owner", vec![raw(stranger)], &stranger)?;
            Ok(seat(x, net, uid, &stranger)?)
        })
    }

    /// Stores the drand signature of a round, which opens commits made for it.
    pub(crate) fn set_signature(&mut self, round: u64, signature: Vec<u8>) -> Result<BlockRef, BadChange> {
        self.change(|x| {
            let newest = x.view().find_in::<u64>("Drand", "LastStoredRound", vec![])?.unwrap_or_default();
            let pulse = [
                ("round", num(round)),
                ("randomness", raw(sp_crypto_hashing::sha2_256(&signature))),
                ("signature", raw(signature)),
            ];
            x.put_in("Drand", "Pulses", vec![num(round)], &Value::named_composite(pulse))?;
            Ok(x.put_in("Drand", "LastStoredRound", vec![], &num(newest.max(round)))?)
        })
    }
}
