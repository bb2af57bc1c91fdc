//! What the client promises, checked against the fake server and, if there is one, a real Triton.
//!
//! `VIOLET_TEST_TRITON=host:port,adminkey` names a real one that serves `tests/models`.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod fake_models;

use std::{env, time::Duration};

use futures_util::StreamExt as _;
use tokio::task::JoinSet;
use triton_client::{
    DataType, ErrorKind, ModelState, Options, Output, Param, Tensor, Triton, fake::FakeTriton,
};

#[tokio::test]
async fn the_fake_server_keeps_the_contract() {
    let fake = FakeTriton::start_restricted("sesame").await.unwrap();
    fake_models::install(&fake);
    contract(fake.url(), "sesame").await;
}

#[tokio::test]
async fn a_real_triton_keeps_the_contract() {
    let Ok(target) = env::var("VIOLET_TEST_TRITON") else {
        eprintln!("skipped: VIOLET_TEST_TRITON=host:port,adminkey is not set, so there is no Triton to ask");
        return;
    };
    let (address, admin_key) = target.split_once(',').expect("VIOLET_TEST_TRITON is host:port,adminkey");
    contract(&format!("http://{address}"), admin_key).await;
}

async fn contract(url: &str, admin_key: &str) {
    let options = Options { admin_key: Some(admin_key.to_owned()), ..Options::default() };
    let triton = &Triton::connect_lazy(url, options).unwrap();
    the_repository_is_ruled_by_the_holder_of_the_key(url, triton).await;
    requests_are_echoed_whole(triton).await;
    a_wrong_request_names_what_is_wrong(triton).await;
    a_stream_gives_every_part_and_ends(triton).await;
    a_failing_model_is_told_from_a_bad_input(triton).await;
    a_deadline_is_kept(triton).await;
    a_dead_stub_is_healed_by_unload_and_load(triton).await;
    shared_memory_replaces_the_wire(triton).await;
    counts_and_metadata_are_readable(triton).await;
}

fn faulty(triton: &Triton, how: &str) -> triton_client::Infer {
    triton.infer("faulty").input("how", Tensor::text([1], [how]))
}

fn words(triton: &Triton, count: i32, delay_ms: i32) -> triton_client::Infer {
    let input = triton.infer("tok_stream").input("n", Tensor::i32([1], [count]));
    input.input("delay_ms", Tensor::i32([1], [delay_ms]))
}

async fn the_repository_is_ruled_by_the_holder_of_the_key(url: &str, triton: &Triton) {
    assert!(triton.live().await.unwrap());
    assert!(triton.server_ready().await.unwrap());
    let stranger = Triton::connect_lazy(url, Options::default()).unwrap();
    for refused in [
        stranger.load("echo_u8").await.unwrap_err(),
        stranger.unload("echo_u8").await.unwrap_err(),
        stranger.models().await.unwrap_err(),
        stranger.shared_memory("abc").await.unwrap_err(),
    ] {
        assert_eq!(refused.kind, ErrorKind::BadRequest, "{refused:?}");
    }

    for model in ["echo_u8", "tok_stream", "faulty"] {
        triton.load(model).await.unwrap();
        assert!(triton.ready(model).await.unwrap());
    }
    let index = triton.models().await.unwrap();
    for model in ["echo_u8", "tok_stream", "faulty"] {
        let found = index.iter().find(|known| known.name == model).unwrap();
        assert_eq!((found.state, found.version.as_str()), (ModelState::Ready, "1"));
    }
    assert_eq!(triton.load("nowhere").await.unwrap_err().kind, ErrorKind::UnknownModel);
    triton.unload("nowhere").await.unwrap();

    triton.unload("echo_u8").await.unwrap();
    assert!(!triton.ready("echo_u8").await.unwrap());
    let gone = triton.infer("echo_u8").input("INPUT0", Tensor::u8([1], "a")).send().await.unwrap_err();
    assert_eq!(gone.kind, ErrorKind::Draining);
    assert!(gone.kind.retryable());
    triton.load("echo_u8").await.unwrap();
}

async fn requests_are_echoed_whole(triton: &Triton) {
    // above gRPC's default limit of 4 MiB
    for size in [0, 1, 1_000, 9 << 20] {
        let data: Vec<u8> = (0..size).map(|i| (i % 251) as u8).collect();
        let request = triton.infer("echo_u8").input("INPUT0", Tensor::u8([size], data.clone())).id("me");
        let output = request.send().await.unwrap();
        assert!(output.u8("OUTPUT0").unwrap() == data, "{size} bytes came back changed");
        assert_eq!(output.shape("OUTPUT0").unwrap(), [size]);
        assert_eq!((output.model(), output.version(), output.id()), ("echo_u8", "1", "me"));
    }

    let mut calls = JoinSet::new();
    for n in 0..32u8 {
        let call = triton.infer("echo_u8").input("INPUT0", Tensor::u8([1], vec![n])).send();
        calls.spawn(async move { (n, call.await.unwrap().u8("OUTPUT0").unwrap().to_vec()) });
    }
    for (sent, received) in calls.join_all().await {
        assert_eq!(received, [sent]);
    }
}

async fn a_wrong_request_names_what_is_wrong(triton: &Triton) {
    let echo = |name, tensor| triton.infer("echo_u8").input(name, tensor);
    for (request, named) in [
        (echo("OTHER", Tensor::u8([1], "a")), "OTHER"),
        (echo("INPUT0", Tensor::i16([1], [1])), "INT16"),
        (echo("INPUT0", Tensor::u8([1, 1], "a")), "shape"),
        (triton.infer("echo_u8"), "INPUT0"),
    ] {
        let sent = request.clone().send().await.unwrap_err();
        let streamed = last(request).await.unwrap_err();
        for error in [sent, streamed] {
            assert_eq!(error.kind, ErrorKind::BadRequest);
            assert!(error.detail().unwrap().contains(named), "{:?} lacks {named}", error.detail());
        }
    }
    for request in [triton.infer("nowhere"), triton.infer("nowhere").input("x", Tensor::f32([1], [0.5]))] {
        assert_eq!(request.clone().send().await.unwrap_err().kind, ErrorKind::UnknownModel);
        assert_eq!(last(request).await.unwrap_err().kind, ErrorKind::UnknownModel);
    }
    let output = echo("INPUT0", Tensor::u8([1], "a")).send().await.unwrap();
    assert_eq!(output.i16("OUTPUT0").unwrap_err().kind, ErrorKind::Decode);
}

async fn a_stream_gives_every_part_and_ends(triton: &Triton) {
    for count in [0, 1, 5] {
        let stream = words(triton, count, 1).id("s").stream().await.unwrap();
        let parts: Vec<Output> = stream.map(Result::unwrap).collect().await;
        let texts: Vec<&str> = parts.iter().map(|part| part.text("tok").unwrap()).collect();
        let expected: Vec<String> = (0..count).map(|n| format!("tok{n}")).collect();
        assert_eq!(texts, expected);
        assert!(parts.iter().all(|part| part.id() == "s"));
    }
    // a model with one answer marks it as the final one
    let echo = triton.infer("echo_u8").input("INPUT0", Tensor::u8([3], "abc"));
    let parts: Vec<Output> = echo.stream().await.unwrap().map(Result::unwrap).collect().await;
    assert_eq!(parts.len(), 1);
    assert_eq!(parts[0].u8("OUTPUT0").unwrap(), b"abc");
    assert_eq!(parts[0].param("triton_final_response"), Some(&Param::Bool(true)));

    assert_eq!(words(triton, 1, 0).send().await.unwrap_err().kind, ErrorKind::BadRequest);
    // leaving early frees the model for the next caller
    let mut left = words(triton, 10_000, 1).stream().await.unwrap();
    left.next().await.unwrap().unwrap();
    drop(left);
    assert_eq!(last(words(triton, 2, 0)).await.unwrap().text("tok").unwrap(), "tok1");
}

async fn a_failing_model_is_told_from_a_bad_input(triton: &Triton) {
    let said = faulty(triton, "hello").send().await.unwrap();
    assert_eq!(said.text("said").unwrap(), "hello");
    for request in [faulty(triton, "refuse"), faulty(triton, "raise")] {
        let (sent, streamed) = (request.clone().send().await, last(request).await);
        assert_eq!(sent.as_ref().unwrap_err().kind, streamed.unwrap_err().kind);
    }
    let refused = faulty(triton, "refuse").send().await.unwrap_err();
    assert_eq!((refused.kind, refused.detail()), (ErrorKind::BadRequest, Some("too short")));
    let raised = faulty(triton, "raise").send().await.unwrap_err();
    assert_eq!(raised.kind, ErrorKind::Model);
    assert!(raised.detail().unwrap().contains("boom"));
    assert_eq!(raised.to_string(), "triton infer faulty: the model failed");
}

async fn a_deadline_is_kept(triton: &Triton) {
    let limit = Duration::from_millis(200);
    // a call that runs meanwhile on the same connection is left alone
    let meanwhile = tokio::spawn(last(words(triton, 30, 20)));
    let late = faulty(triton, "sleep").timeout(limit).send().await.unwrap_err();
    assert_eq!(late.kind, ErrorKind::Deadline);
    let mut parts = words(triton, 1_000, 20).timeout(limit).stream().await.unwrap();
    let mut received = 0;
    let late = loop {
        match parts.next().await.unwrap() {
            Ok(_) => received += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(late.kind, ErrorKind::Deadline);
    assert!((1..=10).contains(&received), "{received} parts of one every 20 ms came in 200 ms");
    assert!(parts.next().await.is_none());
    assert_eq!(meanwhile.await.unwrap().unwrap().text("tok").unwrap(), "tok29");
}

async fn a_dead_stub_is_healed_by_unload_and_load(triton: &Triton) {
    for how in ["crash", "hello"] {
        let dead = faulty(triton, how).send().await.unwrap_err();
        assert_eq!(dead.kind, ErrorKind::DeadStub, "{dead:?}");
        assert!(dead.kind.retryable());
    }
    assert_eq!(last(faulty(triton, "hello")).await.unwrap_err().kind, ErrorKind::DeadStub);
    assert!(triton.ready("faulty").await.unwrap(), "the server does not notice");
    triton.unload("faulty").await.unwrap();
    triton.load("faulty").await.unwrap();
    assert_eq!(faulty(triton, "hello").send().await.unwrap().text("said").unwrap(), "hello");
}

async fn shared_memory_replaces_the_wire(triton: &Triton) {
    let data = vec![7u8; 1 << 20];
    let region = triton.shared_memory(data.clone()).await.unwrap();
    let tensor = region.tensor(DataType::Uint8, [data.len()]);
    let path = region.path().to_owned();
    let output = triton.infer("echo_u8").input("INPUT0", tensor.clone()).send().await.unwrap();
    assert!(output.u8("OUTPUT0").unwrap() == data, "1 MiB came back changed");
    let parts = last(triton.infer("echo_u8").input("INPUT0", tensor)).await.unwrap();
    assert!(parts.u8("OUTPUT0").unwrap() == data, "1 MiB came back changed");
    assert!(path.exists());
    drop(region);
    assert!(!path.exists());
}

async fn counts_and_metadata_are_readable(triton: &Triton) {
    let metadata = triton.metadata("echo_u8").await.unwrap();
    assert_eq!((metadata.name.as_str(), metadata.platform.as_str()), ("echo_u8", "python"));
    let input = &metadata.inputs[0];
    assert_eq!(
        (input.name.as_str(), input.datatype, &input.shape[..]),
        ("INPUT0", DataType::Uint8, &[None][..])
    );
    let [statistics] = &triton.statistics("echo_u8").await.unwrap()[..] else { panic!("one version") };
    assert!(statistics.inferences >= 30 && statistics.executions >= 1, "{statistics:?}");
    assert!(statistics.success.mean().unwrap() > Duration::ZERO);
    for error in
        [triton.metadata("nowhere").await.unwrap_err(), triton.statistics("nowhere").await.unwrap_err()]
    {
        assert_eq!(error.kind, ErrorKind::UnknownModel);
    }
}

/// The last answer of a stream, or the error that ended it.
async fn last(request: triton_client::Infer) -> Result<Output, triton_client::Error> {
    let mut stream = request.stream().await?;
    let mut last = stream.next().await.expect("an answer");
    while let Some(next) = stream.next().await {
        last = next;
    }
    last
}
