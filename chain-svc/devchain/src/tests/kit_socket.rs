//! A chain behind its socket, and a client that speaks JSON-RPC and no more.

use std::time::Duration;

use jsonrpsee::core::ClientError;
use jsonrpsee::core::client::{ClientT, Subscription, SubscriptionClientT};
use jsonrpsee::core::params::ArrayParams;
use jsonrpsee::ws_client::{WsClient, WsClientBuilder};
use serde_json::{Value as Json, json};

use super::kit::{Terms, account, encode_call, runtime, sign};
use crate::keys::{Hash, development_key, to_ss58};
use crate::metadata::RECORDED_SPEC;
use crate::setting::Options;
use crate::value::{Value, raw};
use crate::{Devchain, Faults};

/// A chain and a client of it.
pub(super) struct Net {
    pub(super) chain: Devchain,
    pub(super) client: WsClient,
}

impl Net {
    pub(super) async fn start(options: Options) -> Net {
        let chain = Devchain::start(options).await.unwrap();
        let client = connect(&chain).await.unwrap();
        Net { chain, client }
    }

    pub(super) fn faults(&self) -> Faults {
        self.chain.faults()
    }

    pub(super) async fn ask(&self, method: &str, params: Json) -> Result<Json, ClientError> {
        self.client.request(method, list(&params)).await
    }

    /// The answer, which must not be an error.
    pub(super) async fn get(&self, method: &str, params: Json) -> Json {
        self.ask(method, params).await.unwrap_or_else(|e| panic!("{method}: {e}"))
    }

    /// Code, message and data of an error.
    pub(super) async fn error(&self, method: &str, params: Json) -> (i32, String) {
        match self.ask(method, params).await {
            Err(ClientError::Call(e)) => {
                (e.code(), format!("{} {}", e.message(), e.data().map_or("", |d| d.get())))
            }
            other => panic!("{method}: no error of the server: {other:?}"),
        }
    }

    pub(super) async fn sign(&self, who: &str, pallet: &str, call: &str, args: &[(&str, Value)]) -> String {
        let nonce = self.get("system_accountNextIndex", json!([to_ss58(&account(who))])).await;
        let genesis = self.get("chain_getBlockHash", json!([0])).await;
        let genesis: Hash = hex::decode(&genesis.as_str().unwrap()[2..]).unwrap().try_into().unwrap();
        let nonce = u32::try_from(nonce.as_u64().unwrap()).unwrap();
        let terms = Terms { nonce, tip: 0, spec: RECORDED_SPEC, genesis, era: None };
        let call = encode_call(&runtime().md, pallet, call, args);
        format!("0x{}", hex::encode(sign(&development_key(who).unwrap(), &call, terms)))
    }

    pub(super) async fn remark(&self) -> String {
        self.sign("//Alice", "System", "remark", &[("remark", raw(b"x"))]).await
    }

    pub(super) async fn watch(&self, xt: &str) -> Result<Subscription<Json>, ClientError> {
        let (name, end) = ("author_submitAndWatchExtrinsic", "author_unwatchExtrinsic");
        self.client.subscribe(name, list(&json!([xt])), end).await
    }

    pub(super) async fn follow(&self, kind: &str) -> Subscription<Json> {
        let (name, end) = (format!("chain_subscribe{kind}"), format!("chain_unsubscribe{kind}"));
        self.client.subscribe(&name, ArrayParams::new(), &end).await.unwrap()
    }
}

pub(super) async fn connect(chain: &Devchain) -> Result<WsClient, ClientError> {
    WsClientBuilder::default().request_timeout(Duration::from_secs(5)).build(chain.url()).await
}

fn list(params: &Json) -> ArrayParams {
    let mut all = ArrayParams::new();
    for p in params.as_array().unwrap() {
        all.insert(p).unwrap();
    }
    all
}

/// The next notification; a chain that says nothing for five seconds has nothing to say.
pub(super) async fn next(s: &mut Subscription<Json>) -> Json {
    let heard = tokio::time::timeout(Duration::from_secs(5), s.next()).await;
    heard.expect("a notification in time").expect("an open subscription").expect("json")
}

/// The kind of a status: `ready`, `inBlock`, ..
pub(super) fn kind(status: &Json) -> String {
    match status {
        Json::String(s) => s.clone(),
        other => other.as_object().unwrap().keys().next().unwrap().clone(),
    }
}
