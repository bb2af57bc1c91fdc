//! Timelocked commits: taken now, opened by the chain itself when their round has come.

use parity_scale_codec::{Decode, Encode};
use scale_value::Composite;
use sp_crypto_hashing::blake2_256;

use crate::draft::Draft;
use crate::keys::Hash;
use crate::rules::weights::{self, By, Given};
use crate::rules::{Args, Outcome, ensure, refuse};
use crate::state::SUBTENSOR;
use crate::timelock;
use crate::value::{num, raw};

/// Own commits of one hotkey that one epoch may hold.
const MOST: usize = 10;
/// The longest commit, in bytes.
const LONGEST: usize = 5000;

/// One stored commit: who, at which block, the sealed bytes, the round that opens them.
type Stored = (Hash, u64, Vec<u8>, u64);

/// What a commit seals.
#[derive(Debug, Encode, Decode)]
pub(crate) struct Payload {
    pub(crate) hotkey: Vec<u8>,
    pub(crate) uids: Vec<u16>,
    pub(crate) values: Vec<u16>,
    pub(crate) version_key: u64,
}

pub(crate) fn commit_timelocked_weights(x: &mut Draft<'_>, hotkey: Hash, a: &Args) -> Outcome {
    commit(x, hotkey, a, 0)
}

pub(crate) fn commit_timelocked_mechanism_weights(x: &mut Draft<'_>, hotkey: Hash, a: &Args) -> Outcome {
    commit(x, hotkey, a, a.num("mecid")?)
}

fn commit(x: &mut Draft<'_>, hotkey: Hash, a: &Args, mecid: u8) -> Outcome {
    let net: u16 = a.num("netuid")?;
    let (sealed, round) = (a.bytes("commit")?, a.num::<u64>("reveal_round")?);
    if sealed.len() > LONGEST {
        return Err(crate::rules::Refused::Argument("commit".into()));
    }
    weights::ensure_mechanism(x, net, mecid)?;
    ensure(x.of("CommitRevealWeightsEnabled", net)?, "CommitRevealDisabled")?;
    let version: u16 = x.get("CommitRevealWeightsVersion", vec![])?;
    ensure(a.num::<u16>("commit_reveal_version")? == version, "IncorrectCommitRevealVersion")?;
    let Some(uid) = x.view().uid(net, &hotkey)? else { return refuse("HotKeyNotRegisteredInSubNet") };
    let index = weights::index_of(net, mecid);
    ensure(weights::may_update(x, net, index, uid)?, "CommittingWeightsTooFast")?;
    // where the chain looks at the round is not established: here, after the rate
    let newest = x.view().find_in::<u64>("Drand", "LastStoredRound", vec![])?.unwrap_or_default();
    ensure(round >= newest, "InvalidRevealRound")?;
    // the epoch of this block has already been counted when transactions are applied
    let epoch: u64 = x.of("SubnetEpochIndex", net)?;
    let key = || vec![num(index), num(epoch)];
    let mut stored: Vec<Stored> = x.get("TimelockedWeightCommits", key())?;
    ensure(stored.iter().filter(|c| c.0 == hotkey).count() < MOST, "TooManyUnrevealedCommits")?;

    let hash = blake2_256(&sealed);
    stored.push((hotkey, x.number, sealed, round));
    x.set("TimelockedWeightCommits", key(), &stored)?;
    weights::touch(x, index, uid)?;
    let fields = Composite::unnamed([raw(hotkey), num(index), raw(hash), num(round)]);
    x.event(SUBTENSOR, "TimelockedWeightsCommitted", fields);
    Ok(())
}

/// Opens the commits of the epoch whose time has come, as far as the signatures of their rounds are stored; forgets
/// those of the epoch before it. What cannot be opened stays, and is tried again in the next block.
pub(crate) fn reveal(x: &mut Draft<'_>, net: u16, epoch: u64) -> Outcome {
    let Some(due) = epoch.checked_sub(x.of("RevealPeriodEpochs", net)?) else { return Ok(()) };
    for mecid in 0..x.of::<u8>("MechanismCountCurrent", net)? {
        let index = weights::index_of(net, mecid);
        let key = |epoch: u64| vec![num(index), num(epoch)];
        if let Some(past) = due.checked_sub(1) {
            x.write(SUBTENSOR, "TimelockedWeightCommits", key(past), None)?;
        }
        let stored: Vec<Stored> = x.get("TimelockedWeightCommits", key(due))?;
        if stored.is_empty() {
            continue;
        }
        let mut waiting = vec![];
        for c in stored {
            let pulse: Option<(u64, Vec<u8>, Vec<u8>)> =
                x.view().find_in("Drand", "Pulses", vec![num(c.3)])?;
            match pulse {
                Some((_, _, signature)) => open(x, net, mecid, &c, &signature)?,
                None => waiting.push(c),
            }
        }
        let left = (!waiting.is_empty()).then(|| waiting.encode());
        x.write(SUBTENSOR, "TimelockedWeightCommits", key(due), left)?;
    }
    Ok(())
}

/// A commit that does not open, or whose weights are refused, is dropped without a word, as the chain drops it.
fn open(x: &mut Draft<'_>, net: u16, mecid: u8, commit: &Stored, signature: &[u8]) -> Outcome {
    let plain = timelock::open(&commit.2, signature);
    let payload = plain.ok().and_then(|p| Payload::decode(&mut &p[..]).ok());
    let Some(p) = payload.filter(|p| p.hotkey == commit.0) else { return Ok(()) };
    let given = Given { dests: p.uids, values: p.values, version_key: p.version_key };
    let mark = x.mark();
    match weights::apply(x, commit.0, net, mecid, &given, By::Reveal) {
        Ok(()) => {
            let fields = Composite::unnamed([num(weights::index_of(net, mecid)), raw(commit.0)]);
            x.event(SUBTENSOR, "TimelockedWeightsRevealed", fields);
        }
        Err(crate::rules::Refused::State(e)) => return Err(e.into()),
        Err(refused) => {
            tracing::debug!(%refused, net, "revealed weights are refused");
            x.undo(mark);
        }
    }
    Ok(())
}
