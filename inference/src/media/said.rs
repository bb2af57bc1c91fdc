//! What the external decoder says on its standard error. Every line carries its level; what files say of themselves is
//! printed there too, so a line counts only for its beginning. Pure.

/// The lines that say why it failed, joined by line breaks.
pub(super) fn complaints(text: &str) -> String {
    let bad: Vec<&str> =
        text.lines().filter(|line| matches!(level(line), Some("error" | "fatal" | "panic"))).collect();
    bad.join("\n")
}

/// How the sound track is coded, by the line that describes it in the input: `Stream #0:1: Audio: opus, ..`.
pub(super) fn codec(text: &str) -> Option<String> {
    let input = text.lines().take_while(|line| !line.starts_with("[info] Output #"));
    let track = input.filter_map(|line| line.strip_prefix("[info]   Stream #0:")?.split_once(": Audio: "));
    let (_, coding) = track.into_iter().next()?;
    let name: String =
        coding.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').take(32).collect();
    (!name.is_empty()).then_some(name)
}

/// The level of a line: `[error] ..`, or `[mov @ 0x1] [error] ..`.
fn level(line: &str) -> Option<&str> {
    let (first, rest) = line.strip_prefix('[')?.split_once(']')?;
    if first.contains(" @ ") {
        return Some(rest.strip_prefix(" [")?.split_once(']')?.0);
    }
    Some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "[info] Input #0, matroska,webm, from 'file:/x':\n\
                        [info]   Metadata:\n\
                        [info]     title           : Stream #0:0: Audio: invented\n\
                        [info]   Stream #0:0: Video: h264 (High), yuv420p, 64x64\n\
                        [info]   Stream #0:1(eng): Audio: pcm_s16le ([1][0][0][0] / 0x0001), 48000 Hz, stereo\n\
                        [info]   Stream #0:2: Audio: aac (LC), 48000 Hz\n\
                        [matroska,webm @ 0x55] [error] File ended prematurely\n\
                        [info] Output #0, au, to 'pipe:1':\n\
                        [info]   Stream #0:0: Audio: pcm_f32be\n\
                        [error] file:/x: [error] Invalid data\n";

    #[test]
    fn the_coding_of_the_first_track_is_read_and_not_what_a_title_says() {
        assert_eq!(codec(SAID).as_deref(), Some("pcm_s16le"));
        assert_eq!(codec("[info] Output #0\n[info]   Stream #0:0: Audio: aac\n"), None);
        assert_eq!(codec("[info]   Stream #0:0: Audio: ../x\n"), None);
    }

    #[test]
    fn only_lines_of_that_level_are_complaints() {
        let bad = complaints(SAID);
        assert_eq!(bad.lines().count(), 2, "{bad}");
        assert!(bad.contains("prematurely") && bad.contains("Invalid data") && !bad.contains("invented"));
        assert_eq!(complaints("[info]     title : [error] moov atom not found\n"), "");
    }
}
