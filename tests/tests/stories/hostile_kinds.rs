//! Wrong input to every kind, at the door and at the real models: a clear refusal or the right result, in bounded memory.

mod bombs;

use std::time::Instant;

use domain::{
    TaskKind,
    TaskKind::{
        AudioAnalysis, AudioEnhancement, DocumentTranslation, Summarization, TextTranslation, Transcription,
        Tts, VideoTranscription,
    },
};
use reqwest::multipart::Part;
use serde_json::Value;
use tests::{
    Cluster,
    cluster::form,
    cost::{forget_peak, peak_memory},
};

use bombs::{docx, paragraph, pdf_bomb, playlists};

/// Most megabytes that the whole stack in this process may hold more than before while it meets one input.
const MOST: u64 = 400;

/// What is sent to a kind.
struct Input {
    name: &'static str,
    kind: TaskKind,
    fields: Vec<(&'static str, String)>,
    file: Option<(&'static str, Vec<u8>)>,
    end: End,
}

/// How it may end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// Refused at the door.
    Refused,
    /// The task failed.
    Failed,
    /// It is done.
    Done,
}

/// How it must end, and what must be said.
#[derive(Clone, Copy)]
struct End(Ended, &'static str);

impl End {
    /// No reason names a path of the miner's machine.
    fn holds(self, end: Ended, said: &str) -> bool {
        end == self.0 && said.contains(self.1) && (end != Ended::Failed || !said.contains('/'))
    }
}

fn fields(pairs: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    pairs.iter().map(|(k, v)| (*k, (*v).to_owned())).collect()
}

fn text(name: &'static str, kind: TaskKind, pairs: &[(&'static str, &str)], end: End) -> Input {
    Input { name, kind, fields: fields(pairs), file: None, end }
}

fn file(name: &'static str, kind: TaskKind, (as_name, bytes): (&'static str, Vec<u8>), end: End) -> Input {
    let languages = [("source_language", "en"), ("target_language", "pt")];
    let fields = if kind == DocumentTranslation { fields(&languages) } else { Vec::new() };
    Input { name, kind, fields, file: Some((as_name, bytes)), end }
}

const KLINGON: &str =
    "tlhIngan maH! taHjaj wo'maj. Heghlu'meH QaQ jajvam, batlh bIHeghjaj. nuqneH, qaStaH nuq jay'?";

fn inputs(secret: &str) -> Vec<Input> {
    let letter = b"this is a letter, and neither sound nor pictures\n".repeat(200);
    let million = "a".repeat(1_000_000);
    let (en, pt) = (("source_language", "en"), ("target_language", "pt"));
    let unheard = "source_language";
    let mut inputs = vec![
        file(
            "a letter as a video",
            VideoTranscription,
            ("letter.mp4", letter.clone()),
            End(Ended::Failed, ""),
        ),
        file(
            "a letter as sound to clean",
            AudioEnhancement,
            ("letter.wav", letter.clone()),
            End(Ended::Failed, ""),
        ),
        file("a letter as sound to measure", AudioAnalysis, ("letter.wav", letter), End(Ended::Failed, "")),
        text("Klingon to translate", TextTranslation, &[("text", KLINGON), pt], End(Ended::Refused, unheard)),
        text("Klingon to speak", Tts, &[("text", KLINGON)], End(Ended::Refused, unheard)),
        text("Klingon to shorten", Summarization, &[("text", KLINGON)], End(Ended::Refused, unheard)),
        text(
            "Klingon said to be English",
            TextTranslation,
            &[("text", KLINGON), en, pt],
            End(Ended::Done, "pt"),
        ),
        text(
            "one letter to translate",
            TextTranslation,
            &[("text", &million), en, pt],
            End(Ended::Failed, "nothing to translate"),
        ),
        text("one letter to speak", Tts, &[("text", &million), en], End(Ended::Failed, "can be spoken")),
        text("one letter to shorten", Summarization, &[("text", &million), en], End(Ended::Failed, "")),
        file("a pdf bomb", DocumentTranslation, ("bomb.pdf", pdf_bomb()), End(Ended::Failed, "")),
    ];
    let bomb = docx(&" ".repeat(300 << 20));
    inputs.push(file("a docx bomb", DocumentTranslation, ("bomb.docx", bomb), End(Ended::Failed, "")));
    let line = "It was the best of times, it was the worst of times. ".repeat(8);
    let page = |n: usize| paragraph(&format!("Chapter {n}")) + &paragraph(&line).repeat(6);
    let book: String = (1..=200).map(page).collect();
    inputs.push(file("200 pages", DocumentTranslation, ("book.docx", docx(&book)), End(Ended::Done, "docx")));
    let cells = "<p>the <b>red</b> <i>light</i> ".repeat(150_000).into_bytes();
    inputs.push(file(
        "a page of crumbs",
        DocumentTranslation,
        ("crumbs.html", cells),
        End(Ended::Done, "html"),
    ));
    for list in playlists(secret) {
        for kind in [Transcription, VideoTranscription, AudioEnhancement, AudioAnalysis] {
            let as_name = if kind == VideoTranscription { "list.mp4" } else { "list.mp3" };
            inputs.push(file("a list of files", kind, (as_name, list.clone()), End(Ended::Failed, "")));
        }
        inputs.push(file(
            "a list of files",
            DocumentTranslation,
            ("list.txt", list),
            End(Ended::Done, "txt"),
        ));
    }
    inputs
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_input_to_any_kind_is_refused_clearly_or_done_right_in_bounded_memory() {
    // E18, R10
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret.wav");
    std::fs::write(&secret, "the password is swordfish").unwrap();
    let cluster = Cluster::with_kinds(TaskKind::ALL, &[]).await;
    let mut faults = Vec::new();
    for input in inputs(secret.to_str().unwrap()) {
        forget_peak().unwrap();
        let (before, began) = (peak_memory().unwrap(), Instant::now());
        let (name, kind, wanted) = (input.name, input.kind, input.end);
        let bytes = input.file.as_ref().map_or(0, |f| f.1.len());
        let (end, said) = meet(&cluster, input).await;
        // the kernel counts roughly: the peak after may be a page below what was before
        let more = peak_memory().unwrap().saturating_sub(before) >> 20;
        let seconds = began.elapsed().as_secs_f64();
        let line =
            format!("{name}, {kind}, {bytes} bytes: {end:?} in {seconds:.1} s, {more} MB: {said:.200}");
        println!("{line}");
        if !wanted.holds(end, &said) || said.contains("swordfish") || more > MOST {
            faults.push(line);
        }
    }
    assert_eq!(faults, Vec::<String>::new());
    cluster.stop().await;
}

/// Sends an input, and returns how it ended and what was said of it.
async fn meet(cluster: &Cluster, input: Input) -> (Ended, String) {
    let Input { kind, fields, file, .. } = input;
    let pairs: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let mut sent = form(&pairs);
    if let Some((as_name, bytes)) = file {
        let field = match kind {
            VideoTranscription => "video_file",
            DocumentTranslation => "document_file",
            _ => "audio_file",
        };
        sent = sent.part(field, Part::bytes(bytes).file_name(as_name));
    }
    let response = cluster.ask(kind, sent).await;
    let (status, answer) = (response.status(), response.json::<Value>().await.unwrap());
    if !status.is_success() {
        assert!(status.is_client_error(), "{status}: {answer}");
        return (Ended::Refused, answer["detail"].as_str().unwrap().to_owned());
    }
    let task = answer["task_id"].as_str().unwrap();
    let (state, why) = cluster.end_of(task).await;
    if state == "completed" {
        return (Ended::Done, cluster.gateway.result(kind.name(), task, "json").await.unwrap());
    }
    assert_eq!(state, "failed");
    (Ended::Failed, why)
}
