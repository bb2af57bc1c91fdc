//! What a file is, by its bytes. Names and declared types are never looked at.

use std::io::{self, Read, Seek, SeekFrom};

use super::{Container, MediaError, mpeg};

/// How much of the start is looked at.
const HEAD: usize = 16 * 1024;

/// Tells the container of `file`, whatever its position. Refuses what is empty, a playlist, or not media, and says
/// what it looks like. Reads at most 16 KiB twice (once more behind an ID3 tag).
pub fn sniff(file: &mut (impl Read + Seek)) -> Result<Container, MediaError> {
    let head = read_at(file, 0).map_err(|_| MediaError::Internal)?;
    if head.is_empty() {
        return Err(MediaError::Empty);
    }
    if let Some(tag) = mpeg::id3_len(&head) {
        let body = read_at(file, tag).map_err(|_| MediaError::Internal)?;
        // a tag in front of FLAC or AAC occurs in the wild; anything else behind a tag is taken for MP3
        return match by_magic(&body) {
            Some(c @ (Container::Flac | Container::Adts)) => Ok(c),
            _ if refuse_text(&body).is_some() => Err(MediaError::NotMedia("text")),
            _ => Ok(Container::Mp3),
        };
    }
    if let Some(container) = by_magic(&head) {
        return Ok(container);
    }
    if let Some(kind) = other_kind(&head) {
        return Err(MediaError::NotMedia(kind));
    }
    if let Some(refusal) = refuse_text(&head) {
        return Err(refusal);
    }
    if mpeg::is_stream(&head) {
        return Ok(Container::Mp3);
    }
    Err(MediaError::NotMedia("unknown data"))
}

fn read_at(file: &mut (impl Read + Seek), at: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(at))?;
    let mut head = Vec::with_capacity(HEAD);
    file.take(HEAD as u64).read_to_end(&mut head)?;
    Ok(head)
}

fn by_magic(head: &[u8]) -> Option<Container> {
    let at = |from: usize, magic: &[u8]| head.get(from..).is_some_and(|h| h.starts_with(magic));
    let riff = at(0, b"RIFF") || at(0, b"RF64");
    Some(match () {
        () if riff && at(8, b"WAVE") => Container::Wav,
        () if riff && at(8, b"AVI ") => Container::Avi,
        () if at(0, b"fLaC") => Container::Flac,
        () if at(0, b"OggS") => Container::Ogg,
        () if [&b"ftyp"[..], b"moov", b"mdat", b"wide"].iter().any(|m| at(4, m)) && !is_still_image(head) => {
            Container::Mp4
        }
        () if at(0, &[0x1a, 0x45, 0xdf, 0xa3]) => Container::Matroska,
        () if at(0, b"#!AMR") => Container::Amr,
        () if at(0, b"FORM") && (at(8, b"AIFF") || at(8, b"AIFC")) => Container::Aiff,
        () if at(0, b".snd") => Container::Au,
        () if at(0, b"caff") => Container::Caf,
        () if at(0, &[0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11]) => Container::Asf,
        () if at(0, b"FLV\x01") => Container::Flv,
        () if at(0, &[0, 0, 1, 0xba]) => Container::MpegPs,
        () if (0..4).all(|i| at(i * 188, &[0x47])) => Container::MpegTs,
        () if mpeg::is_adts(head) => Container::Adts,
        () => return None,
    })
}

fn is_still_image(head: &[u8]) -> bool {
    head.get(8..12).is_some_and(|brand| [&b"heic"[..], b"heix", b"mif1", b"avif"].contains(&brand))
}

/// Files that are often sent by mistake.
fn other_kind(head: &[u8]) -> Option<&'static str> {
    const KINDS: &[(&[u8], &str)] = &[
        (b"\x89PNG", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
        (b"GIF8", "a picture"),
        (b"II*\0", "a picture"),
        (b"MM\0*", "a picture"),
        (b"%PDF", "a PDF document"),
        (b"PK\x03\x04", "a zip archive or office document"),
        (b"\x1f\x8b", "a compressed archive"),
        (b"7z\xbc\xaf", "a compressed archive"),
        (b"Rar!", "a compressed archive"),
        (b"\xfd7zXZ", "a compressed archive"),
        (b"(\xb5/\xfd", "a compressed archive"),
        (b"BZh", "a compressed archive"),
        (b"\x7fELF", "a program"),
        (b"MZ", "a program"),
        (b"MThd", "MIDI notes"),
        (b"RIFF", "a RIFF file without sound"),
    ];
    let image = is_still_image(head).then_some("a picture");
    image.or_else(|| KINDS.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, kind)| *kind))
}

/// Text of any kind, playlists among it: a decoder that followed one would read files of this machine.
fn refuse_text(head: &[u8]) -> Option<MediaError> {
    const PLAYLISTS: &[(&str, &str)] = &[
        ("#extm3u", "m3u"),
        ("#ext-x-", "m3u"),
        ("#extinf", "m3u"),
        ("ffconcat", "concat list"),
        ("[playlist]", "pls"),
        ("[reference]", "asx"),
        ("<asx", "asx"),
        ("<mpd", "dash"),
        ("<smoothstreamingmedia", "smooth streaming"),
        ("<smil", "smil"),
        ("<playlist", "xspf"),
        ("rtsptext", "rtsp"),
        ("v=0", "sdp"),
        ("file ", "concat list"),
        ("http://", "list of addresses"),
        ("https://", "list of addresses"),
        ("file:", "list of addresses"),
        ("rtsp://", "list of addresses"),
        ("rtmp://", "list of addresses"),
        ("concat:", "list of addresses"),
        ("subfile,", "list of addresses"),
    ];
    let printable = |b: u8| b >= 0x20 && b != 0x7f || matches!(b, b'\t' | b'\n' | b'\r' | 0x0c);
    let utf16 = head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]);
    let letters: Vec<u8> = head.iter().copied().filter(|b| !utf16 || *b != 0).collect();
    let body = letters.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&letters);
    let body = if utf16 { body.get(2..).unwrap_or_default() } else { body };
    let text = if body.iter().all(|b| printable(*b)) {
        String::from_utf8_lossy(body)
    } else {
        return None;
    };
    // only the last character may be cut by the end of what was read
    if !utf16 && text.trim_end_matches('\u{fffd}').contains('\u{fffd}') {
        return None;
    }
    let lower = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}').to_ascii_lowercase();
    let start = lower
        .strip_prefix("<?xml")
        .and_then(|x| x.split_once("?>"))
        .map_or(&*lower, |(_, rest)| rest.trim_start());
    if let Some((_, kind)) = PLAYLISTS.iter().find(|(magic, _)| start.starts_with(magic)) {
        return Some(MediaError::Playlist(kind));
    }
    Some(MediaError::NotMedia(match () {
        () if start.starts_with("webvtt") || lower.contains(" --> ") => "subtitles",
        () if start.starts_with("<!doctype html") || start.starts_with("<html") => "a web page",
        () => "text",
    }))
}
