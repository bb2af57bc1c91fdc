//! Recorded answers of a development chain, changed at random: whatever a node says, nothing panics and nothing wrong is
//! believed to be of another block.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use devchain::Devchain;
use process::clock::Clock;
use serde_json::value::RawValue;
use subxt_rpcs::{
    Error, RpcClient, RpcClientT,
    client::{RawRpcFuture, RawRpcSubscription},
};

use crate::chain::{
    Chain, ChainError,
    conformance::rig::{NET, bob, reach, start},
    subtensor::{Dial, Options, Subtensor, dial::WebSocket},
};

/// Changed answers in the everyday run; `VIOLET_MUTATIONS=10000` is the full one.
const FEW: u32 = 400;

/// Answers by request.
type Book = Arc<Mutex<HashMap<String, String>>>;

/// Writes down what a node answers.
struct Recorder {
    node: RpcClient,
    book: Book,
}

/// Answers from the book, one of the answers changed.
struct Liar {
    book: HashMap<String, String>,
    /// Random numbers, and how many requests are answered truly before the lie.
    state: Mutex<(u64, u32)>,
}

fn page(method: &str, params: Option<&RawValue>) -> String {
    format!("{method} {}", params.map_or("", |p| p.get()))
}

fn raw(text: &str) -> Result<Box<RawValue>, Error> {
    RawValue::from_string(text.to_owned()).map_err(Error::Deserialization)
}

impl RpcClientT for Recorder {
    fn request_raw<'a>(
        &'a self,
        method: &'a str,
        params: Option<Box<RawValue>>,
    ) -> RawRpcFuture<'a, Box<RawValue>> {
        Box::pin(async move {
            let page = page(method, params.as_deref());
            let answer = self.node.request_raw(method, params).await?;
            self.book.lock().unwrap().insert(page, answer.get().to_owned());
            Ok(answer)
        })
    }

    fn subscribe_raw<'a>(
        &'a self,
        sub: &'a str,
        params: Option<Box<RawValue>>,
        unsub: &'a str,
    ) -> RawRpcFuture<'a, RawRpcSubscription> {
        self.node.subscribe_raw(sub, params, unsub)
    }
}

impl RpcClientT for Liar {
    fn request_raw<'a>(
        &'a self,
        method: &'a str,
        params: Option<Box<RawValue>>,
    ) -> RawRpcFuture<'a, Box<RawValue>> {
        Box::pin(async move {
            let known = self.book.get(&page(method, params.as_deref()));
            let truth = known.ok_or_else(|| Error::Client("nothing is known of that".into()))?;
            let mut state = self.state.lock().unwrap();
            if state.1 > 0 {
                state.1 -= 1;
                return raw(truth);
            }
            let lie = changed(truth, &mut state.0);
            raw(&lie).or_else(|_| raw("null"))
        })
    }

    fn subscribe_raw<'a>(
        &'a self,
        _: &'a str,
        _: Option<Box<RawValue>>,
        _: &'a str,
    ) -> RawRpcFuture<'a, RawRpcSubscription> {
        Box::pin(async { Err(Error::Client("no subscriptions".into())) })
    }
}

/// xorshift: the same changes for the same seed.
fn next(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

/// One to four changes of single letters, a cut, or another value altogether.
fn changed(truth: &str, state: &mut u64) -> String {
    let mut letters: Vec<u8> = truth.bytes().collect();
    let at = |state: &mut u64, len: usize| usize::try_from(next(state) % len.max(1) as u64).unwrap_or(0);
    match next(state) % 8 {
        0 => {
            return ["null", "[]", "{}", "\"0x\"", "\"\"", "-1", "1e99", "[[[[[[]]]]]]"][at(state, 8)]
                .to_owned();
        }
        1 => {
            // half of what was said, still in quotes
            let cut = at(state, letters.len());
            letters.truncate(cut);
            letters.push(b'"');
        }
        2 => {
            // a stretch twice
            let from = at(state, letters.len());
            let to = (from + 64).min(letters.len());
            let stretch = letters[from..to].to_vec();
            letters.splice(from..from, stretch);
        }
        _ => {
            for _ in 0..=next(state) % 4 {
                let place = at(state, letters.len());
                if letters[place].is_ascii_hexdigit() {
                    letters[place] = b"0123456789abcdef"[at(state, 16)];
                }
            }
        }
    }
    String::from_utf8_lossy(&letters).into_owned()
}

enum Line {
    Recording(Book),
    Lying(HashMap<String, String>, u64, u32),
}

#[async_trait]
impl Dial for Line {
    async fn dial(&self, url: &str) -> Result<RpcClient, ChainError> {
        Ok(match self {
            Self::Recording(book) => {
                RpcClient::new(Recorder { node: WebSocket.dial(url).await?, book: book.clone() })
            }
            Self::Lying(book, seed, truths) => {
                RpcClient::new(Liar { book: book.clone(), state: Mutex::new((*seed, *truths)) })
            }
        })
    }
}

fn over(line: Line, url: &str) -> Subtensor {
    let options = Options { request: Duration::from_secs(5), ..reach(vec![url.to_owned()]) };
    Subtensor::dialing(options, Clock::manual(0).0, Arc::new(line))
}

#[tokio::test]
async fn changed_answers_are_refused_or_read_and_never_end_the_program() {
    let node = Devchain::start(start()).await.unwrap();
    node.advance(3).unwrap();
    let book = Book::default();
    let recording = over(Line::Recording(book.clone()), &node.url());
    let truth = recording.snapshot(NET).await.unwrap();
    recording.prepare(&weights(), &bob()).await.unwrap();
    recording.registration(49, &bob().account()).await.unwrap();
    let book = book.lock().unwrap().clone();
    let metadata = book.keys().find(|k| k.contains("Metadata_metadata_at_version")).cloned();
    assert!(metadata.is_some() && book.len() > 6, "{:?}", book.keys());

    let rounds: u32 = std::env::var("VIOLET_MUTATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(FEW);
    let (mut refused, mut read) = (0, 0);
    for round in 0..rounds {
        let seed = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(u64::from(round) + 1);
        // which answer is the first to be changed: connecting takes the first ones
        let chain = over(Line::Lying(book.clone(), seed, round % 12), &node.url());
        let asked = match round % 3 {
            0 => chain.snapshot(NET).await.map(|s| assert_eq!(s.subnet, truth.subnet)),
            1 => chain.registration(49, &bob().account()).await.map(|_| ()),
            _ => chain.prepare(&weights(), &bob()).await.map(|s| assert_eq!(s.account, bob().account())),
        };
        match asked {
            Ok(()) => read += 1,
            Err(_) => refused += 1,
        }
    }
    assert_eq!(refused + read, rounds);
    // neither everything nor nothing: else the changes do not reach what they should
    assert!(refused > rounds / 4 && read > 0, "{refused} refused, {read} read");
}

fn weights() -> crate::chain::Call {
    crate::chain::Call::SetWeights { netuid: 49, mecid: 0, uids: vec![0], values: vec![1], version_key: 0 }
}
