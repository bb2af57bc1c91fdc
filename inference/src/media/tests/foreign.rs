//! Formats that only an encoder can make. Without one these tests say so and prove nothing.

use super::{samples::*, *};

pub(super) const VIDEO: [&str; 6] =
    ["-f", "lavfi", "-i", "color=c=red:s=64x64:r=5:d=3", "-shortest", "-pix_fmt"];

/// Name, encoder arguments, whether Rust decodes it.
pub(super) fn formats() -> Vec<(&'static str, Vec<&'static str>, bool)> {
    let video = |args: &[&'static str]| [&VIDEO[..], &["yuv420p"], args].concat();
    vec![
        ("a.mp3", vec!["-c:a", "libmp3lame", "-q:a", "4"], true),
        (
            "cbr.mp3",
            vec!["-c:a", "libmp3lame", "-b:a", "64k", "-write_xing", "0", "-id3v2_version", "0"],
            true,
        ),
        ("a.flac", vec!["-c:a", "flac"], true),
        ("vorbis.ogg", vec!["-c:a", "libvorbis"], true),
        ("flac.ogg", vec!["-c:a", "flac"], true),
        ("a.m4a", vec!["-c:a", "aac"], true),
        ("fragmented.mp4", vec!["-c:a", "aac", "-movflags", "frag_keyframe+empty_moov"], true),
        ("a.aac", vec!["-c:a", "aac", "-f", "adts"], true),
        ("a.aiff", vec![], true),
        ("a.caf", vec![], true),
        ("a.mka", vec!["-c:a", "flac"], true),
        ("h264.mp4", video(&["-c:v", "libx264", "-c:a", "aac"]), true),
        ("pcm.mov", video(&["-c:v", "mpeg4", "-c:a", "pcm_s16le"]), true),
        ("h264-opus.mkv", video(&["-c:v", "libx264", "-c:a", "libopus"]), false),
        ("vp8-vorbis.webm", video(&["-c:v", "libvpx", "-c:a", "libvorbis"]), true),
        ("vp9-opus.webm", video(&["-c:v", "libvpx-vp9", "-c:a", "libopus"]), false),
        ("opus.ogg", vec!["-c:a", "libopus"], false),
        ("opus.webm", vec!["-c:a", "libopus"], false),
        ("mp3.avi", video(&["-c:v", "mpeg4", "-c:a", "libmp3lame"]), false),
        ("a.wma", vec!["-c:a", "wmav2"], false),
        ("a.flv", vec!["-c:a", "libmp3lame"], false),
        ("a.ts", vec!["-c:a", "aac"], false),
        ("a.mpg", vec!["-c:a", "mp2", "-f", "mpeg"], false),
        ("a.au", vec![], false),
        ("adpcm.wav", vec!["-c:a", "adpcm_ima_wav"], true),
        ("ac3.mp4", vec!["-c:a", "ac3"], false),
        ("h263.3gp", video(&["-c:v", "mpeg4", "-c:a", "aac", "-f", "3gp"]), true),
        ("wmv2.wmv", video(&["-c:v", "wmv2", "-c:a", "wmav2"]), false),
        ("mpeg2.vob", video(&["-c:v", "mpeg2video", "-c:a", "ac3", "-f", "vob", "-r", "25"]), false),
    ]
}

pub(super) fn contained(ffmpeg: &Path) -> Decoder {
    let ffmpeg = Ffmpeg::find(Some(ffmpeg), None, ChildLimits::default()).unwrap();
    if !ffmpeg.is_without_network() {
        eprintln!("note: no network namespaces here; the child was not cut off from the network");
    }
    Decoder::new(Some(ffmpeg), LIMIT)
}

#[tokio::test]
async fn every_format_gives_the_same_sound() {
    let Some(ffmpeg) = encoder() else { return };
    let folder = tempfile::tempdir().unwrap();
    let decoder = contained(&ffmpeg);
    for (name, args, in_rust) in formats() {
        let Some(file) = encode(&ffmpeg, folder.path(), 3.0, name, &args) else {
            continue;
        };
        let pcm = decode_with(&decoder, &file).await.unwrap_or_else(|e| panic!("{name}: {e:?}"));
        assert!(is_the_tone(&pcm), "{name}");
        let off = (pcm.len() as f64 / 16_000.0 - 3.0).abs();
        assert!(off < 0.2, "{name} is {off} s off");
        match decode(&file).await {
            Ok(_) => assert!(in_rust, "{name} was not expected to be read in Rust"),
            Err(error) => {
                assert!(!in_rust && matches!(error, MediaError::DecoderMissing(_)), "{name}: {error:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_file_that_was_cut_off_says_where() {
    // E21
    let Some(ffmpeg) = encoder() else { return };
    let folder = tempfile::tempdir().unwrap();
    let decoder = contained(&ffmpeg);
    for (name, args) in [
        ("a.mp3", &["-c:a", "libmp3lame", "-b:a", "64k"][..]),
        ("a.flac", &["-c:a", "flac"]),
        ("start.m4a", &["-c:a", "aac", "-movflags", "+faststart"]),
        ("a.m4a", &["-c:a", "aac"]),
        ("a.mka", &["-c:a", "flac"]),
        ("a.webm", &["-c:a", "libopus"]),
    ] {
        let Some(file) = encode(&ffmpeg, folder.path(), 20.0, name, args) else {
            continue;
        };
        let bytes = std::fs::read(&file).unwrap();
        let cut = put(folder.path(), &format!("cut-{name}"), &bytes[..bytes.len() / 2]);
        let refused = decode_with(&decoder, &cut).await.map(|p| p.len());
        // an m4a whose index comes last has lost it
        let seconds = if name == "a.m4a" { 0..=0 } else { 8..=11 };
        assert!(
            matches!(refused, Err(MediaError::Broken { at_second }) if seconds.contains(&at_second)),
            "{name}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn an_mp3_without_a_promise_is_heard_to_its_end() {
    let Some(ffmpeg) = encoder() else { return };
    let folder = tempfile::tempdir().unwrap();
    let args = ["-c:a", "libmp3lame", "-b:a", "64k", "-write_xing", "0"];
    let Some(file) = encode(&ffmpeg, folder.path(), 20.0, "a.mp3", &args) else {
        return;
    };
    let bytes = std::fs::read(&file).unwrap();
    let pcm = decode(&put(folder.path(), "cut.mp3", &bytes[..bytes.len() / 2])).await.unwrap();
    assert!((pcm.len() as f64 / 16_000.0 - 10.0).abs() < 0.3, "{}", pcm.len());
}

#[tokio::test]
async fn a_video_without_sound_is_refused_by_name() {
    let Some(ffmpeg) = encoder() else { return };
    let folder = tempfile::tempdir().unwrap();
    let decoder = contained(&ffmpeg);
    for (name, codec) in [("a.mp4", "libx264"), ("a.webm", "libvpx"), ("a.avi", "mpeg4")] {
        let args = [&VIDEO[..], &["yuv420p", "-map", "1:v", "-c:v", codec]].concat();
        let Some(file) = encode(&ffmpeg, folder.path(), 3.0, name, &args) else {
            continue;
        };
        assert_eq!(decode_with(&decoder, &file).await, Err(MediaError::NoAudioTrack), "{name}");
    }
}

#[tokio::test]
async fn sound_that_starts_late_in_a_video_keeps_its_place() {
    let Some(ffmpeg) = encoder() else { return };
    let folder = tempfile::tempdir().unwrap();
    let decoder = contained(&ffmpeg);
    for (name, codec) in [("late.mkv", "flac"), ("late.webm", "libopus")] {
        let args =
            [&VIDEO[..4], &["-filter:a", "asetpts=PTS+2/TB", "-c:v", "libvpx", "-c:a", codec]].concat();
        let Some(file) = encode(&ffmpeg, folder.path(), 3.0, name, &args) else {
            continue;
        };
        let pcm = decode_with(&decoder, &file).await.unwrap();
        assert!(pcm[..30_000].iter().all(|s| s.abs() < 50), "{name}");
        assert!((pcm.len() as f64 / 16_000.0 - 5.0).abs() < 0.2 && is_the_tone(&pcm[32_000..]), "{name}");
    }
}

#[tokio::test]
async fn damaged_files_end_in_sound_or_in_a_named_refusal() {
    // H1, a share of it: the whole is run by the fuzzing command
    let Some(ffmpeg) = encoder() else { return };
    let folder = tempfile::tempdir().unwrap();
    let decoder = contained(&ffmpeg);
    let mut state = 0x2545_f491_4f6c_dd1du64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for (name, args, _) in formats() {
        let Some(file) = encode(&ffmpeg, folder.path(), 1.0, name, &args) else {
            continue;
        };
        let whole = std::fs::read(&file).unwrap();
        for _ in 0..12 {
            let mut bytes = whole.clone();
            for _ in 0..=random(20) {
                // headers are short and matter most: every second change falls into the first part
                let within = if random(2) == 0 { bytes.len() } else { bytes.len().min(400) };
                bytes[random(within)] = random(256) as u8;
            }
            let gone = random(bytes.len() / 2);
            bytes.truncate(bytes.len() - gone);
            let damaged = put(folder.path(), "damaged", &bytes);
            if let Err(error) = decode_with(&decoder, &damaged).await {
                assert!(error != MediaError::Internal && error != MediaError::Cancelled, "{name}: {error:?}");
            }
        }
    }
}
