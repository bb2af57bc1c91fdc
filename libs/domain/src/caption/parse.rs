//! Readers of the two subtitle formats, written from their descriptions and sharing no code with the writers.

use super::Caption;

/// SubRip: blocks of number, time line, text, parted by blank lines.
pub(super) fn srt(text: &str) -> Result<Vec<Caption>, String> {
    let mut captions = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(number) = lines.next() {
        if number.parse() != Ok(captions.len() + 1) {
            return Err(format!("expected number {}, got {number:?}", captions.len() + 1));
        }
        let (start_ms, end_ms) = times(lines.next().ok_or("no time line")?, ',')?;
        let body = lines.by_ref().take_while(|l| !l.is_empty()).map(str::to_owned).collect();
        captions.push(Caption { start_ms, end_ms, lines: body });
    }
    Ok(captions)
}

/// WebVTT: a header, then blocks of time line and text, parted by blank lines; three entities.
pub(super) fn vtt(text: &str) -> Result<Vec<Caption>, String> {
    let body = text.strip_prefix("WEBVTT\n").ok_or("no header")?;
    let mut captions = Vec::new();
    for block in body.split("\n\n").map(|b| b.trim_matches('\n')).filter(|b| !b.is_empty()) {
        let (time, text) = block.split_once('\n').ok_or("no text")?;
        let (start_ms, end_ms) = times(time, '.')?;
        if end_ms <= start_ms || text.contains("-->") || text.contains('<') {
            return Err(format!("not a cue: {block:?}"));
        }
        let plain = |l: &str| l.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        captions.push(Caption { start_ms, end_ms, lines: text.split('\n').map(plain).collect() });
    }
    Ok(captions)
}

fn times(line: &str, point: char) -> Result<(u64, u64), String> {
    let (start, end) = line.split_once(" --> ").ok_or_else(|| format!("not a time line: {line:?}"))?;
    Ok((time(start, point)?, time(end, point)?))
}

fn time(text: &str, point: char) -> Result<u64, String> {
    let parts: Vec<u64> = text
        .split([':', point])
        .map(|p| p.parse().map_err(|_| format!("not a time: {text:?}")))
        .collect::<Result<_, _>>()?;
    match parts[..] {
        [h, m, s, ms] if m < 60 && s < 60 && ms < 1000 => Ok(((h * 60 + m) * 60 + s) * 1000 + ms),
        _ => Err(format!("not a time: {text:?}")),
    }
}
