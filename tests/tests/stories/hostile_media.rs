//! Every odd file gets the right answer or a clear refusal; nothing crashes, nothing hangs.

use std::time::{Duration, Instant};

use scorer::metric::wer;
use serde_json::Value;
use tests::{Cluster, media};

/// How a file must end.
enum End {
    /// It is refused at the door with this status, in words that hold this part.
    Refused(u16, &'static str),
    /// Its task fails with this reason.
    Failed(&'static str),
    /// An empty transcript, said to be so.
    NoSpeech,
    /// The words of the shipped recording, within this word error rate.
    Words(f64),
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_files_get_the_right_answer_or_a_clear_refusal() {
    // E18, E21, R13, H2
    let cluster = Cluster::with_triton().await;
    let mp3 = media::convert(media::AUSTEN, &["-f", "mp3", "-b:a", "64k"]).await;
    let mut cut = media::convert(media::AUSTEN, &["-f", "wav"]).await;
    cut.truncate(cut.len() / 2);
    let studio = ["-ar", "44100", "-ac", "2", "-c:a", "pcm_s24le", "-f", "wav"];
    let phone = ["-ar", "8000", "-ac", "1", "-c:a", "pcm_mulaw", "-f", "wav"];
    let opus = ["-c:a", "libopus", "-b:a", "32k", "-f", "webm"];
    let m4a = ["-c:a", "aac", "-b:a", "64k", "-f", "mp4"];
    let playlist =
        b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n".to_vec();
    let files: Vec<(&str, Vec<u8>, End)> = vec![
        ("empty.wav", Vec::new(), End::Refused(400, "empty")),
        ("text.wav", b"this is a letter, not a recording\n".repeat(50), End::Failed("broken_file")),
        ("playlist.mp3", playlist, End::Failed("unsupported")),
        ("zero-seconds.wav", media::wav(16_000, &[]), End::Failed("nothing_to_do")),
        ("half.wav", cut, End::Failed("broken_file")),
        ("noise.mp3", mp3[..200].to_vec(), End::Failed("broken_file")),
        ("silence.wav", media::silence(5), End::NoSpeech),
        ("truncated.mp3", mp3[..mp3.len() - 1_000].to_vec(), End::Words(0.08)),
        ("studio.wav", media::convert(media::AUSTEN, &studio).await, End::Words(0.06)),
        ("phone.wav", media::convert(media::AUSTEN, &phone).await, End::Words(0.15)),
        ("call.webm", media::convert(media::AUSTEN, &opus).await, End::Words(0.08)),
        ("memo.m4a", media::convert(media::AUSTEN, &m4a).await, End::Words(0.06)),
        ("named-wrong.wav", mp3, End::Words(0.06)),
    ];
    for (name, bytes, end) in files {
        let began = Instant::now();
        check(&cluster, name, bytes, &end).await;
        println!("{name}: {:.1} s", began.elapsed().as_secs_f64());
    }
    cluster.stop().await;
}

async fn check(cluster: &Cluster, name: &str, bytes: Vec<u8>, end: &End) {
    let response = cluster.upload(name, bytes, &[]).await;
    let (status, answer) = (response.status().as_u16(), response.json::<Value>().await.unwrap());
    if let End::Refused(wanted, part) = end {
        assert_eq!(status, *wanted, "{name}: {answer}");
        assert!(answer["detail"].as_str().unwrap().contains(part), "{name}: {answer}");
        return;
    }
    assert_eq!(status, 200, "{name}: {answer}");
    let task = answer["task_id"].as_str().unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(120), cluster.end_of(task)).await;
    let (state, why) = ended.unwrap_or_else(|_| panic!("{name} hangs"));
    let url = cluster.url(&format!("/api/v1/transcription/{task}/result"));
    let response = cluster.http.get(url).send().await.unwrap();
    let (status, result) = (response.status().as_u16(), response.json::<Value>().await.unwrap());
    match end {
        End::Failed(reason) => {
            assert_eq!((state.as_str(), status), ("failed", 422), "{name}: {result}");
            assert!(result.to_string().contains(reason), "{name}: {result}");
            assert!(!why.is_empty() && !why.contains('/'), "{name} says nothing, or a path: {why}");
        }
        End::NoSpeech => {
            assert_eq!((state.as_str(), status), ("completed", 200), "{name}: {why}");
            assert_eq!(
                (&result["no_speech"], &result["text"]),
                (&Value::Bool(true), &Value::String(String::new()))
            );
        }
        End::Words(limit) => {
            assert_eq!((state.as_str(), status), ("completed", 200), "{name}: {why}");
            let error = wer(media::AUSTEN_TEXT, result["text"].as_str().unwrap());
            assert!(error <= *limit, "{name}: WER {error}: {}", result["text"]);
        }
        End::Refused(..) => unreachable!("handled above"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_minutes_are_transcribed_to_their_end() {
    // R7, E25
    let cluster = Cluster::with_triton().await;
    let once = media::austen_samples().await;
    // pauses of two seconds between the repetitions, one long silence in the middle
    let mut samples = Vec::new();
    for n in 0..22 {
        samples.extend_from_slice(&once);
        samples.extend(std::iter::repeat_n(0, if n == 10 { 16_000 * 30 } else { 32_000 }));
    }
    let seconds = samples.len() as f64 / 16_000.0;
    assert!(seconds > 600.0, "{seconds}");
    let began = Instant::now();
    let result = cluster.transcribe("long.wav", media::wav(16_000, &samples)).await;
    let error = wer(&media::AUSTEN_TEXT.repeat(22), result["text"].as_str().unwrap());
    println!("{seconds:.0} s of sound in {:.1} s, WER {:.2} %", began.elapsed().as_secs_f64(), error * 100.0);
    assert!(error < 0.08, "WER {error}");
    let last = result["segments"].as_array().unwrap().last().unwrap()["end"].as_f64().unwrap();
    assert!(last > seconds - 10.0, "the end is missing: {last} of {seconds}");
    cluster.stop().await;
}
