//! The engine of the product against a server in this process that behaves as it is told.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use triton_client::{
    Tensor, Triton,
    fake::{Call as Asked, End, FakeTriton, Reply},
};

use super::{
    Call, Engine, EngineError,
    conformance::call,
    triton::{TritonEngine, asr::MODEL as ASR, vad::MODEL as VAD},
};
use crate::sidecar::{Canary, Handle, Load, Model, Options, Server, Service, Timing, Unfit};

struct Passes;

#[async_trait]
impl Canary for Passes {
    async fn ask(&self, _: &Triton, _: Duration) -> Result<(), Unfit> {
        Ok(())
    }
}

struct Setup {
    fake: FakeTriton,
    engine: TritonEngine,
    handle: Handle,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// An engine whose speech model behaves as told; its canary always passes.
async fn setup(speech: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Setup {
    let fake = FakeTriton::start().await.unwrap();
    fake.serve(VAD, speech);
    fake.serve(ASR, |_| Reply::end(End::Raised("unused".to_owned())));
    let models = [VAD, ASR].map(|name| Model { name, weights: &[], canary: Arc::new(Passes) });
    let server = Server::External { url: fake.url().to_owned(), admin_key: None, profile: "cpu".to_owned() };
    let options =
        Options { server, models: models.into(), load: Load::Start, spans: None, timing: Timing::default() };
    let (service, handle) = Service::new(options);
    let stop = CancellationToken::new();
    let task = tokio::spawn(service.run(stop.clone()));
    handle.ready(ASR, 0).await.unwrap();
    Setup { fake, engine: TritonEngine::new(handle.clone(), "cpu", Vec::new()), handle, stop, task }
}

impl Setup {
    async fn speech(&self, timeout: Duration) -> Result<Vec<f32>, EngineError> {
        self.engine.speech(vec![0; 600].into(), &Call { timeout, ..call() }).await
    }

    async fn end(self) {
        self.stop.cancel();
        self.task.await.unwrap();
        assert_eq!(self.engine.capabilities().offers, [], "a stopped server can do nothing");
    }
}

fn two_frames() -> Reply {
    Reply::answer([("probs", Tensor::f32([2], [0.25, 0.75]))])
}

const PATIENT: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_call_that_meets_a_dead_model_is_answered_after_one_heal() {
    let calls = AtomicUsize::new(0);
    let first_dies = move |_: &Asked| match calls.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::end(End::Died),
        _ => two_frames(),
    };
    let setup = setup(first_dies).await;
    assert_eq!(setup.speech(PATIENT).await, Ok(vec![0.25, 0.75]));
    assert_eq!(setup.handle.snapshot().heals, 1);
    assert_eq!(setup.fake.seen().calls.len(), 2);
    setup.end().await;
}

#[tokio::test]
async fn a_model_that_dies_of_every_question_ends_the_call() {
    let setup = setup(|_| Reply::end(End::Died)).await;
    assert_eq!(setup.speech(PATIENT).await, Err(EngineError::Unavailable));
    setup.end().await;
}

#[tokio::test]
async fn a_place_is_taken_until_the_model_answers_even_when_the_caller_has_left() {
    let setup = setup(|_| Reply::end(End::Never)).await;
    let short = Duration::from_millis(200);
    for _ in 0..3 {
        assert_eq!(setup.speech(short).await, Err(EngineError::Deadline));
    }
    // two places: the third question never left this process
    assert_eq!(setup.fake.seen().calls.len(), 2);
    setup.end().await;
}

#[tokio::test]
async fn each_failure_has_its_meaning() {
    let answers: [(fn() -> Reply, EngineError); 4] = [
        (|| Reply::end(End::Refused("bad length".to_owned())), EngineError::BadInput),
        (|| Reply::end(End::Raised("Traceback".to_owned())), EngineError::Failed),
        (|| Reply::answer([("probs", Tensor::f32([1], [0.5]))]), EngineError::Failed), // one frame is missing
        (|| Reply::answer([("other", Tensor::f32([2], [0.5, 0.5]))]), EngineError::Failed),
    ];
    for (reply, meaning) in answers {
        let setup = setup(move |_| reply()).await;
        assert_eq!(setup.speech(PATIENT).await, Err(meaning));
        setup.end().await;
    }
}
