use std::path::Path;

use schnorrkel::{ExpansionMode, Keypair, MiniSecretKey, PublicKey};

use super::*;
use crate::{Fence, TaskId, TaskKind};

/// Keys by name, in place of addresses.
struct Keys;

const NAMES: [&str; 2] = ["5CUztzFs5dtZCjkFvREhiqfSRVwmJ48nYXXbnHM3bCWRpQ7h", "scheduler-1"];

fn pair(name: &str) -> Option<Keypair> {
    let seed = NAMES.iter().position(|n| *n == name)?;
    let seed = [u8::try_from(seed).unwrap() + 1; 32];
    Some(MiniSecretKey::from_bytes(&seed).unwrap().expand_to_keypair(ExpansionMode::Ed25519))
}

fn sign(name: &str, message: &[u8]) -> Signature {
    Signature(pair(name).unwrap().sign_simple(b"substrate", message).to_bytes())
}

impl Verify for Keys {
    fn is_genuine(&self, signer: &str, message: &[u8], signature: &Signature) -> bool {
        let check = || {
            let key: PublicKey = pair(signer)?.public;
            let signature = schnorrkel::Signature::from_bytes(&signature.0).ok()?;
            key.verify_simple(b"substrate", message, &signature).ok()
        };
        check().is_some()
    }
}

fn receipt() -> Receipt {
    let work = Work {
        task: TaskId::from_random(0x5eed),
        kind: TaskKind::Transcription,
        input_sha256: canonical::digest(b"input"),
        output_sha256: canonical::digest(b"output"),
        model: "whisper-base \"q8\" né".to_owned(),
        model_version: "sha256:00ff".to_owned(),
        miner: NAMES[0].parse().unwrap(),
        lease: LeaseId::from_random(77),
        fence: Fence(3),
    };
    let scores = [("accuracy", 97), ("speed", 80), ("final", 82)];
    Receipt {
        version: VERSION,
        work,
        granted_at: Timestamp::from_micros(1_795_000_000_000_000),
        answered_at: Timestamp::from_micros(1_795_000_004_250_000),
        scores: scores.map(|(name, s)| (name.to_owned(), Score::percent(s))).into(),
        validators: vec!["v1".parse().unwrap(), "v2".parse().unwrap()],
        scheduler: NAMES[1].to_owned(),
    }
}

fn signed(receipt: Receipt) -> Signed {
    let miner_signature = sign(receipt.work.miner.as_str(), &receipt.work.message().unwrap());
    let scheduler_signature = sign(&receipt.scheduler, &receipt.message(&miner_signature).unwrap());
    Signed { receipt, miner_signature, scheduler_signature }
}

#[test]
fn a_receipt_reads_back_and_both_signatures_hold() {
    let signed = signed(receipt());
    let json = signed.to_json().unwrap();
    assert_eq!(Signed::verify(&json, &Keys).unwrap(), signed);
}

#[test]
fn ten_thousand_single_bit_flips_are_all_refused() {
    // P5: every bit of the file is flipped once, so that none is missed by chance
    let mut fresh = receipt();
    (fresh.scores, fresh.validators) = (BTreeMap::new(), Vec::new());
    let mut refused = 0;
    for receipt in [receipt(), fresh] {
        let json = signed(receipt).to_json().unwrap();
        for bit in 0..json.len() * 8 {
            let mut flipped = json.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(Signed::verify(&flipped, &Keys).is_err(), "bit {bit} may be flipped");
            refused += 1;
        }
    }
    assert!(refused >= 10_000, "{refused} flips");
}

#[test]
fn a_signature_stands_for_nothing_else() {
    let mut of_another_lease = signed(receipt());
    of_another_lease.receipt.work.fence = Fence(4);
    let json = of_another_lease.to_json().unwrap();
    assert!(matches!(Signed::verify(&json, &Keys), Err(NotGenuine::Miner(_))));

    // a miner that countersigns its own work
    let mut alone = receipt();
    alone.scheduler = NAMES[0].to_owned();
    let honest = signed(receipt());
    let forged = Signed { receipt: alone, ..honest };
    assert!(matches!(Signed::verify(&forged.to_json().unwrap(), &Keys), Err(NotGenuine::Scheduler(_))));

    let spaced = String::from_utf8(honest.to_json().unwrap()).unwrap().replacen(':', ": ", 1);
    assert!(matches!(Signed::verify(spaced.as_bytes(), &Keys), Err(NotGenuine::NotCanonical)));
}

#[test]
fn a_receipt_that_contradicts_itself_is_refused() {
    let mut early = receipt();
    early.answered_at = Timestamp::from_micros(0);
    let mut twice = receipt();
    twice.validators.push("v2".parse().unwrap());
    for bad in [early, twice] {
        let json = signed(bad).to_json().unwrap();
        assert!(matches!(Signed::verify(&json, &Keys), Err(NotGenuine::Impossible(_))));
    }
}

/// What `docs/receipt_verify.py` is tried on lies in `docs/receipt_vector.json`.
#[test]
fn the_vector_of_the_guide_is_a_receipt_of_today() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/receipt_vector.json");
    let json = std::fs::read(path).unwrap();
    let read: Signed = serde_json::from_slice(&json).unwrap();
    assert_eq!(read.to_json().unwrap(), json, "not canonical");
    assert_eq!(Signed::verify(&json, &Ss58).unwrap(), read);
}

/// Addresses: the public key is in them.
struct Ss58;

impl Verify for Ss58 {
    fn is_genuine(&self, signer: &str, message: &[u8], signature: &Signature) -> bool {
        let check = || {
            let key = PublicKey::from_bytes(&public_key(signer)?).ok()?;
            let signature = schnorrkel::Signature::from_bytes(&signature.0).ok()?;
            key.verify_simple(b"substrate", message, &signature).ok()
        };
        check().is_some()
    }
}

/// The 32 bytes of an address of one network byte, without its checksum.
fn public_key(address: &str) -> Option<[u8; 32]> {
    const DIGITS: &str = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut bytes = [0_u8; 35];
    for c in address.chars() {
        let mut carry = DIGITS.find(c)?;
        for byte in bytes.iter_mut().rev() {
            carry += usize::from(*byte) * 58;
            *byte = (carry & 0xff) as u8;
            carry >>= 8;
        }
    }
    bytes[1..33].try_into().ok()
}

#[test]
fn a_task_gives_the_receipt_of_its_chosen_answer_or_says_why_not() {
    use crate::{
        Event, FileId, NewTask, Output, Priority, Response, SourceLanguage, TaskOptions,
        consensus::{Electorate, Evaluation, Finding, conclude},
        grade::Basis,
    };
    let at = Timestamp::from_micros;
    let spec = NewTask {
        id: TaskId::from_random(1),
        kind: TaskKind::Tts,
        source: SourceLanguage::Auto,
        target: None,
        options: TaskOptions::default(),
        priority: Priority::Normal,
        wanted: 1,
        input: FileId::from_random(2),
        input_size: 1,
        submitted_at: at(1),
        deadline: at(1_000),
        traceparent: None,
        window: std::time::Duration::from_secs(60),
    };
    let (lease, fence) = (LeaseId::from_random(3), Fence(1));
    let grant = Event::Grant {
        lease,
        miner: "m".parse().unwrap(),
        session: 1,
        output: FileId::from_random(4),
        expires_at: at(500),
        run_until: at(500),
    };
    let task = Task::submitted(spec).apply(grant, at(10)).unwrap();
    assert_eq!(Receipt::of(&task, None, "s").unwrap_err(), NoReceipt::Unfinished(task.state.name()));
    let output = Output { file: FileId::from_random(4), sha256: canonical::digest(b"out"), size: 3 };
    let (signer, input_sha256) = (NAMES[0].parse().unwrap(), canonical::digest(b"in"));
    let proof = Some(Box::new(Proof { signer, input_sha256, signature: Signature([5; 64]) }));
    let response = Response { output, model: "m".into(), model_version: "v".into(), facts: None, proof };
    let unsigned = Event::Respond { lease, fence, response: Response { proof: None, ..response.clone() } };
    let done = task.clone().apply(unsigned, at(30)).unwrap();
    assert_eq!(Receipt::of(&done, None, "s").unwrap_err(), NoReceipt::Unsigned);
    let done = task.apply(Event::Respond { lease, fence, response }, at(30)).unwrap();
    let (receipt, signature) = Receipt::of(&done, None, "s").unwrap();
    assert_eq!((receipt.granted_at, receipt.answered_at), (at(10), at(30)));
    assert_eq!((receipt.work.input_sha256, signature), (canonical::digest(b"in"), Signature([5; 64])));
    assert_eq!((receipt.work.lease, receipt.work.fence), (lease, fence));
    assert_eq!((receipt.scores.len(), receipt.validators.len()), (0, 0), "nobody has spoken");

    let evaluation = |validator: &str, percent| Evaluation {
        task: done.spec.id,
        validator: validator.parse().unwrap(),
        uid: 1,
        stake: 5,
        at: at(40),
        units: None,
        findings: vec![Finding {
            lease,
            accuracy: Score::percent(percent),
            completeness: Score::ONE,
            fault: None,
            basis: Basis::Truth,
        }],
    };
    let among = Electorate { validators: 2, holders: Vec::new() };
    let verdict = conclude(&done, &[evaluation("w", 70), evaluation("v", 90)], &among, at(41));
    let (receipt, _) = Receipt::of(&done, verdict.as_ref(), "s").unwrap();
    let scores: Vec<_> = receipt.scores.iter().map(|(name, score)| (name.as_str(), *score)).collect();
    let p = Score::percent;
    assert_eq!(scores, [("accuracy", p(90)), ("accuracy_highest", p(90)), ("accuracy_lowest", p(70))]);
    assert_eq!(receipt.validators, ["v", "w"].map(|v| v.parse().unwrap()), "sorted");
}
