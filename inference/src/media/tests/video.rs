//! Videos as people send them, and as they are made to trick a decoder.

use super::{
    foreign::{VIDEO, contained},
    samples::*,
    *,
};

fn video<'a>(args: &[&'a str]) -> Vec<&'a str> {
    [&VIDEO[..], &["yuv420p"], args].concat()
}

#[tokio::test]
async fn an_index_at_the_end_and_one_at_the_start_are_the_same() {
    let Some(ffmpeg) = encoder() else { return };
    let folder = tempfile::tempdir().unwrap();
    let decoder = contained(&ffmpeg);
    for (name, flags, last) in
        [("end.mp4", "0", true), ("start.mp4", "+faststart", false), ("end.mov", "0", true)]
    {
        let args = video(&["-c:v", "libx264", "-c:a", "aac", "-movflags", flags]);
        let Some(file) = encode(&ffmpeg, folder.path(), 3.0, name, &args) else {
            continue;
        };
        let bytes = std::fs::read(&file).unwrap();
        let at = |name: &[u8]| bytes.windows(4).position(|w| w == name).unwrap();
        assert_eq!(at(b"moov") > at(b"mdat"), last, "{name}");
        assert!(is_the_tone(&decode_with(&decoder, &file).await.unwrap()), "{name}");
    }
}

#[tokio::test]
async fn of_several_sound_tracks_the_first_is_heard() {
    let Some(ffmpeg) = encoder() else { return };
    let folder = tempfile::tempdir().unwrap();
    let decoder = contained(&ffmpeg);
    let noise = ["-f", "lavfi", "-i", "anoisesrc=d=3:a=0.1:r=44100"];
    let maps = ["-map", "1:v", "-map", "0:a", "-map", "2:a", "-c:v", "mpeg4"];
    for (name, codec) in [
        ("two.mp4", "aac"),
        ("two.mkv", "libopus"),
        ("two.mkv", "aac"),
        ("two.avi", "libmp3lame"),
        ("two.ts", "aac"),
    ] {
        let args = [&VIDEO[..4], &noise, &["-t", "3"], &maps, &["-c:a", codec]].concat();
        let Some(file) = encode(&ffmpeg, folder.path(), 3.0, name, &args) else {
            continue;
        };
        assert!(is_the_tone(&decode_with(&decoder, &file).await.unwrap()), "{name} {codec}");
    }
}

#[tokio::test]
async fn a_few_kilobytes_of_video_are_a_video() {
    let Some(ffmpeg) = encoder() else { return };
    let folder = tempfile::tempdir().unwrap();
    let decoder = contained(&ffmpeg);
    for (name, args) in [
        ("s.mp4", &["-c:v", "libx264", "-c:a", "aac"][..]),
        ("s.webm", &["-c:v", "libvpx", "-c:a", "libopus"]),
    ] {
        let args = [&VIDEO[..3], &["color=c=red:s=16x16:r=1:d=0.2", "-shortest"], args].concat();
        let Some(file) = encode(&ffmpeg, folder.path(), 0.2, name, &args) else {
            continue;
        };
        assert!(std::fs::metadata(&file).unwrap().len() < 8_000);
        let pcm = decode_with(&decoder, &file).await.unwrap();
        assert!((2_000..6_000).contains(&pcm.len()), "{name}: {}", pcm.len());
    }
}

#[tokio::test]
async fn a_video_that_was_cut_off_is_refused_with_the_second() {
    // E21
    let Some(ffmpeg) = encoder() else { return };
    let folder = tempfile::tempdir().unwrap();
    let decoder = contained(&ffmpeg);
    for (name, args, seconds) in [
        ("end.mp4", video(&["-c:v", "libx264", "-c:a", "aac"]), 0..=0),
        ("start.mp4", video(&["-c:v", "libx264", "-c:a", "aac", "-movflags", "+faststart"]), 3..=16),
        ("a.mkv", video(&["-c:v", "libx264", "-c:a", "libopus"]), 3..=16),
        ("a.avi", video(&["-c:v", "mpeg4", "-c:a", "libmp3lame"]), 3..=16),
    ] {
        let args: Vec<&str> =
            args.iter().map(|a| if *a == VIDEO[3] { "testsrc=s=64x64:r=5:d=20" } else { a }).collect();
        let Some(file) = encode(&ffmpeg, folder.path(), 20.0, name, &args) else {
            continue;
        };
        let bytes = std::fs::read(&file).unwrap();
        let cut = put(folder.path(), "cut", &bytes[..bytes.len() / 2]);
        let refused = decode_with(&decoder, &cut).await.map(|p| p.len());
        assert!(
            matches!(refused, Err(MediaError::Broken { at_second }) if seconds.contains(&at_second)),
            "{name}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn lists_pictures_archives_and_documents_are_refused_before_any_decoder_starts() {
    // H2; a decoder that must never start says so by the file it leaves
    let folder = tempfile::tempdir().unwrap();
    let secret = put(folder.path(), "secret.wav", &plain_wave(16_000, 1.0));
    let secret = secret.display();
    let texts = [
        format!("#EXTM3U\n#EXTINF:1,\n{secret}\n#EXT-X-ENDLIST\n"),
        format!("ffconcat version 1.0\nfile '{secret}'\n"),
        format!("file '{secret}'\n"),
        format!(
            "<?xml version=\"1.0\"?>\n<!-- x -->\n<MPD><Period><BaseURL>{secret}</BaseURL></Period></MPD>"
        ),
        format!("{secret}\n"),
        "frame%03d.png\n".to_owned(),
        "http://127.0.0.1:1/master.m3u8".to_owned(),
    ];
    let mut files: Vec<(String, Vec<u8>)> =
        texts.iter().enumerate().map(|(i, t)| (format!("{i}.mp4"), t.clone().into_bytes())).collect();
    files.push(("frame%03d.png".into(), b"\x89PNG\r\n\x1a\n rest".to_vec()));
    files.push(("a.mp4".into(), b"PK\x03\x04 rest of an archive".to_vec()));
    files.push(("b.mkv".into(), b"%PDF-1.7 rest of a document".to_vec()));
    files.push(("c.avi".into(), [b"RIFF\0\0\0\0ACON".as_slice(), &[0; 400]].concat()));
    let trap = folder.path().join("started");
    let script =
        format!("#!/bin/sh\ncase \"$*\" in *-version*) exit 0;; esac\necho > {}\nexit 1\n", trap.display());
    let decoder = {
        use std::os::unix::fs::PermissionsExt as _;
        let program = put(folder.path(), "trap", script.as_bytes());
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        Decoder::new(Ffmpeg::find(Some(&program), None, ChildLimits::default()), LIMIT)
    };
    for (name, bytes) in files {
        let refused = decode_with(&decoder, &put(folder.path(), &name, &bytes)).await.unwrap_err();
        assert!(matches!(refused, MediaError::Playlist(_) | MediaError::NotMedia(_)), "{name}: {refused:?}");
        assert!(!refused.to_string().contains('/'), "{refused}");
    }
    assert!(!trap.exists(), "the decoder was started");
}

#[tokio::test]
async fn a_video_that_names_other_files_inside_gives_none_of_them() {
    // H2: a QuickTime reference movie, and a track whose samples lie in another file
    let Some(ffmpeg) = encoder() else { return };
    let folder = tempfile::tempdir().unwrap();
    let decoder = contained(&ffmpeg);
    let secret = put(folder.path(), "secret.wav", &plain_wave(16_000, 2.0));
    let boxed =
        |name: &[u8; 4], body: &[u8]| [&(body.len() as u32 + 8).to_be_bytes()[..], name, body].concat();
    let url = format!("file://{}\0", secret.display());
    let reference = [&[0; 4][..], b"url ", &(url.len() as u32).to_be_bytes(), url.as_bytes()].concat();
    let movie = boxed(b"moov", &boxed(b"rmra", &boxed(b"rmda", &boxed(b"rdrf", &reference))));
    let file = put(folder.path(), "reference.mov", &[boxed(b"ftyp", b"qt  \0\0\0\0qt  "), movie].concat());
    assert!(decode_with(&decoder, &file).await.is_err());
    let Some(file) = encode(&ffmpeg, folder.path(), 2.0, "own.mov", &["-c:a", "pcm_s16le"]) else {
        return;
    };
    // the data reference says "in this file" by a flag; without it, the name in it counts
    let mut bytes = std::fs::read(&file).unwrap();
    let at = bytes.windows(4).position(|w| w == b"dref").unwrap();
    bytes[at + 19] = 0;
    let tricked = put(folder.path(), "tricked.mov", &bytes);
    // whatever is heard is of this file: it has no more sound than the file itself
    if let Ok(pcm) = decode_with(&decoder, &tricked).await {
        assert!(pcm.len() <= 2 * 16_000 + 100, "{}", pcm.len());
    }
}
