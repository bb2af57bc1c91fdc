//! Videos go in, the transcript of their sound comes out.

use std::time::{Duration, Instant};

use domain::TaskKind;
use reqwest::multipart::{Form, Part};
use scorer::metric::wer;
use serde_json::Value;
use tests::{Cluster, media};

const KIND: &str = "video-transcription";
/// Five pictures a second, as long as the sound.
const PICTURES: [&str; 6] = ["-f", "lavfi", "-i", "testsrc=s=160x120:r=5", "-shortest", "-t"];

/// The first eight seconds of the recording in a video.
async fn film(args: &[&str]) -> Vec<u8> {
    media::convert(media::AUSTEN, &[&PICTURES[..], &["8", "-pix_fmt", "yuv420p"], args].concat()).await
}

async fn submit(cluster: &Cluster, name: &str, bytes: Vec<u8>) -> String {
    let form = Form::new().part("video_file", Part::bytes(bytes).file_name(name.to_owned()));
    let request = cluster.http.post(cluster.url(&format!("/api/v1/{KIND}"))).multipart(form);
    let response = request.send().await.unwrap();
    let status = response.status();
    let answer: Value = response.json().await.unwrap();
    assert_eq!(status, 200, "{name}: {answer}");
    assert_eq!(answer["file_name"], name, "{answer}");
    answer["task_id"].as_str().unwrap().to_owned()
}

/// How a video ends: its state, and the reason of a failure.
async fn end(cluster: &Cluster, name: &str, task: &str) -> (String, String) {
    let ended = tokio::time::timeout(Duration::from_secs(180), cluster.end_of(task)).await;
    ended.unwrap_or_else(|_| panic!("{name} hangs"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_video_of_every_common_kind_becomes_a_transcript() {
    // E18
    let cluster = Cluster::with_kinds(&[TaskKind::Transcription, TaskKind::VideoTranscription], &[]).await;
    let wave = media::convert(media::AUSTEN, &["-t", "8", "-f", "wav"]).await;
    let said = cluster.transcribe("austen.wav", wave).await["text"].as_str().unwrap().to_owned();
    let h264 = ["-c:v", "libx264", "-c:a", "aac"];
    let films: [(&str, Vec<&str>); 11] = [
        ("index-at-the-end.mp4", [&h264[..], &["-f", "mp4"]].concat()),
        ("index-at-the-start.mp4", [&h264[..], &["-movflags", "+faststart", "-f", "mp4"]].concat()),
        ("film.mkv", vec!["-c:v", "libx264", "-c:a", "libopus", "-f", "matroska"]),
        ("film.webm", vec!["-c:v", "libvpx", "-c:a", "libopus", "-f", "webm"]),
        ("film.mov", vec!["-c:v", "mpeg4", "-c:a", "pcm_s16le", "-f", "mov"]),
        ("film.avi", vec!["-c:v", "mpeg4", "-c:a", "libmp3lame", "-f", "avi"]),
        ("film.mpg", vec!["-c:v", "mpeg2video", "-r", "25", "-c:a", "mp2", "-ar", "44100", "-f", "mpeg"]),
        ("film.ts", [&h264[..], &["-f", "mpegts"]].concat()),
        ("film.flv", vec!["-c:v", "flv", "-c:a", "libmp3lame", "-ar", "44100", "-f", "flv"]),
        ("film.3gp", vec!["-c:v", "mpeg4", "-c:a", "aac", "-f", "3gp"]),
        ("film.wmv", vec!["-c:v", "wmv2", "-c:a", "wmav2", "-f", "asf"]),
    ];
    for (name, args) in films {
        let began = Instant::now();
        let task = submit(&cluster, name, film(&args).await).await;
        let (state, why) = end(&cluster, name, &task).await;
        assert_eq!(state, "completed", "{name}: {why}");
        let text = cluster.gateway.result(KIND, &task, "text").await.unwrap();
        let error = wer(&said, &text);
        println!(
            "{name}: {:.1} s, WER against the bare sound {:.2} %",
            began.elapsed().as_secs_f64(),
            error * 100.0
        );
        assert!(error <= 0.1, "{name}: {text}\nbare: {said}");
        if name == "film.mkv" {
            let form = async |f: &str| cluster.gateway.result(KIND, &task, f).await.unwrap();
            assert!(form("srt").await.starts_with("1\n00:00:0"));
            assert!(form("vtt").await.starts_with("WEBVTT\n"));
        }
    }
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_video_with_sound_is_refused_by_name_and_nothing_else_is_read() {
    // E21, H2
    let cluster = Cluster::with_kinds(&[TaskKind::Transcription, TaskKind::VideoTranscription], &[]).await;
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret.wav");
    std::fs::write(&secret, media::convert(media::AUSTEN, &["-t", "3", "-f", "wav"]).await).unwrap();
    let secret = secret.display();
    // an address that tells whoever asks for it
    let bait = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/x.ts", bait.local_addr().unwrap());
    let hls =
        |target: &str| format!("#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{target}\n#EXT-X-ENDLIST\n");
    let dash = format!("<?xml version=\"1.0\"?>\n<MPD><Period><BaseURL>{url}</BaseURL></Period></MPD>");
    let silent = film(&["-an", "-c:v", "libx264", "-f", "mp4"]).await;
    let mut cut = film(&["-c:v", "libx264", "-c:a", "aac", "-f", "mp4"]).await;
    cut.truncate(cut.len() / 2);
    let files: Vec<(&str, Vec<u8>, &str)> = vec![
        ("list-of-a-file.mp4", hls(&format!("file://{secret}")).into_bytes(), "unsupported"),
        ("list-of-an-address.mp4", hls(&url).into_bytes(), "unsupported"),
        ("concat.mkv", format!("ffconcat version 1.0\nfile '{secret}'\n").into_bytes(), "unsupported"),
        ("dash.mp4", dash.into_bytes(), "unsupported"),
        ("frame%03d.png", b"\x89PNG\r\n\x1a\n and so on".to_vec(), "broken_file"),
        ("archive.mp4", b"PK\x03\x04 and so on".to_vec(), "broken_file"),
        ("document.webm", b"%PDF-1.7 and so on".to_vec(), "broken_file"),
        ("silent.mp4", silent, "nothing_to_do"),
        ("cut.mp4", cut, "broken_file"),
    ];
    for (name, bytes, reason) in files {
        let task = submit(&cluster, name, bytes).await;
        let (state, why) = end(&cluster, name, &task).await;
        let url = cluster.url(&format!("/api/v1/{KIND}/{task}/result"));
        let response = cluster.http.get(url).send().await.unwrap();
        let (status, result) = (response.status().as_u16(), response.json::<Value>().await.unwrap());
        println!("{name}: {why}");
        assert_eq!((state.as_str(), status), ("failed", 422), "{name}: {result}");
        assert!(result.to_string().contains(reason), "{name}: {result}");
        assert!(!why.is_empty() && !why.contains('/'), "{name} says nothing, or a path: {why}");
    }
    let asked = tokio::time::timeout(Duration::ZERO, bait.accept()).await;
    assert!(asked.is_err(), "somebody asked for the address in a list");
    cluster.stop().await;
}
