//! What a call carries, and how its answer is read.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{error::Error as _, os::unix::fs::PermissionsExt as _, time::Duration};

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::{propagation::TraceContextPropagator, trace::SdkTracerProvider};
use tracing::Instrument as _;
use tracing_subscriber::layer::SubscriberExt as _;
use triton_client::{
    DataType, ErrorKind, Options, Output, Param, Tensor, Triton,
    fake::{End, FakeTriton, Reply},
};

/// A model that answers with these tensors, and its one answer.
async fn answer(outputs: impl Fn() -> Reply + Send + Sync + 'static) -> Output {
    let fake = FakeTriton::start().await.unwrap();
    fake.serve("m", move |_| outputs());
    Triton::connect_lazy(fake.url(), Options::default()).unwrap().infer("m").send().await.unwrap()
}

#[tokio::test]
async fn every_type_is_read_as_it_was_written() {
    let output = answer(|| {
        Reply::answer([
            ("u8", Tensor::u8([2], vec![0, 255])),
            ("bool", Tensor::bool([2], [true, false])),
            ("i16", Tensor::i16([1, 2], [i16::MIN, 7])),
            ("i32", Tensor::i32([2, 1], vec![i32::MIN, 7])),
            ("i64", Tensor::i64([1], [i64::MIN])),
            ("f32", Tensor::f32([3], [0.1, -0.0, f32::INFINITY])),
            ("text", Tensor::text([1, 1], ["dž"])),
            ("texts", Tensor::text([3], ["", "a", "日本"])),
            ("half", Tensor::raw(DataType::Fp16, [1], vec![0, 60])),
        ])
    })
    .await;
    assert_eq!(output.names().len(), 9);
    assert_eq!(output.u8("u8").unwrap(), [0, 255]);
    assert_eq!(output.raw("bool").unwrap(), [1, 0][..]);
    assert_eq!(output.i16("i16").unwrap().collect::<Vec<_>>(), [i16::MIN, 7]);
    assert_eq!(output.i32("i32").unwrap().collect::<Vec<_>>(), [i32::MIN, 7]);
    assert_eq!(output.i64("i64").unwrap().collect::<Vec<_>>(), [i64::MIN]);
    let floats: Vec<u32> = output.f32("f32").unwrap().map(f32::to_bits).collect();
    assert_eq!(floats, [0.1f32, -0.0, f32::INFINITY].map(f32::to_bits));
    assert_eq!(output.f32("f32").unwrap().len(), 3);
    assert_eq!(output.text("text").unwrap(), "dž");
    assert_eq!(output.texts("texts").unwrap(), ["", "a", "日本"]);
    assert_eq!(output.shape("i32").unwrap(), [2, 1]);
    assert_eq!(
        (output.datatype("half").unwrap(), &output.raw("half").unwrap()[..]),
        (DataType::Fp16, &[0, 60][..])
    );
}

#[tokio::test]
async fn a_wrong_name_or_type_is_named() {
    let output = answer(|| {
        Reply::answer([("text", Tensor::text([2], ["a", "b"])), ("score", Tensor::f32([1], [1.0]))])
    })
    .await;
    for (error, said) in [
        (output.text("txt").unwrap_err(), r#"no output `txt` among ["text", "score"]"#),
        (output.i16("score").unwrap_err(), "output `score` is FP32, not INT16"),
        (output.text("score").unwrap_err(), "output `score` is FP32, not BYTES"),
        (output.text("text").unwrap_err(), "output `text` holds 2 elements, not one"),
    ] {
        assert_eq!((error.kind, error.model.as_str()), (ErrorKind::Decode, "m"));
        assert_eq!(error.source().unwrap().to_string(), said);
        assert!(!error.kind.retryable());
    }
}

#[tokio::test]
async fn an_answer_that_contradicts_itself_is_refused() {
    for broken in [
        Tensor::u8([3], vec![0; 2]),
        Tensor::raw(DataType::Int16, [1], vec![0; 3]),
        Tensor::raw(DataType::Bytes, [1], vec![9, 0, 0, 0, b'a']),
        Tensor::text([2], ["one"]),
    ] {
        let fake = FakeTriton::start().await.unwrap();
        fake.serve("m", move |_| Reply::answer([("out", broken.clone())]));
        let triton = Triton::connect_lazy(fake.url(), Options::default()).unwrap();
        assert_eq!(triton.infer("m").send().await.unwrap_err().kind, ErrorKind::Decode);
    }
    let bytes =
        answer(|| Reply::answer([("t", Tensor::raw(DataType::Bytes, [1], vec![1, 0, 0, 0, 255]))])).await;
    assert_eq!(bytes.text("t").unwrap_err().kind, ErrorKind::Decode);
}

#[tokio::test]
async fn a_shape_that_does_not_fit_is_refused_before_it_is_sent() {
    let fake = FakeTriton::start().await.unwrap();
    fake.serve("m", |_| Reply::answer([]));
    let triton = Triton::connect_lazy(fake.url(), Options::default()).unwrap();
    let region = triton.shared_memory(vec![0; 4]).await.unwrap();
    for wrong in [
        Tensor::i16([1, 3], [1, 2]),
        Tensor::text([2], ["one"]),
        Tensor::raw(DataType::Fp32, [1], vec![0; 3]),
        Tensor::u8([usize::MAX, 2], vec![0]),
        region.tensor(DataType::Int16, [3]),
    ] {
        let error = triton.infer("m").input("x", wrong).send().await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadRequest);
    }
    let one = Tensor::u8([1], "a");
    let twice = triton.infer("m").input("x", one.clone()).input("x", one);
    assert_eq!(twice.send().await.unwrap_err().kind, ErrorKind::BadRequest);
    assert_eq!(fake.seen().calls, []);
}

#[tokio::test]
async fn a_call_carries_its_id_parameters_and_trace() {
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
    let tracer = SdkTracerProvider::builder().build().tracer("test");
    let layer = tracing_opentelemetry::layer().with_tracer(tracer);
    let _subscriber = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));

    let fake = FakeTriton::start().await.unwrap();
    fake.serve("m", |call| {
        let params = ["beam", "name", "fast", "share"].map(|name| format!("{:?}", call.inputs().param(name)));
        let parent = call.header("traceparent").unwrap_or("none").to_owned();
        let seen = [parent, call.inputs().id().to_owned()].into_iter().chain(params);
        Reply::answer([("seen", Tensor::text([6], seen))])
    });
    let triton = Triton::connect_lazy(fake.url(), Options::default()).unwrap();
    let request = triton
        .infer("m")
        .id("task-1")
        .param("beam", 1)
        .param("name", "n")
        .param("fast", true)
        .param("share", 0.5);

    let outside = request.clone().send().await.unwrap();
    assert_eq!(outside.texts("seen").unwrap()[0], "none");

    let inside = request.clone().send().instrument(tracing::info_span!("task")).await.unwrap();
    let seen = inside.texts("seen").unwrap();
    let [version, trace, span, flags] = seen[0].split('-').collect::<Vec<_>>()[..] else {
        panic!("{seen:?}")
    };
    assert_eq!((version, trace.len(), span.len(), flags), ("00", 32, 16, "01"));
    assert_eq!(seen[1], "task-1");
    let params = [Param::Int(1), Param::Text("n".into()), Param::Bool(true), Param::Float(0.5)];
    assert_eq!(seen[2..], params.map(|param| format!("{:?}", Some(param))));

    let one = request.stream().instrument(tracing::info_span!("task")).await.unwrap();
    let streamed = futures_util::StreamExt::collect::<Vec<_>>(one).await.remove(0).unwrap();
    assert_ne!(streamed.texts("seen").unwrap()[0], "none");
}

#[tokio::test]
async fn a_shared_region_is_private_and_outlives_an_unanswered_request() {
    let fake = FakeTriton::start_restricted("sesame").await.unwrap();
    fake.serve("m", |_| Reply::end(End::Never));
    let options = Options { admin_key: Some("sesame".into()), ..Options::default() };
    let triton = Triton::connect_lazy(fake.url(), options).unwrap();
    let region = triton.shared_memory(vec![1; 8]).await.unwrap();
    let path = region.path().to_owned();
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fake.seen().regions.len(), 1);

    let request = triton.infer("m").input("x", region.tensor(DataType::Uint8, [8]));
    let late = request.timeout(Duration::from_millis(50)).send().await.unwrap_err();
    assert_eq!(late.kind, ErrorKind::Deadline);
    drop(region);
    assert!(path.exists(), "the server may still read it");

    let spare = triton.shared_memory(vec![1; 8]).await.unwrap();
    let unused = spare.path().to_owned();
    assert_eq!(fake.seen().regions.len(), 2);
    drop(spare);
    fake.wait(|seen| seen.regions.len() == 1).await;
    assert!(!unused.exists());
}

#[test]
fn the_admin_key_is_never_printed() {
    let options = Options { admin_key: Some("sesame".into()), ..Options::default() };
    assert!(!format!("{options:?}").contains("sesame"));
}
