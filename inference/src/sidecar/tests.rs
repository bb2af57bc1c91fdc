//! The supervisor against a server in this process that behaves as it is told.

use std::sync::atomic::{AtomicBool, Ordering};

use testkit::eventually::eventually;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use triton_client::{
    Tensor,
    fake::{End, FakeTriton, Reply},
};

use super::*;

/// A model is well when it answers at all.
struct Answers(&'static str);

#[async_trait]
impl Canary for Answers {
    async fn ask(&self, triton: &Triton, patience: Duration) -> Result<(), Unfit> {
        let request = triton.infer(self.0).input("in", Tensor::u8([1], vec![1])).id("canary");
        request.timeout(patience).send().await?;
        Ok(())
    }
}

fn model(name: &'static str) -> Model {
    Model { name, weights: &[], canary: Arc::new(Answers(name)) }
}

fn fine() -> Reply {
    Reply::answer([("out", Tensor::u8([1], vec![1]))])
}

struct Running {
    handle: Handle,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

fn supervise(server: Server, models: Vec<Model>) -> Running {
    supervise_with(Load::Start, server, models)
}

fn supervise_with(load: Load, server: Server, models: Vec<Model>) -> Running {
    let options = Options { server, models, load, spans: None, timing: Timing::default() };
    let (service, handle) = Service::new(options);
    let stop = CancellationToken::new();
    let task = tokio::spawn(service.run(stop.clone()));
    Running { handle, stop, task }
}

fn external(fake: &FakeTriton) -> Server {
    Server::External { url: fake.url().to_owned(), admin_key: None, profile: "cpu".to_owned() }
}

impl Running {
    async fn until<T>(&self, what: &str, mut probe: impl FnMut(&Snapshot) -> Option<T>) -> T {
        eventually(what, Duration::from_secs(30), async || probe(&self.handle.snapshot())).await
    }

    async fn serving(&self) {
        self.until("it serves", |s| (s.state == State::Serving).then_some(())).await;
    }

    async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap();
        assert_eq!(self.handle.snapshot().state, State::Stopped);
        assert!(matches!(self.handle.ready("a", 0).await, Err(Away::NoServer(_))));
    }
}

#[tokio::test]
async fn ten_reports_of_one_death_heal_the_model_once() {
    let fake = FakeTriton::start().await.unwrap();
    let dies = Arc::new(AtomicBool::new(false));
    let dying = dies.clone();
    fake.serve(
        "a",
        move |_| {
            if dying.swap(false, Ordering::SeqCst) { Reply::end(End::Died) } else { fine() }
        },
    );
    let running = supervise(external(&fake), vec![model("a")]);
    running.serving().await;
    let first = running.handle.ready("a", 0).await.unwrap();
    dies.store(true, Ordering::SeqCst);
    let error = first.triton.infer("a").input("in", Tensor::u8([1], vec![1])).send().await.unwrap_err();
    assert_eq!(error.kind, triton_client::ErrorKind::DeadStub);
    for _ in 0..10 {
        running.handle.died("a", first.generation);
    }
    let second = running.handle.ready("a", first.generation).await.unwrap();
    assert!(second.generation > first.generation);
    running.handle.doubt("a", second.generation); // a barrier: the reports before it are dealt with
    running.handle.ready("a", second.generation).await.unwrap();
    assert_eq!(running.handle.snapshot().heals, 1);
    assert_eq!((fake.seen().unloads.len(), fake.seen().loads.len()), (1, 1));
    running.stop().await;
}

#[tokio::test]
async fn on_demand_a_model_is_loaded_by_the_first_who_asks_and_the_others_rest() {
    let fake = FakeTriton::start().await.unwrap();
    fake.store("a", |_| fine());
    fake.store("b", |_| fine());
    fake.store("c", |_| Reply::end(End::Raised("no".to_owned())));
    let models = vec![model("a"), model("b"), model("c")];
    let running = supervise_with(Load::Demand, external(&fake), models);
    running.serving().await;
    let resting = running.handle.snapshot();
    assert!(resting.serves("a") && resting.serves("b") && !resting.ready("a"), "offered, not loaded");
    assert!(fake.seen().loads.is_empty());
    let all = futures_util::future::join_all((0..8).map(|_| running.handle.ready("a", 0))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    let now = running.handle.snapshot();
    assert!(now.ready("a") && now.models["a"].load.is_some());
    assert_eq!(now.models["b"].state, ModelState::Resting);
    let loaded: Vec<_> = fake.seen().loads.into_iter().map(|(name, _)| name).collect();
    assert_eq!(loaded, ["a"], "once, for eight who asked");
    assert!(matches!(running.handle.ready("c", 0).await, Err(Away::Out(_))));
    assert!(!running.handle.snapshot().serves("c"), "what does not come up is no longer offered");
    running.stop().await;
}

#[tokio::test]
async fn a_model_that_does_not_come_up_is_out_and_the_others_serve() {
    // G15, R21: its server answers, and its canary fails
    let fake = FakeTriton::start().await.unwrap();
    fake.serve("a", |_| fine());
    fake.serve("b", |_| Reply::end(End::Raised("no".to_owned())));
    let running = supervise(external(&fake), vec![model("b"), model("a"), model("nowhere")]);
    running.serving().await;
    assert!(running.handle.ready("a", 0).await.is_ok());
    for out in ["b", "nowhere"] {
        assert!(matches!(running.handle.ready(out, 0).await, Err(Away::Out(_))), "{out}");
    }
    assert!(running.handle.snapshot().trouble().unwrap().starts_with("b: "), "trouble names the model");
    assert_eq!(running.handle.ready("unheard of", 0).await.unwrap_err(), Away::Unknown);
    running.stop().await;
}

#[tokio::test]
async fn a_model_that_dies_again_and_again_is_given_up() {
    let fake = FakeTriton::start().await.unwrap();
    let dies = Arc::new(AtomicBool::new(false));
    let dying = dies.clone();
    fake.serve("a", move |_| if dying.load(Ordering::SeqCst) { Reply::end(End::Died) } else { fine() });
    let running = supervise(external(&fake), vec![model("a")]);
    running.serving().await;
    let live = running.handle.ready("a", 0).await.unwrap();
    dies.store(true, Ordering::SeqCst);
    running.handle.died("a", live.generation);
    let gone = running.handle.ready("a", live.generation).await.unwrap_err();
    assert_eq!(gone.to_string(), "the model is out of service: it died again and again");
    running.stop().await;
}

#[tokio::test]
async fn a_doubted_model_that_answers_begins_a_new_life_without_being_loaded() {
    let fake = FakeTriton::start().await.unwrap();
    fake.serve("a", |_| fine());
    let running = supervise(external(&fake), vec![model("a")]);
    running.serving().await;
    let live = running.handle.ready("a", 0).await.unwrap();
    running.handle.doubt("a", live.generation);
    running.handle.ready("a", live.generation).await.unwrap();
    assert_eq!((running.handle.snapshot().heals, fake.seen().loads.len()), (0, 0));
    running.stop().await;
}

#[tokio::test]
async fn a_machine_without_a_server_says_what_to_do_and_stops_when_told() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().to_owned();
    let runtime = Runtime {
        tritonserver: at.join("pytriton/tritonserver"),
        python: at.join("python3"),
        python_version: (3, 11),
        site_packages: at.join("packages"),
        libraries: Vec::new(),
        library_path: Vec::new(),
        models: at.join("models"),
    };
    let local = Local {
        runtime,
        folder: at.join("triton"),
        profile: "cpu".to_owned(),
        trace_rate: 100,
        random: || 7,
    };
    let running = supervise(Server::Local(local), vec![model("a")]);
    let fault = running.until("a fault", |s| match &s.state {
        State::Missing(fault) => Some(fault.to_string()),
        _ => None,
    });
    let fault = fault.await;
    assert!(
        fault.starts_with("no Triton server at ") && fault.ends_with("run `violet models fetch`"),
        "{fault}"
    );
    assert!(matches!(running.handle.ready("a", 0).await, Err(Away::NoServer(_))));
    running.stop().await;
}
