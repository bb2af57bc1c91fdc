//! Files made to hurt, and files sent by mistake.

use proptest::prelude::*;

use super::{samples::*, *};

/// 200 playlists under innocent names.
fn playlists() -> Vec<String> {
    let targets = [
        "/etc/passwd",
        "file:///etc/shadow",
        "http://127.0.0.1:1/x.ts",
        "subfile,,start,0,end,9,,:/etc/hosts",
    ];
    let shapes = [
        "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{}\n#EXT-X-ENDLIST\n",
        "\u{feff}#EXTM3U\r\n#EXTINF:1,\r\n{}\r\n",
        "  \n#EXTM3U\n#EXT-X-MAP:URI=\"{}\"\n",
        "#EXT-X-VERSION:3\n#EXTM3U\n{}\n",
        "ffconcat version 1.0\nfile '{}'\n",
        "file '{}'\nfile '{}'\n",
        "[playlist]\nFile1={}\nNumberOfEntries=1\n",
        "[Reference]\nRef1={}\n",
        "<?xml version=\"1.0\"?>\n<MPD><Period><BaseURL>{}</BaseURL></Period></MPD>",
        "<MPD type=\"static\"><BaseURL>{}</BaseURL></MPD>",
        "<SmoothStreamingMedia Url=\"{}\"/>",
        "<ASX version=\"3\"><entry><ref href=\"{}\"/></entry></ASX>",
        "<?xml version=\"1.0\"?><playlist><trackList>{}</trackList></playlist>",
        "<smil><body><audio src=\"{}\"/></body></smil>",
        "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nm=audio 5004 RTP/AVP 0\r\na={}\r\n",
        "RTSPtext\r\n{}\r\n",
        "http://127.0.0.1:1/{}\n",
        "concat:{}|{}\n",
        "rtsp://127.0.0.1:1{}\n",
        "subfile,,start,0,end,99,,:{}\n",
    ];
    let fill = |shape: &&str| targets.map(|t| shape.replace("{}", t));
    let mut all: Vec<String> = shapes.iter().flat_map(fill).collect();
    all.extend(shapes.iter().flat_map(fill).map(|s| s.to_uppercase()));
    all.extend(shapes.iter().map(|s| s.replace("{}", "")));
    all.extend(shapes.iter().map(|s| format!("\n\n\t{s}")));
    all
}

#[tokio::test]
async fn no_playlist_in_disguise_is_ever_followed() {
    // H2
    let folder = tempfile::tempdir().unwrap();
    let decoder = Decoder::new(contained(), LIMIT);
    let all = playlists();
    assert_eq!(all.len(), 200);
    for (i, text) in all.iter().enumerate() {
        let file = put(folder.path(), &format!("{i}.{}", ["mp3", "mp4"][i % 2]), text.as_bytes());
        let refused = decode_with(&decoder, &file).await.unwrap_err();
        assert!(matches!(refused, MediaError::Playlist(_)), "{text}: {refused:?}");
        let tagged = put(folder.path(), "tagged.mp3", &[b"ID3\x04\0\0\0\0\0\0", text.as_bytes()].concat());
        assert!(decode_with(&decoder, &tagged).await.is_err());
    }
}

#[test]
fn files_sent_by_mistake_are_named() {
    let of = |bytes: &[u8]| sniff::sniff(&mut std::io::Cursor::new(bytes)).unwrap_err();
    for (bytes, kind) in [
        (&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], "a picture"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "a picture"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "a picture"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"PK\x03\x04\x14\0", "a zip archive or office document"),
        (b"1\n00:00:01,000 --> 00:00:02,000\nHi\n", "subtitles"),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\nHi\n", "subtitles"),
        (b"<!DOCTYPE html><html>", "a web page"),
        ("Grüße aus Köln".as_bytes(), "text"),
        (b"\xff\xfeH\0e\0l\0l\0o\0", "text"),
        (b"\x00\x01\x02\x03\x04\x05\x06\x07", "unknown data"),
    ] {
        assert_eq!(of(bytes), MediaError::NotMedia(kind), "{bytes:?}");
    }
}

#[tokio::test]
async fn what_needs_ffmpeg_says_so_where_there_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let file = put(folder.path(), "a.wav", b"#!AMR\n\x3c\0\0\0");
    assert_eq!(decode(&file).await, Err(MediaError::DecoderMissing("AMR")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    // H1, the part that runs on every build
    #[test]
    fn a_damaged_wave_ends_in_sound_or_in_a_named_refusal(
        changes in proptest::collection::vec((0usize..120, any::<u8>()), 1..12),
        keep in 0usize..6_500,
    ) {
        let mut bytes = plain_wave(16_000, 0.2);
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        bytes.truncate(keep);
        let folder = tempfile::tempdir().unwrap();
        let file = put(folder.path(), "x", &bytes);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        match runtime.block_on(decode(&file)) {
            Ok(pcm) => prop_assert!(pcm.len() < 200_000),
            Err(error) => prop_assert!(error != MediaError::Internal && error != MediaError::Cancelled, "{:?}", error),
        }
    }
}
