//! The whole way costs no accuracy: the same weights, called directly, say the same.

use std::{path::Path, process::Command};

use scorer::metric::wer;
use serde_json::Value;
use tests::{Cluster, cluster::prepared, media};

/// Runs `tests/python/direct_asr.py`, which calls the weights without Triton and without any of our Rust.
async fn direct(wav: &Path) -> Value {
    let runtime = prepared().await.runtime;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/direct_asr.py");
    let output = Command::new(&runtime.python)
        .arg(script)
        .arg(runtime.models.join("whisper-base"))
        .arg(wav)
        .env("PYTHONPATH", &runtime.site_packages)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mesh_is_as_accurate_as_the_weights_themselves() {
    // P3 is about metrics; this is about the path
    let cluster = Cluster::with_triton().await;
    let folder = tempfile::tempdir().unwrap();
    let samples = media::austen_samples().await;
    let mut noise = 1u32;
    let noisy = samples.iter().map(|s| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        s.saturating_add(((noise >> 16) as i16) / 160)
    });
    let clips = [("as shipped", samples.clone()), ("with noise", noisy.collect())];
    for (name, clip) in clips {
        let bytes = media::wav(16_000, &clip);
        let path = folder.path().join("clip.wav");
        std::fs::write(&path, &bytes).unwrap();
        let alone = direct(&path).await;
        let whole = cluster.transcribe("clip.wav", bytes).await;
        let rate = |said: &Value| wer(media::AUSTEN_TEXT, said["text"].as_str().unwrap()) * 100.0;
        println!("{name}: WER {:.2} % directly, {:.2} % through the mesh", rate(&alone), rate(&whole));
        assert!(
            rate(&whole) <= rate(&alone) + 0.5,
            "directly: {}\nthrough the mesh: {}",
            alone["text"],
            whole["text"]
        );
    }
    cluster.stop().await;
}
