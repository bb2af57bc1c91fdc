//! Every way a call fails, and what the client makes of it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{error::Error as _, time::Duration};

use futures_util::StreamExt as _;
use tokio::{io::AsyncReadExt as _, net::TcpListener};
use triton_client::{
    Error, ErrorKind, Options, Output, Tensor, Triton,
    fake::{End, FakeTriton, Reply},
};

fn connect(fake: &FakeTriton) -> Triton {
    Triton::connect_lazy(fake.url(), Options::default()).unwrap()
}

/// A model that ends every request in one way.
async fn ending(end: End) -> (FakeTriton, Triton) {
    let fake = FakeTriton::start().await.unwrap();
    fake.serve("m", move |_| Reply::end(end.clone()));
    let triton = connect(&fake);
    (fake, triton)
}

/// The error of a request, sent both ways: they must agree.
async fn failure(triton: &Triton) -> Error {
    let sent = triton.infer("m").send().await.unwrap_err();
    let mut stream = triton.infer("m").stream().await.unwrap();
    let streamed = stream.next().await.unwrap().unwrap_err();
    assert_eq!((sent.kind, sent.detail()), (streamed.kind, streamed.detail()));
    assert!(stream.next().await.is_none(), "an error is the last item");
    sent
}

#[tokio::test]
async fn an_unknown_model_is_a_fault_of_configuration() {
    let fake = FakeTriton::start().await.unwrap();
    let error = failure(&connect(&fake)).await;
    assert_eq!(error.kind, ErrorKind::UnknownModel);
    assert!(!error.kind.retryable());
    assert_eq!(error.to_string(), "triton infer m: unknown model");
}

#[tokio::test]
async fn a_draining_server_is_worth_a_retry() {
    let (fake, triton) = ending(End::Final).await;
    assert!(triton.server_ready().await.unwrap());
    fake.drain();
    assert!(!triton.server_ready().await.unwrap());
    assert!(!triton.ready("m").await.unwrap());
    assert!(triton.live().await.unwrap());
    let error = failure(&triton).await;
    assert_eq!(error.kind, ErrorKind::Draining);
    assert!(error.kind.retryable());
}

#[tokio::test]
async fn a_refused_request_is_not_retried() {
    for end in [End::Door("unexpected shape".into()), End::Refused("too short".into())] {
        let (_fake, triton) = ending(end.clone()).await;
        let error = failure(&triton).await;
        assert_eq!(error.kind, ErrorKind::BadRequest);
        assert!(!error.kind.retryable());
        let (End::Door(text) | End::Refused(text)) = end else { unreachable!() };
        assert_eq!(error.detail(), Some(text.as_str()));
    }
}

#[tokio::test]
async fn an_exception_in_a_model_shows_its_traceback_to_logs_only() {
    let (_fake, triton) = ending(End::Raised("Stub process is not healthy.".into())).await;
    let error = failure(&triton).await;
    assert_eq!(error.kind, ErrorKind::Model, "a quoted sentence does not make a dead stub");
    assert!(!error.kind.retryable());
    assert!(error.detail().unwrap().contains("model.py"));
    assert!(!error.to_string().contains("model.py"));
}

#[tokio::test]
async fn a_dead_stub_stays_dead_until_reloaded() {
    let (fake, triton) = ending(End::Died).await;
    assert_eq!(failure(&triton).await.kind, ErrorKind::DeadStub);
    assert!(ErrorKind::DeadStub.retryable());
    assert!(triton.ready("m").await.unwrap(), "the server does not notice");
    triton.unload("m").await.unwrap();
    triton.load_with_config("m", "{}").await.unwrap();
    assert_eq!(fake.seen().unloads, ["m"]);
    assert_eq!(fake.seen().loads, [("m".to_owned(), Some("{}".to_owned()))]);
}

#[tokio::test]
async fn a_full_queue_is_worth_a_retry() {
    let (_fake, triton) = ending(End::QueueFull).await;
    let error = failure(&triton).await;
    assert_eq!(error.kind, ErrorKind::Unreachable);
    assert!(error.kind.retryable());
}

#[tokio::test]
async fn a_deadline_ends_the_wait_and_the_call() {
    let (fake, triton) = ending(End::Never).await;
    let request = triton.infer("m").timeout(Duration::from_millis(50)).timeout(Duration::from_secs(60));
    let sent = request.clone().send().await.unwrap_err();
    assert_eq!((sent.kind, sent.operation()), (ErrorKind::Deadline, "infer"));
    assert!(!sent.kind.retryable());
    fake.wait(|seen| seen.cancelled == 1).await;
    let mut stream = request.timeout(Duration::from_millis(50)).stream().await;
    let streamed = match &mut stream {
        Ok(stream) => stream.next().await.unwrap().unwrap_err().kind,
        Err(error) => error.kind,
    };
    assert_eq!(streamed, ErrorKind::Deadline);
}

#[tokio::test]
async fn a_request_past_its_deadline_is_not_sent() {
    let (fake, triton) = ending(End::Never).await;
    let late = triton.infer("m").deadline(std::time::Instant::now());
    assert_eq!(late.clone().send().await.unwrap_err().kind, ErrorKind::Deadline);
    assert_eq!(late.stream().await.unwrap_err().kind, ErrorKind::Deadline);
    assert_eq!(fake.seen().calls, []);
}

#[tokio::test]
async fn dropping_a_call_cancels_it() {
    let (fake, triton) = ending(End::Never).await;
    let call = tokio::spawn(triton.infer("m").send());
    fake.wait(|seen| seen.calls.len() == 1).await;
    call.abort();
    fake.wait(|seen| seen.cancelled == 1).await;
}

#[tokio::test]
async fn dropping_a_stream_cancels_it() {
    let fake = FakeTriton::start().await.unwrap();
    fake.serve("m", |_| Reply::stream().part([("n", Tensor::i32([1], [1]))]).then(End::Never));
    let mut stream = connect(&fake).infer("m").stream().await.unwrap();
    stream.next().await.unwrap().unwrap();
    assert_eq!(fake.seen().cancelled, 0);
    drop(stream);
    fake.wait(|seen| seen.cancelled == 1).await;
}

#[tokio::test]
async fn a_stream_that_was_read_to_its_end_is_not_cancelled() {
    let fake = FakeTriton::start().await.unwrap();
    fake.serve("m", |_| Reply::stream().part([("n", Tensor::i32([1], [1]))]));
    for _ in 0..20 {
        let stream = connect(&fake).infer("m").stream().await.unwrap();
        let parts: Vec<Result<Output, Error>> = stream.collect().await;
        assert_eq!(parts.len(), 1);
    }
    assert_eq!(fake.seen().cancelled, 0);
}

#[tokio::test]
async fn a_stream_keeps_its_parts_and_then_says_what_failed() {
    for (end, kind) in [
        (End::Cut, ErrorKind::Unreachable),
        (End::Raised("boom".into()), ErrorKind::Model),
        (End::Died, ErrorKind::DeadStub),
    ] {
        let fake = FakeTriton::start().await.unwrap();
        fake.serve("m", move |_| Reply::stream().part([("n", Tensor::i32([1], [1]))]).then(end.clone()));
        let stream = connect(&fake).infer("m").stream().await.unwrap();
        let parts: Vec<Result<Output, Error>> = stream.collect().await;
        let [Ok(part), Err(error)] = &parts[..] else { panic!("{parts:?}") };
        assert_eq!(part.i32("n").unwrap().collect::<Vec<i32>>(), [1]);
        assert_eq!(error.kind, kind);
    }
}

#[tokio::test]
async fn a_message_above_the_limit_is_refused_on_either_way() {
    let fake = FakeTriton::start().await.unwrap();
    fake.serve("m", |_| Reply::answer([("out", Tensor::u8([2_000], vec![0; 2_000]))]));
    let options = Options { max_message: 1_000, ..Options::default() };
    let triton = Triton::connect_lazy(fake.url(), options).unwrap();
    let upward = triton.infer("m").input("in", Tensor::u8([2_000], vec![0; 2_000]));
    assert_eq!(upward.send().await.unwrap_err().kind, ErrorKind::BadRequest);
    assert_eq!(fake.seen().calls, []);
    assert_eq!(triton.infer("m").send().await.unwrap_err().kind, ErrorKind::Decode);
    let mut stream = triton.infer("m").stream().await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap_err().kind, ErrorKind::Decode);
    assert!(connect(&fake).infer("m").send().await.is_ok());
}

#[tokio::test]
async fn a_missing_server_is_unreachable() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let triton = Triton::connect_lazy(format!("http://{free}"), Options::default()).unwrap();
    let error = triton.infer("m").send().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unreachable);
    assert!(error.kind.retryable());
    assert!(error.source().is_some() && error.detail().is_none());
    assert_eq!(triton.infer("m").stream().await.unwrap_err().kind, ErrorKind::Unreachable);
    assert_eq!(triton.live().await.unwrap_err().kind, ErrorKind::Unreachable);
}

#[tokio::test]
async fn a_connection_that_breaks_before_the_answer_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut peer, _) = listener.accept().await.unwrap();
            peer.read_u8().await.unwrap();
        }
    });
    let triton = Triton::connect_lazy(url, Options::default()).unwrap();
    assert_eq!(triton.infer("m").send().await.unwrap_err().kind, ErrorKind::Unreachable);
    assert_eq!(triton.infer("m").stream().await.unwrap_err().kind, ErrorKind::Unreachable);
}

#[tokio::test]
async fn a_wrong_address_or_key_is_refused_at_once() {
    for (url, key) in [("not a url", "key"), ("http://127.0.0.1:1", "two\nlines")] {
        let options = Options { admin_key: Some(key.into()), ..Options::default() };
        assert_eq!(Triton::connect_lazy(url, options).unwrap_err().kind, ErrorKind::BadRequest);
    }
}

#[test]
fn every_kind_has_its_own_name() {
    let mut names: Vec<&str> = ErrorKind::ALL.iter().map(|kind| kind.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), ErrorKind::ALL.len());
}
