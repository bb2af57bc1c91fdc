//! Submitting.

use std::{sync::atomic::Ordering, time::Duration};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use testkit::eventually::eventually;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

const FILE: Part<'static> = ("audio_file", Some("talk.wav"), b"RIFF....WAVE");

impl Gateway {
    fn post(&self, body: impl Into<reqwest::Body>) -> reqwest::RequestBuilder {
        let url = format!("{}/api/v1/transcription", self.base);
        self.client.post(url).header("content-type", form_type()).body(body)
    }

    async fn submit(&self, parts: &[Part<'_>]) -> (u16, Value) {
        answer(self.post(multipart(parts))).await
    }
}

pub(super) fn permutations<T: Copy>(items: &[T]) -> Vec<Vec<T>> {
    if items.is_empty() {
        return vec![vec![]];
    }
    let mut all = Vec::new();
    for i in 0..items.len() {
        let mut rest = items.to_vec();
        let first = rest.remove(i);
        all.extend(permutations(&rest).into_iter().map(|mut p| {
            p.insert(0, first);
            p
        }));
    }
    all
}

// R5, H4
#[tokio::test]
async fn the_order_of_fields_never_changes_the_answer() {
    let g = gateway(|_| ()).await;
    let fields = [
        FILE,
        ("source_language", None, b"de".as_slice()),
        ("priority", None, b"high"),
        ("required_miner_count", None, b"3"),
    ];
    for order in permutations(&fields) {
        let response = g.post(multipart(&order)).send().await.unwrap();
        assert_eq!(response.status(), 200);
        let location = response.headers()["location"].to_str().unwrap().to_owned();
        let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        assert_eq!(location, format!("/api/v1/tasks/{}", body["task_id"].as_str().unwrap()));
        assert_eq!(body["success"], true);
        let tasks = g.world.tasks.lock().unwrap();
        let spec = &tasks[&body["task_id"].as_str().unwrap().parse().unwrap()].spec;
        assert_eq!(
            (spec.source.name(), spec.priority.name(), spec.wanted, spec.input_size),
            ("de", "high", 3, 12)
        );
        let files = g.world.files.lock().unwrap();
        let (meta, bytes) = &files[&spec.input];
        assert_eq!((meta.file_name.as_deref(), bytes.as_ref()), (Some("talk.wav"), FILE.2));
    }
    assert_eq!(g.submitted(), 24);
    assert_eq!(g.post(multipart(&[FILE])).send().await.unwrap().status(), 200);
    let asked = g.world.asked.lock().unwrap();
    assert_eq!((asked[0], asked[24]), (Some(3), None), "how many is left to the scheduler");
}

// E17, E18, E24
#[tokio::test]
async fn what_is_wrong_is_named_with_what_would_be_right() {
    let g = gateway(|_| ()).await;
    let cases: &[(&[Part<'_>], &str)] = &[
        (&[], "audio_file: is missing"),
        (&[("source_language", None, b"en")], "audio_file: is missing"),
        (&[("audio_file", Some("a.wav"), b"")], "audio_file: is empty"),
        (&[FILE, FILE], "audio_file: is given twice"),
        (
            &[FILE, ("source_language", None, b"klingon")],
            "use one of auto, en, es, fr, de, it, pt, ru, ja, ko, zh",
        ),
        (&[("priority", None, b"zzz"), FILE], "use one of low, normal, high, urgent"),
        (
            &[FILE, ("required_miner_count", None, b"0")],
            "required_miner_count: must be a whole number from 1 to 10",
        ),
        (&[FILE, ("required_miner_count", None, b"eleven")], "from 1 to 10"),
        (&[FILE, ("model_id", None, b"gpt")], "model_id: unknown model \"gpt\": use one of whisper-base"),
        (&[FILE, ("callback_url", None, b"http://127.0.0.1/")], "sends no callbacks"),
        (&[FILE, ("langauge", None, b"en")], "unknown field \"langauge\""),
        (&[FILE, ("source_language", None, b"\xff\xfe")], "source_language: is not UTF-8"),
        (&[FILE, ("source_language", None, &[b'x'; 5000])], "source_language: is longer than 4096 bytes"),
    ];
    for (parts, expected) in cases {
        let (status, body) = g.submit(parts).await;
        assert_eq!((status, body["title"].as_str()), (400, Some("Invalid request")), "{expected}: {body}");
        assert!(body["detail"].as_str().unwrap().contains(expected), "{expected}: {body}");
        assert!(body["request_id"].is_string());
    }
    assert_eq!(g.submitted(), 0);
}

#[tokio::test]
async fn a_body_that_is_no_form_is_refused() {
    let g = gateway(|_| ()).await;
    let url = format!("{}/api/v1/transcription", g.base);
    for (kind, expected) in [
        (Some("application/json"), 415),
        (None, 415),
        (Some("multipart/form-data"), 400),
        (Some("multipart/mixed; boundary=x"), 415),
    ] {
        let mut request = g.client.post(&url).body("{}");
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        assert_eq!(answer(request).await.0, expected, "{kind:?}");
    }
}

// C10, R1
#[tokio::test]
async fn too_large_is_refused_by_its_length_before_a_byte_is_sent() {
    let g = gateway(|c| c.limits.audio_bytes = 1_000).await;
    let mut tcp = tokio::net::TcpStream::connect(g.base.trim_start_matches("http://")).await.unwrap();
    let head = format!(
        "POST /api/v1/transcription HTTP/1.1\r\nhost: x\r\ncontent-type: {}\r\nexpect: 100-continue\r\ncontent-length: 999999\r\n\r\n",
        form_type()
    );
    tcp.write_all(head.as_bytes()).await.unwrap();
    let mut buffer = [0; 1024];
    let n = tcp.read(&mut buffer).await.unwrap();
    let said = String::from_utf8_lossy(&buffer[..n]);
    assert!(said.starts_with("HTTP/1.1 413"), "{said}");
}

// C10: a chunked body announces nothing
#[tokio::test]
async fn too_large_is_refused_at_the_first_byte_too_many() {
    let g = gateway(|c| c.limits.audio_bytes = 1_000).await;
    for (length, expected) in [(1_000, 200), (1_001, 413), (300_000, 413)] {
        let body = multipart(&[("audio_file", Some("a.wav"), &vec![7; length])]);
        let chunks: Vec<_> =
            body.chunks(100).map(|c| Ok::<_, std::io::Error>(Bytes::copy_from_slice(c))).collect();
        let (status, body) = answer(g.post(reqwest::Body::wrap_stream(stream::iter(chunks)))).await;
        assert_eq!(status, expected, "{length}: {body}");
        if expected == 413 {
            // R6: the limit is named
            assert!(body["detail"].as_str().unwrap().contains("1000 bytes"), "{body}");
        }
    }
    assert_eq!((g.submitted(), g.world.files.lock().unwrap().len()), (1, 1));
}

// D5 (small)
#[tokio::test]
async fn a_repeated_key_gives_the_same_bytes_and_no_second_task() {
    let g = gateway(|_| ()).await;
    let send = async |key: &str, parts: &[Part<'_>]| {
        let response = g.post(multipart(parts)).header("idempotency-key", key).send().await.unwrap();
        (response.status().as_u16(), response.bytes().await.unwrap())
    };
    let first = send("k1", &[FILE]).await;
    assert_eq!(first.0, 200);
    for _ in 0..5 {
        assert_eq!(send("k1", &[("source_language", None, b"auto"), FILE]).await, first);
    }
    assert_eq!(g.submitted(), 1);
    for other in
        [&[FILE, ("priority", None, b"low".as_slice())][..], &[("audio_file", Some("talk.wav"), b"other")]]
    {
        let (status, body) = send("k1", other).await;
        assert_eq!(status, 422, "{body:?}");
    }
    assert_eq!(send("", &[FILE]).await.0, 400);
    assert_eq!(send(&"x".repeat(256), &[FILE]).await.0, 400);
    assert_eq!(send("k2", &[FILE]).await.0, 200);
    assert_eq!(g.submitted(), 2);
}

// H4 (small)
#[tokio::test]
async fn a_form_cut_at_any_byte_is_refused() {
    let g = gateway(|_| ()).await;
    let whole = multipart(&[("source_language", None, b"en"), FILE, ("priority", None, b"low")]);
    // the closing boundary may lack its line end
    for cut in 0..whole.len() - 2 {
        let (status, body) = answer(g.post(whole[..cut].to_vec())).await;
        assert_eq!(status, 400, "cut at {cut}: {body}");
    }
    assert_eq!(g.submitted(), 0);
    assert_eq!(answer(g.post(whole)).await.0, 200);
}

// H4 (small)
#[tokio::test]
async fn endless_heads_and_endless_parts_are_refused() {
    let g = gateway(|_| ()).await;
    let mut long_head = format!("--{BOUNDARY}\r\nX-Long: ").into_bytes();
    long_head.resize(1 << 20, b'x');
    let preamble = vec![b'x'; 1 << 20];
    let mut nameless = format!("--{BOUNDARY}\r\nContent-Type: text/plain\r\n\r\nx\r\n").into_bytes();
    nameless.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    let many: Vec<String> = (0..10_000).map(|i| format!("field{i}")).collect();
    let many: Vec<Part<'_>> = many.iter().map(|n| (n.as_str(), None, b"x".as_slice())).collect();
    for (what, body) in
        [("head", long_head), ("preamble", preamble), ("name", nameless), ("parts", multipart(&many))]
    {
        let (status, body) = answer(g.post(body)).await;
        assert_eq!(status, 400, "{what}: {body}");
    }
}

// R26
#[tokio::test]
async fn one_upload_too_many_is_told_to_come_back() {
    let g = gateway(|c| c.http.max_uploads = 1).await;
    let body = multipart(&[FILE]);
    let (send, rest) = tokio::sync::oneshot::channel::<Bytes>();
    let (head, tail) = (Bytes::copy_from_slice(&body[..100]), Bytes::copy_from_slice(&body[100..]));
    let slow = stream::iter([Ok::<_, std::io::Error>(head)])
        .chain(stream::once(async move { Ok(rest.await.unwrap_or_default()) }));
    let first = tokio::spawn(answer(g.post(reqwest::Body::wrap_stream(slow))));
    eventually("the first upload", Duration::from_secs(10), async || {
        (g.world.uploads.load(Ordering::SeqCst) == 1).then_some(())
    })
    .await;
    let refused = g.post(body).send().await.unwrap();
    assert_eq!(refused.status(), 503);
    assert!(refused.headers().contains_key("retry-after"));
    send.send(tail).unwrap();
    assert_eq!(first.await.unwrap().0, 200);
    assert_eq!(g.submit(&[FILE]).await.0, 200);
}

// H6 (small)
#[tokio::test]
async fn a_client_that_falls_silent_is_let_go() {
    let g = gateway(|c| c.http.upload_idle = Duration::from_millis(100)).await;
    let head = Bytes::copy_from_slice(&multipart(&[FILE])[..100]);
    let stuck = stream::iter([Ok::<_, std::io::Error>(head)]).chain(stream::pending());
    let (status, body) = answer(g.post(reqwest::Body::wrap_stream(stuck))).await;
    assert_eq!(status, 400, "{body}");
    assert!(body["detail"].as_str().unwrap().contains("no byte came"), "{body}");
}

#[tokio::test]
async fn an_absent_store_is_unavailable_and_never_an_inner_text() {
    let g = gateway(|_| ()).await;
    g.world.down.store(true, Ordering::SeqCst);
    let response = g.post(multipart(&[FILE])).send().await.unwrap();
    assert_eq!(response.status(), 503);
    assert!(response.headers().contains_key("retry-after"));
    let text = response.text().await.unwrap();
    assert!(!text.contains("down") && !text.contains("tonic"), "{text}");
}
