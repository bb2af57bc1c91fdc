//! Calls as the node's metadata writes them, and their signing.

use subxt::{
    config::substrate::{SubstrateConfig, SubstrateExtrinsicParamsBuilder as Params},
    dynamic::{self, Value},
    error::ExtrinsicError,
    tx::DynamicPayload,
    utils::{AccountId32, MultiSignature},
};

use super::{
    asks,
    link::{At, Link},
    names,
    storage::{account, number},
};
use crate::chain::{Call, ChainError, Keypair, Refusal, Signed, call};

/// Blocks during which a transaction may be included.
const LIFE: u64 = 64;

type Payload = DynamicPayload<subxt::ext::scale_value::Composite<()>>;

/// Signs `call` with the next nonce of `key`, for the next 64 blocks.
pub(super) async fn sign(link: &Link, at: &At, call: &Call, key: &Keypair) -> Result<Signed, ChainError> {
    let payload = payload(link, at, call).await?;
    let id = AccountId32(*key.account().bytes());
    let tx = at.client.tx();
    let nonce = tx.account_nonce(&id).await.map_err(|e| match e {
        // the node was asked and did not answer, or answered no number
        ExtrinsicError::AccountNonceError { reason, .. } => ChainError::away(reason),
        e => ChainError::garbage(e),
    })?;
    let born = at.head.number;
    let params =
        Params::<SubstrateConfig>::new().nonce(nonce).mortal_from_unchecked(LIFE, born, at.head.hash.into());
    let unfit = |e: ExtrinsicError| ChainError::Unsupported(format!("the transaction can't be written: {e}"));
    let mut tx = tx.create_v4_signable_offline(&payload, params.build()).map_err(unfit)?;
    let signature = key.sign(&tx.signer_payload().map_err(unfit)?);
    let signature = MultiSignature::Sr25519(signature.0);
    let signed = tx.sign_with_account_and_signature(&id, &signature).map_err(unfit)?;
    Ok(Signed {
        hash: signed.hash().into(),
        bytes: signed.encoded().to_vec(),
        account: key.account(),
        nonce,
        born,
        dies: born + LIFE,
    })
}

fn list(numbers: &[u16]) -> Value {
    Value::unnamed_composite(numbers.iter().map(|n| number(*n)))
}

fn write<const N: usize>(call: &str, fields: [(&str, Value); N]) -> Payload {
    let fields = fields.map(|(name, value)| (name.to_owned(), value));
    dynamic::tx(names::PALLET, call, subxt::ext::scale_value::Composite::named(fields))
}

/// The call as this chain has it: newer ones where they exist, older ones where they say the same.
async fn payload(link: &Link, at: &At, call: &Call) -> Result<Payload, ChainError> {
    let has = |name| names::has_call(at.client.metadata_ref(), name);
    let lacks =
        |what: &str| Err(ChainError::Unsupported(format!("spec {} of the chain {what}", at.head.spec)));
    Ok(match call {
        Call::ServeAxon { netuid, address } => {
            let axon = call::axon(*address);
            // version and protocol as the official SDK writes them
            write(
                "serve_axon",
                [
                    ("netuid", number(*netuid)),
                    ("version", number(1_u32)),
                    ("ip", number(axon.ip)),
                    ("port", number(axon.port)),
                    ("ip_type", number(axon.ip_type)),
                    ("protocol", number(4_u8)),
                    ("placeholder1", number(0_u8)),
                    ("placeholder2", number(0_u8)),
                ],
            )
        }
        Call::SetWeights { netuid, mecid, uids, values, version_key } => {
            let rest =
                [("dests", list(uids)), ("weights", list(values)), ("version_key", number(*version_key))];
            let [dests, weights, key] = rest;
            if has("set_mechanism_weights") {
                let netuid = ("netuid", number(*netuid));
                write("set_mechanism_weights", [netuid, ("mecid", number(*mecid)), dests, weights, key])
            } else if *mecid == 0 {
                write("set_weights", [("netuid", number(*netuid)), dests, weights, key])
            } else {
                return lacks("has no mechanisms; use mechanism 0");
            }
        }
        Call::CommitWeights { netuid, mecid, commit, reveal_round, version } => {
            let netuid = ("netuid", number(*netuid));
            let commit = ("commit", Value::from_bytes(commit));
            let round = ("reveal_round", number(*reveal_round));
            let version = ("commit_reveal_version", number(*version));
            if has("commit_timelocked_mechanism_weights") {
                let mecid = ("mecid", number(*mecid));
                write("commit_timelocked_mechanism_weights", [netuid, mecid, commit, round, version])
            } else if *mecid == 0 && has("commit_timelocked_weights") {
                write("commit_timelocked_weights", [netuid, commit, round, version])
            } else {
                return lacks(
                    "takes no timelocked weights; it is too old for commit and reveal with this program",
                );
            }
        }
        Call::Register { netuid, hotkey, limit } => {
            let fields = [("netuid", number(*netuid)), ("hotkey", account(hotkey))];
            if has("register_limit") {
                let [netuid, hotkey] = fields;
                write("register_limit", [netuid, hotkey, ("limit_price", number(*limit))])
            } else {
                // the older call takes any price: the limit is held against the price of this block
                let now = asks::registration(link, at, *netuid, hotkey).await?;
                if now.burn > *limit {
                    return Err(Refusal::named("RegistrationPriceLimitExceeded").into());
                }
                write("burned_register", fields)
            }
        }
    })
}
