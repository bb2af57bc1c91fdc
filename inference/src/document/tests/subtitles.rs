//! Subtitles keep their times.

use super::*;

const SRT: &str = "1\r\n00:00:01,000 --> 00:00:03,500\r\nHello <i>there</i>,\r\nmy friend.\r\n\r\n2\r\n00:00:04,000 --> 00:00:06,000\r\n{\\an8}- Who is it?\r\n- Nobody.\r\n\r\n3\r\n00:00:07,000 --> 00:00:08,000\r\n...\r\n\r\n";

/// Lines that are not text: numbers, times and blanks.
fn frame(text: &str) -> Vec<String> {
    text.lines()
        .filter(|l| l.contains("-->") || l.is_empty() || l.parse::<u32>().is_ok())
        .map(str::to_owned)
        .collect()
}

#[test]
fn numbers_and_times_stay_and_lines_are_laid_out_again() {
    let out = shout_text(SRT, DocumentFormat::Srt);
    assert_eq!(frame(&out), frame(SRT));
    assert!(out.contains("\r\nHELLO <i>THERE</i>, MY FRIEND.\r\n\r\n"), "{out}");
    assert!(out.contains("{\\an8}- WHO IS IT?\r\n- NOBODY.\r\n"), "{out}");
    assert!(out.ends_with("\r\n...\r\n\r\n"));
}

#[test]
fn a_sentence_over_several_cues_is_translated_as_one_and_shared_out() {
    let text = "1\n00:00:01,000 --> 00:00:02,000\nThe man who came\n\n2\n00:00:02,100 --> 00:00:03,000\nfrom the far north\n\n3\n00:00:03,100 --> 00:00:04,000\nis gone.\n\n4\n00:00:10,000 --> 00:00:11,000\nNext.\n";
    assert_eq!(marked(text, DocumentFormat::Srt), ["The man who came from the far north is gone.", "Next."]);
    let document = read(text.as_bytes(), DocumentFormat::Srt).unwrap();
    let units = document.units();
    let answers = [
        units[0].read("O homem que veio lá do norte distante já se foi embora.").unwrap(),
        units[1].unchanged(),
    ];
    let out = String::from_utf8(write(&document, &answers)).unwrap();
    assert_eq!(frame(&out), frame(text));
    let said: Vec<&str> = out.lines().filter(|l| l.contains(char::is_alphabetic)).collect();
    assert_eq!(said.len(), 4, "{out}");
    assert_eq!(said[..3].join(" "), "O homem que veio lá do norte distante já se foi embora.");
    assert_eq!(
        shout_text(text, DocumentFormat::Srt).replace('\n', " "),
        text.to_uppercase().replace('\n', " ")
    );
}

#[test]
fn vtt_keeps_header_notes_styles_settings_and_voices() {
    let text = "WEBVTT - a title\nLanguage: en\n\nSTYLE\n::cue { color: lime }\n\nNOTE a note\nof two lines\n\nintro\n00:01.000 --> 00:04.000 line:0 align:start\n<v Bob>Fish &amp; chips</v> for <c.red>all</c> of us\n\n00:05.000 --> 00:06.000\nBye <00:05.500>now\n";
    let out = shout_text(text, DocumentFormat::Vtt);
    for kept in [
        "WEBVTT - a title\nLanguage: en\n\nSTYLE\n::cue { color: lime }\n\nNOTE a note\nof two lines\n\nintro\n00:01.000 --> 00:04.000 line:0 align:start\n",
        "<v Bob>FISH &amp; CHIPS</v> FOR <c.red>ALL</c> OF US\n\n00:05.000 --> 00:06.000\nBYE <00:05.500>NOW\n",
    ] {
        assert!(out.contains(kept), "{out}");
    }
}

#[test]
fn long_cues_are_broken_into_lines_of_at_most_42_characters() {
    let text = "1\n00:00:01,000 --> 00:00:03,500\nShort.\n";
    let document = read(text.as_bytes(), DocumentFormat::Srt).unwrap();
    let long = "Uma tradução que é bastante mais comprida do que a frase de onde vem --> sim.";
    let out = String::from_utf8(write(&document, &[document.units()[0].read(long).unwrap()])).unwrap();
    let lines: Vec<&str> = out.lines().skip(2).collect();
    assert!(lines.len() == 2 && lines.iter().all(|l| l.chars().count() <= 42), "{out}");
    assert_eq!(out.matches("-->").count(), 1);
}

#[test]
fn a_file_without_cues_is_no_subtitle() {
    for (text, format) in [("just text", DocumentFormat::Srt), ("WEBVTT\n\nNOTE x\n", DocumentFormat::Vtt)] {
        assert!(matches!(read(text.as_bytes(), format), Err(DocumentError::Broken { .. })));
    }
}
