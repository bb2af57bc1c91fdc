//! Submitting all eight kinds.

use std::collections::BTreeSet;

use domain::{AudioFormat, DocumentFormat, FilePurpose, Language, SourceLanguage, SummaryMode};
use utoipa::OpenApi as _;

use super::{submit::permutations, *};
use crate::http::docs::Api;

const ENGLISH: &[u8] = b"The river rose higher than anybody in the village could remember.";
const DOCX: &[u8] = b"PK\x03\x04 and so on";

fn keys(answer: &Value) -> BTreeSet<&str> {
    answer.as_object().unwrap_or_else(|| panic!("{answer}")).keys().map(String::as_str).collect()
}

#[tokio::test]
async fn every_kind_answers_with_the_keys_of_its_contract() {
    // E3, E5
    let g = gateway(|_| ()).await;
    let text: Part<'_> = ("text", None, ENGLISH);
    let target: Part<'_> = ("target_language", None, b"pt");
    let cases: &[(&str, &[Part<'_>], &str)] = &[
        ("transcription", &[("audio_file", Some("a.wav"), b"RIFF")], "file_id"),
        (
            "video-transcription",
            &[("video_file", Some("a.mp4"), b"ftyp")],
            "file_id file_name file_size source_language auto_assigned",
        ),
        (
            "tts",
            &[text],
            "text_content_id detected_language language_confidence text_length word_count auto_assigned",
        ),
        (
            "summarization",
            &[text],
            "text_content_id detected_language language_confidence text_length word_count auto_assigned",
        ),
        (
            "text-translation",
            &[text, target],
            "text_content_id source_language target_language text_length word_count auto_assigned",
        ),
        (
            "document-translation",
            &[("document_file", Some("a.docx"), DOCX), target],
            "file_id file_name file_size file_format source_language target_language auto_assigned",
        ),
        ("audio-enhancement", &[("audio_file", Some("a.wav"), b"RIFF")], "file_id"),
        ("audio-analysis", &[("audio_file", Some("a.wav"), b"RIFF")], "file_id"),
    ];
    for (kind, parts, extra) in cases {
        let response = g.form(kind, parts).send().await.unwrap();
        assert_eq!(response.status(), 200, "{kind}");
        let location = response.headers()["location"].to_str().unwrap().to_owned();
        let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        let expected: BTreeSet<&str> = extra.split(' ').chain(["success", "task_id", "message"]).collect();
        assert_eq!(keys(&body), expected, "{kind}");
        assert_eq!(location, format!("/api/v1/tasks/{}", body["task_id"].as_str().unwrap()));
        let spec = g.spec(&body);
        assert_eq!(spec.kind.name(), *kind);
        assert!(body["message"].as_str().unwrap().ends_with("task submitted successfully"));
        let input = body.get("file_id").or(body.get("text_content_id")).unwrap();
        assert_eq!(input.as_str(), Some(spec.input.to_string().as_str()));
        // every kind can be listed by its name
        let (_, listed) = g.json(&format!("/api/v1/tasks?task_type={kind}")).await;
        assert_eq!((listed.as_array().unwrap().len(), &listed[0]["task_type"]), (1, &(*kind).into()));
    }
    assert_eq!(g.submitted(), 8);
}

#[tokio::test]
async fn what_was_asked_for_is_in_the_task_in_any_order_of_fields() {
    // R5, E22
    let g = gateway(|_| ()).await;
    let fields: &[Part<'_>] = &[
        ("text", None, ENGLISH),
        ("voice", None, b"af_heart"),
        ("speed", None, b"1.25"),
        ("format", None, b"opus"),
    ];
    for order in permutations(fields) {
        let (status, body) = answer(g.form("tts", &order)).await;
        assert_eq!(status, 200, "{body}");
        let spec = g.spec(&body);
        assert_eq!(spec.source, SourceLanguage::Given(Language::En));
        assert_eq!(spec.options.voice.as_deref(), Some("af_heart"));
        assert_eq!(
            (spec.options.speed_percent, spec.options.audio_format),
            (Some(125), Some(AudioFormat::Opus))
        );
    }
    let document: Part<'_> =
        ("document_file", Some("report.md"), b"# Der Fluss\n\nIn jenem Jahr stieg der Fluss sehr hoch.");
    let fields: &[Part<'_>] = &[document, ("max_words", None, b"50"), ("mode", None, b"extractive")];
    for order in permutations(fields) {
        let (_, body) = answer(g.form("summarization", &order)).await;
        let spec = g.spec(&body);
        assert_eq!(
            (spec.options.max_words, spec.options.summary_mode),
            (Some(50), Some(SummaryMode::Extractive))
        );
        assert_eq!(spec.options.document_format, Some(DocumentFormat::Md));
        assert_eq!(
            (spec.source, &body["detected_language"]),
            (SourceLanguage::Given(Language::De), &"de".into())
        );
        assert!(body["text_length"].is_null() && body["word_count"].is_null());
    }
    let (_, body) =
        answer(g.form("audio-enhancement", &[("format", None, b"flac"), ("audio_file", None, b"x")])).await;
    assert_eq!(g.spec(&body).options.audio_format, Some(AudioFormat::Flac));
    let (_, task) = g.json(&format!("/api/v1/tasks/{}", body["task_id"].as_str().unwrap())).await;
    assert_eq!(task["options"], serde_json::json!({"format": "flac"}));
}

#[tokio::test]
async fn a_text_is_measured_stored_and_counted() {
    // E20
    let g = gateway(|_| ()).await;
    let mut confidences = BTreeSet::new();
    for (text, language, words) in [
        ("Bonjour", "fr", 1),
        ("  Guten Morgen\n", "de", 2),
        ("Hola amigo", "es", 2),
        ("Obrigado", "pt", 1),
        ("你好世界", "zh", 4),
        ("The river rose higher than anybody in the village could remember.", "en", 11),
    ] {
        let (status, body) = answer(g.form("summarization", &[("text", None, text.as_bytes())])).await;
        assert_eq!((status, &body["detected_language"]), (200, &language.into()), "{text}: {body}");
        assert_eq!(body["word_count"], words, "{text}");
        assert_eq!(body["text_length"], text.trim().chars().count());
        let confidence = body["language_confidence"].as_f64().unwrap();
        assert!(confidence > 0.3 && confidence < 1.0, "{text}: {confidence}");
        confidences.insert(confidence.to_bits());
        let spec = g.spec(&body);
        assert_eq!(spec.source.name(), language);
        let files = g.world.files.lock().unwrap();
        let (meta, bytes) = &files[&spec.input];
        assert_eq!((bytes.as_ref(), meta.file_name.as_deref()), (text.trim().as_bytes(), None));
        assert_eq!(spec.input_size, bytes.len() as u64);
    }
    assert!(confidences.len() >= 4, "a confidence that never changes is none");
    // what the client says is taken at its word, and what was measured is said all the same
    let parts: &[Part<'_>] = &[("text", None, ENGLISH), ("source_language", None, b"de")];
    let (_, body) = answer(g.form("tts", parts)).await;
    assert_eq!((g.spec(&body).source.name(), &body["detected_language"]), ("de", &"en".into()));
    let (status, body) =
        answer(g.form("tts", &[("text", None, b"1234"), ("source_language", None, b"en")])).await;
    assert_eq!((status, &body["detected_language"], g.spec(&body).source.name()), (200, &Value::Null, "en"));
}

#[tokio::test]
async fn a_text_may_come_urlencoded() {
    let g = gateway(|_| ()).await;
    let post = async |kind: &str, body: String| {
        let url = format!("{}/api/v1/{kind}", g.base);
        let media = "application/x-www-form-urlencoded; charset=UTF-8";
        answer(g.client.post(url).header("content-type", media).body(body)).await
    };
    let body = "target_language=en&text=Ol%C3%A1%2C+o+rio+subiu+muito&priority=high".to_owned();
    let (status, body) = post("text-translation", body).await;
    assert_eq!(
        (status, &body["source_language"], &body["target_language"]),
        (200, &"pt".into(), &"en".into())
    );
    let spec = g.spec(&body);
    assert_eq!((spec.priority, spec.target), (domain::Priority::High, Some(Language::En)));
    assert_eq!(
        g.world.files.lock().unwrap()[&spec.input].1.as_ref(),
        "Ol\u{e1}, o rio subiu muito".as_bytes()
    );
    for (kind, body, expected, said) in [
        ("tts", "text=+%09", 400, "text: is empty"),
        ("tts", "", 400, "text: is missing"),
        ("tts", "text=a&text=b", 400, "text: is given twice"),
        ("tts", "text=%ff", 400, "text: is not UTF-8"),
        ("tts", "text=hello%00world", 400, "NUL"),
        ("tts", "texte=hello", 400, "unknown field \"texte\": use text, voice, speed, format"),
        ("summarization", "document_file=hello", 400, "multipart/form-data"),
        ("document-translation", "document_file=hello", 415, "multipart/form-data"),
        ("transcription", "audio_file=hello", 415, "multipart/form-data"),
    ] {
        let (status, body) = post(kind, body.to_owned()).await;
        assert_eq!(status, expected, "{kind} {body}");
        assert!(body["detail"].as_str().unwrap().contains(said), "{kind}: {body}");
    }
    let full = "a%20".repeat((1 << 20) / 2);
    assert_eq!(post("summarization", format!("source_language=en&text={full}")).await.0, 200);
    assert_eq!(post("summarization", format!("source_language=en&text={full}aa")).await.0, 413);
}

#[tokio::test]
async fn a_document_is_told_by_name_and_bytes() {
    let g = gateway(|_| ()).await;
    let target: Part<'_> = ("target_language", None, b"pt");
    for (name, bytes, format, source) in [
        ("Bericht 1.txt", "Der Fluss stieg in jenem Jahr sehr hoch.".as_bytes(), "txt", "de"),
        ("a.html", b"<p>The river rose higher than ever before</p>", "html", "en"),
        ("a.srt", b"1\n00:00:01,000 --> 00:00:02,000\nMuchas gracias por todo\n", "srt", "es"),
        ("a.docx", DOCX, "docx", "auto"),
        ("a.pdf", b"%PDF-1.7 ...", "pdf", "auto"),
        ("numbers.txt", b"1 2 3", "txt", "auto"),
    ] {
        let (status, body) =
            answer(g.form("document-translation", &[target, ("document_file", Some(name), bytes)])).await;
        assert_eq!(
            (status, &body["file_format"], &body["source_language"]),
            (200, &format.into(), &source.into()),
            "{body}"
        );
        assert_eq!((&body["file_name"], &body["file_size"]), (&name.into(), &bytes.len().into()));
        let (spec, files) = (g.spec(&body), g.world.files.lock().unwrap());
        assert_eq!(spec.options.document_format.unwrap().name(), format);
        assert_eq!(files[&spec.input].1.as_ref(), bytes);
    }
    let stored = g.world.files.lock().unwrap().len();
    for (name, bytes) in [
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".as_slice()),
        ("a.odt", b"PK\x03\x04"),
        ("a.rtf", b"{\\rtf1"),
        ("a.png", b"\x89PNG"),
        ("a.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        ("a.docx", b"no zip at all"),
        ("noname", b"hello"),
    ] {
        for kind in ["document-translation", "summarization"] {
            let mut parts = vec![("document_file", Some(name), bytes)];
            parts.extend((kind != "summarization").then_some(target));
            let (status, body) = answer(g.form(kind, &parts)).await;
            assert_eq!(status, 415, "{name}: {body}");
            assert!(
                body["detail"].as_str().unwrap().contains("txt, md, html, srt, vtt, docx, pdf"),
                "{body}"
            );
        }
    }
    assert_eq!(g.world.files.lock().unwrap().len(), stored, "what is refused is not stored");
    let english: Part<'_> = ("document_file", Some("a.txt"), ENGLISH);
    let (status, body) =
        answer(g.form("document-translation", &[("target_language", None, b"en"), english])).await;
    assert!(status == 400 && body["detail"].as_str().unwrap().contains("English already"), "{body}");
}

#[tokio::test]
async fn a_repeated_text_gives_the_same_bytes_and_another_option_does_not() {
    // D5 (small), R36
    let g = gateway(|_| ()).await;
    let send = async |parts: &[Part<'_>]| {
        let response = g.form("text-translation", parts).header("idempotency-key", "k").send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    let (text, pt): (Part<'_>, Part<'_>) = (("text", None, ENGLISH), ("target_language", None, b"pt"));
    let first = send(&[text, pt]).await;
    assert_eq!(first.0, 200, "{first:?}");
    for _ in 0..3 {
        assert_eq!(send(&[pt, text, ("source_language", None, b"auto")]).await, first);
    }
    assert_eq!(send(&[text, ("target_language", None, b"es")]).await.0, 422);
    assert_eq!(send(&[("text", None, b"Another text in English words"), pt]).await.0, 422);
    assert_eq!(g.submitted(), 1);
}

#[tokio::test]
async fn a_video_has_a_limit_of_its_own() {
    // C10
    let g =
        gateway(|c| (c.limits.audio_bytes, c.limits.video_bytes, c.limits.document_bytes) = (100, 200, 300))
            .await;
    let of = async |kind: &str, field: &str, name: &str, length: usize| {
        let parts: &[Part<'_>] =
            &[(field, Some(name), &vec![b'a'; length]), ("target_language", None, b"pt")];
        let parts = if kind == "document-translation" { parts } else { &parts[..1] };
        answer(g.form(kind, parts)).await.0
    };
    for (kind, field, name, limit) in [
        ("audio-analysis", "audio_file", "a.wav", 100),
        ("video-transcription", "video_file", "a.mp4", 200),
        ("document-translation", "document_file", "a.txt", 300),
    ] {
        assert_eq!(
            (of(kind, field, name, limit).await, of(kind, field, name, limit + 1).await),
            (200, 413),
            "{kind}"
        );
    }
    assert_eq!(g.world.files.lock().unwrap().len(), 3);
    let stored: BTreeSet<FilePurpose> = g
        .world
        .tasks
        .lock()
        .unwrap()
        .values()
        .map(|t| t.spec.kind)
        .map(|k| match k {
            TaskKind::AudioAnalysis => FilePurpose::UserAudio,
            TaskKind::VideoTranscription => FilePurpose::UserVideos,
            _ => FilePurpose::UserDocuments,
        })
        .collect();
    let purposes: BTreeSet<FilePurpose> =
        g.world.files.lock().unwrap().values().map(|(m, _)| m.purpose).collect();
    assert_eq!(stored, purposes);
}

#[test]
fn the_documented_forms_have_the_fields_of_the_table() {
    let document: Value = serde_json::from_str(&Api::openapi().to_json().unwrap()).unwrap();
    for kind in TaskKind::ALL {
        let operation = &document["paths"][format!("/api/v1/{kind}")]["post"];
        let form = &operation["requestBody"]["content"]["multipart/form-data"]["schema"]["$ref"];
        let name = form.as_str().unwrap().rsplit('/').next().unwrap();
        let documented = &document["components"]["schemas"][name]["properties"];
        let documented: BTreeSet<&str> = documented.as_object().unwrap().keys().map(String::as_str).collect();
        let mut taken: BTreeSet<&str> = crate::http::submit::names(*kind).into_iter().collect();
        // only taken to be refused in words
        taken.remove("callback_url");
        assert_eq!(documented, taken, "{kind}");
    }
}
