//! What nobody should send, to every kind.

use super::*;

const TEXT_KINDS: [&str; 3] = ["tts", "summarization", "text-translation"];

fn with_target<'a>(kind: &str, parts: &[Part<'a>]) -> Vec<Part<'a>> {
    let target: Option<Part<'a>> = kind.ends_with("-translation").then_some(("target_language", None, b"it"));
    parts.iter().copied().chain(target).collect()
}

// E17, E18, E23
#[tokio::test]
async fn what_is_wrong_with_any_kind_is_named_with_what_would_be_right() {
    let g = gateway(|_| ()).await;
    let text: Part<'_> = ("text", None, b"The river rose higher than ever before.");
    let document: Part<'_> = ("document_file", Some("a.txt"), b"The river rose higher than ever before.");
    let audio: Part<'_> = ("audio_file", Some("a.wav"), b"RIFF");
    let cases: &[(&str, &[Part<'_>], &str)] = &[
        ("video-transcription", &[text], "unknown field \"text\": use video_file"),
        ("video-transcription", &[audio], "unknown field \"audio_file\": use video_file"),
        ("video-transcription", &[], "video_file: is missing"),
        ("video-transcription", &[("video_file", Some("a.mp4"), b"")], "video_file: is empty"),
        ("audio-analysis", &[audio, ("format", None, b"mp3")], "unknown field \"format\""),
        ("audio-enhancement", &[audio, ("format", None, b"aac")], "use one of wav, mp3, opus, flac"),
        ("audio-enhancement", &[audio, ("voice", None, b"x")], "unknown field \"voice\""),
        ("transcription", &[audio, ("target_language", None, b"en")], "unknown field"),
        ("tts", &[text, ("speed", None, b"5")], "speed: must be from 0.25 to 4"),
        ("tts", &[text, ("speed", None, b"quick")], "speed: must be a number from 0.25 to 4"),
        ("tts", &[text, ("voice", None, b"a b")], "voice: must be 1 to 64 printable ASCII characters"),
        ("tts", &[text, ("voice", None, &[b'x'; 65])], "voice: must be 1 to 64"),
        ("tts", &[text, ("max_words", None, b"50")], "unknown field \"max_words\""),
        ("tts", &[text, ("source_language", None, b"klingon")], "use one of auto, en, es, fr"),
        ("summarization", &[text, document], "give text or document_file, not both"),
        ("summarization", &[document, text], "give text or document_file, not both"),
        ("summarization", &[], "text or document_file: is missing"),
        ("summarization", &[text, ("max_words", None, b"9")], "max_words: must be from 10 to 2000"),
        ("summarization", &[text, ("max_words", None, b"many")], "must be a whole number from 10 to 2000"),
        ("summarization", &[text, ("mode", None, b"poetic")], "use one of extractive, abstractive"),
        ("text-translation", &[text], "target_language: is missing: use one of en, es, fr"),
        ("text-translation", &[text, ("target_language", None, b"auto")], "unknown language \"auto\""),
        ("text-translation", &[text, ("target_language", None, b"en")], "the input is in English already"),
        (
            "text-translation",
            &[text, ("target_language", None, b"de"), ("source_language", None, b"de")],
            "the input is in German already",
        ),
        ("document-translation", &[text], "unknown field \"text\": use document_file, target_language"),
        ("document-translation", &[("target_language", None, b"pt")], "document_file: is missing"),
        ("document-translation", &[document], "target_language: is missing"),
        ("document-translation", &[document, ("document_format", None, b"md")], "unknown field"),
        ("text-translation", &[text, ("callback_url", None, b"http://127.0.0.1/")], "sends no callbacks"),
    ];
    for (kind, parts, expected) in cases {
        let (status, body) = answer(g.form(kind, parts)).await;
        assert_eq!(status, 400, "{kind} {expected}: {body}");
        assert!(body["detail"].as_str().unwrap().contains(expected), "{kind}: {expected}: {body}");
    }
    assert_eq!(g.submitted(), 0);
}

// E18, E20
#[tokio::test]
async fn a_text_in_no_language_of_ours_is_refused_with_the_way_out() {
    let g = gateway(|_| ()).await;
    for kind in TEXT_KINDS {
        for text in [
            "tlhIngan maH",
            "مرحبا بالعالم",
            "Καλημέρα κόσμε",
            "1234 5678",
            "???",
            "In dat jaar steeg de rivier hoger dan iemand in het dorp zich kon herinneren.",
        ] {
            let (status, body) =
                answer(g.form(kind, &with_target(kind, &[("text", None, text.as_bytes())]))).await;
            assert_eq!(status, 400, "{kind} {text}: {body}");
            let detail = body["detail"].as_str().unwrap();
            assert!(
                detail.starts_with("source_language: the language of the text can't be detected"),
                "{detail}"
            );
            assert!(detail.contains("give it as one of en, es, fr, de, it, pt, ru, ja, ko, zh"), "{detail}");
            let said: Part<'_> = ("source_language", None, b"en");
            let parts = with_target(kind, &[("text", None, text.as_bytes()), said]);
            assert_eq!(answer(g.form(kind, &parts)).await.0, 200, "{kind} {text}");
        }
    }
    assert_eq!(g.world.files.lock().unwrap().len(), g.submitted(), "what is refused is not stored");
}

#[tokio::test]
async fn a_text_that_is_none_is_refused() {
    let g = gateway(|_| ()).await;
    for kind in TEXT_KINDS {
        for (text, expected) in [
            (b"".as_slice(), "text: is empty"),
            (b" \n\t \xe3\x80\x80", "text: is empty"),
            (b"Hello\0world, how are you?", "text: has NUL characters"),
            (b"caf\xe9 au lait", "text: is not UTF-8"),
            (b"\xff\xfeH\0e\0", "text: is not UTF-8"),
        ] {
            let (status, body) = answer(g.form(kind, &with_target(kind, &[("text", None, text)]))).await;
            assert_eq!(status, 400, "{kind}: {body}");
            assert!(body["detail"].as_str().unwrap().contains(expected), "{kind}: {body}");
        }
    }
    assert_eq!(g.world.files.lock().unwrap().len(), 0);
}

// C10, R6
#[tokio::test]
async fn a_text_may_have_its_megabyte_and_not_a_byte_more() {
    let g = gateway(|_| ()).await;
    let mut text = b"The river rose. ".repeat((1 << 20) / 16);
    *text.last_mut().unwrap() = b'!';
    for kind in TEXT_KINDS {
        let (status, body) = answer(g.form(kind, &with_target(kind, &[("text", None, &text)]))).await;
        assert_eq!(status, 200, "{kind}: {body}");
        assert_eq!(g.spec(&body).input_size, 1 << 20);
        let more: Vec<u8> = text.iter().copied().chain([b'!']).collect();
        let (status, body) = answer(g.form(kind, &with_target(kind, &[("text", None, &more)]))).await;
        assert_eq!(status, 413, "{kind}: {body}");
        assert!(body["detail"].as_str().unwrap().contains("1048576 bytes"), "{body}");
    }
    // one character, a megabyte of it: no language, and no time lost over it
    let (status, body) = answer(g.form("tts", &[("text", None, &vec![b'x'; 1 << 20])])).await;
    assert!(status == 400 || status == 200, "{body}");
    // by its length alone
    let (status, _) = answer(g.form("tts", &[("text", None, &vec![b'x'; 3 << 20])])).await;
    assert_eq!(status, 413);
}

// H4 (small)
#[tokio::test]
async fn form_bombs_are_refused() {
    let g = gateway(|_| ()).await;
    let many: Vec<String> = (0..10_000).map(|i| format!("field{i}")).collect();
    let many: Vec<Part<'_>> = many.iter().map(|n| (n.as_str(), None, b"x".as_slice())).collect();
    let encoded = |body: String| {
        let media = "application/x-www-form-urlencoded";
        g.client.post(format!("{}/api/v1/tts", g.base)).header("content-type", media).body(body)
    };
    assert_eq!(answer(g.form("tts", &many)).await.0, 400);
    assert_eq!(answer(encoded("voice=a&".repeat(100_000))).await.0, 400);
    assert_eq!(answer(encoded("&".repeat(1 << 20))).await.0, 400);
    assert_eq!(answer(encoded("=".repeat(1 << 20))).await.0, 400);
    assert_eq!(answer(encoded(format!("{}=x", "n".repeat(1 << 20)))).await.0, 400);
    assert_eq!(answer(encoded(format!("voice={}&text=hi", "n".repeat(1 << 20)))).await.0, 400);
    assert_eq!(answer(encoded("%".repeat(4 << 20))).await.0, 413);
    assert_eq!(g.submitted(), 0);
    assert_eq!(g.world.files.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn what_the_scheduler_does_not_offer_is_told_in_its_words() {
    let g = gateway(|_| ()).await;
    let why = "no paired miner translates from fr to ko: available are en to pt, pt to en";
    *g.world.refusal.lock().unwrap() = Some(why.to_owned());
    let parts: &[Part<'_>] =
        &[("text", None, "Où est la gare, s'il vous plaît ?".as_bytes()), ("target_language", None, b"ko")];
    let (status, body) = answer(g.form("text-translation", parts)).await;
    assert_eq!((status, body["detail"].as_str()), (400, Some(why)));
}
