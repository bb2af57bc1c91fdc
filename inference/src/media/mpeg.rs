//! Headers of MPEG audio: ID3 tags, frame headers of layers 1 to 3 and of AAC.

/// Length of an ID3v2 tag at the start of `head`, with header and footer.
pub(super) fn id3_len(head: &[u8]) -> Option<u64> {
    let header = head.get(..10)?.strip_prefix(b"ID3")?;
    let size = header[3..7].iter().try_fold(0u64, |n, b| (*b < 0x80).then(|| n << 7 | u64::from(*b)))?;
    let footer = if header[2] & 0x10 != 0 { 10 } else { 0 };
    Some(10 + size + footer)
}

/// Length in bytes of the frame of layer 1 to 3 whose header is at the start of `head`.
pub(super) fn frame_len(head: &[u8]) -> Option<usize> {
    let &[0xff, b1, b2, _, ..] = head else { return None };
    let (version, layer) = (b1 >> 3 & 3, b1 >> 1 & 3);
    let (rate_index, bitrate_index, padding) = (b2 >> 2 & 3, usize::from(b2 >> 4), usize::from(b2 >> 1 & 1));
    if b1 & 0xe0 != 0xe0 || version == 1 || layer == 0 || rate_index == 3 || !(1..15).contains(&bitrate_index)
    {
        return None;
    }
    let mpeg1 = version == 3;
    let rate = [44_100, 48_000, 32_000][usize::from(rate_index)] >> [2, 0, 1, 0][usize::from(version)];
    const MPEG1: [[usize; 14]; 3] = [
        [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
        [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
        [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    ];
    const MPEG2: [[usize; 14]; 2] = [
        [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
        [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    ];
    let row = 3 - usize::from(layer); // layer bits 3, 2, 1 are layers I, II, III
    let table = if mpeg1 { MPEG1[row] } else { MPEG2[row.min(1)] };
    let bits = table[bitrate_index - 1] * 1000;
    Some(match (row, mpeg1) {
        (0, _) => (12 * bits / rate + padding) * 4,
        (2, false) => 72 * bits / rate + padding,
        _ => 144 * bits / rate + padding,
    })
}

/// Whether three frames follow each other near the start (two where the data ends), so that noise is not taken for MP3.
pub(super) fn is_stream(head: &[u8]) -> bool {
    (0..head.len().saturating_sub(4)).take(8 * 1024).any(|start| {
        let mut at = start;
        for n in 0..3 {
            match head.get(at..).and_then(frame_len) {
                Some(len) => at += len,
                None => return n >= 1 && at + 4 > head.len() && start == 0,
            }
        }
        true
    })
}

/// Whether two ADTS frames follow each other at the very start.
pub(super) fn is_adts(head: &[u8]) -> bool {
    let frame = |h: &[u8]| match h {
        [0xff, b1, b2, b3, b4, b5, ..] if b1 & 0xf6 == 0xf0 && (b2 >> 2 & 15) < 13 => {
            Some(usize::from(b3 & 3) << 11 | usize::from(*b4) << 3 | usize::from(b5 >> 5))
                .filter(|len| *len > 7)
        }
        _ => None,
    };
    frame(head).is_some_and(|len| len + 6 > head.len() || frame(&head[len..]).is_some())
}

/// Number of audio bytes that a Xing, Info or VBRI header in the first frame promises.
pub(super) fn promised_bytes(first_frame: &[u8]) -> Option<u64> {
    let find = |tag: &[u8]| first_frame.windows(4).take(200).position(|w| w == tag);
    let word = |at: usize| first_frame.get(at..at + 4).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]));
    if let Some(at) = find(b"Xing").or_else(|| find(b"Info")) {
        let flags = word(at + 4)?;
        let frames = if flags & 1 != 0 { 4 } else { 0 };
        return (flags & 2 != 0).then(|| word(at + 8 + frames)).flatten().map(u64::from);
    }
    find(b"VBRI").and_then(|at| word(at + 10)).map(u64::from)
}
