use domain::Language::{self, De, En, Es, Fr, It, Ja, Ko, Pt, Ru, Zh};
use proptest::prelude::*;

use super::{clauses, sentences};

fn split(text: &str, language: Language) -> Vec<&str> {
    sentences(text, language).into_iter().map(|s| s.text).collect()
}

#[track_caller]
fn stays_whole(language: Language, texts: &[&str]) {
    for text in texts {
        assert_eq!(split(text, language), [*text], "{language}");
    }
}

#[test]
fn plain_sentences_are_cut_in_all_ten_languages() {
    for (language, text, expected) in [
        (En, "It rained. We stayed in! Did you?", vec!["It rained.", "We stayed in!", "Did you?"]),
        (Es, "Llovió. ¿Y tú? ¡Qué pena!", vec!["Llovió.", "¿Y tú?", "¡Qué pena!"]),
        (Fr, "Il a plu. Et toi ? Quel dommage !", vec!["Il a plu.", "Et toi ?", "Quel dommage !"]),
        (De, "Es regnete. Und du? Schade!", vec!["Es regnete.", "Und du?", "Schade!"]),
        (It, "È piovuto. E tu? Peccato!", vec!["È piovuto.", "E tu?", "Peccato!"]),
        (Pt, "Choveu. E você? Que pena!", vec!["Choveu.", "E você?", "Que pena!"]),
        (Ru, "Шёл дождь. А ты? Жаль!", vec!["Шёл дождь.", "А ты?", "Жаль!"]),
        (Ja, "雨が降った。君は？残念！", vec!["雨が降った。", "君は？", "残念！"]),
        (Ko, "비가 왔다. 너는? 아쉽다!", vec!["비가 왔다.", "너는?", "아쉽다!"]),
        (Zh, "下雨了。你呢？真可惜！", vec!["下雨了。", "你呢？", "真可惜！"]),
    ] {
        assert_eq!(split(text, language), expected, "{language}");
    }
}

#[test]
fn an_abbreviation_does_not_end_a_sentence() {
    stays_whole(
        En,
        &["Dr. Smith met Mrs. Jones at St. Mary's, e.g. London.", "See Fig. 3 on p. 20 of Vol. II."],
    );
    stays_whole(Es, &["El Sr. García vive en la Av. Central, núm. 5.", "Hay frutas, p. ej. Manzanas."]);
    stays_whole(Fr, &["M. Dupont et le Dr. Martin arrivent.", "Des pays, p. ex. La France."]);
    stays_whole(
        De,
        &["Dr. Müller und Prof. Weiß kommen z. B. Montag.", "Ca. 20 Leute, d. h. Alle, waren da."],
    );
    stays_whole(It, &["Il Sig. Rossi e il Dott. Bianchi, p. es. Oggi."]);
    stays_whole(Pt, &["O Sr. Silva e a Dra. Costa moram na Av. Brasil."]);
    stays_whole(Ru, &["Проф. Иванов живёт на ул. Ленина, т. е. В центре.", "Он родился в г. Москве."]);
    stays_whole(Ja, &["Dr. Smithは来ました。"]);
    stays_whole(Ko, &["Dr. Kim이 왔습니다."]);
    stays_whole(Zh, &["Dr. Wang来了。"]);
}

#[test]
fn a_title_is_a_whole_word() {
    assert_eq!(split("He won the gold st. She lost.", En).len(), 1);
    assert_eq!(split("It was the best. She lost.", En), ["It was the best.", "She lost."]);
    assert_eq!(split("Das Bier war warm. Nr. 5 kam.", De), ["Das Bier war warm.", "Nr. 5 kam."]);
}

#[test]
fn initials_belong_to_the_name() {
    stays_whole(En, &["J. K. Rowling and J.R. Tolkien wrote it."]);
    stays_whole(Ru, &["А. С. Пушкин родился в Москве."]);
    assert_eq!(split("She knew more than I. We left.", En), ["She knew more than I.", "We left."]);
}

#[test]
fn decimal_numbers_and_addresses_hold_no_end() {
    stays_whole(En, &["It costs 3.50 at www.example.com today."]);
    stays_whole(De, &["Das sind 1.250,75 Euro.", "Am 5. März regnete es."]);
    stays_whole(En, &["1. Open the door"]);
    assert_eq!(split("In 2024 г. Он", Ru), ["In 2024 г.", "Он"]);
}

#[test]
fn a_quote_goes_on_when_its_speaker_is_named() {
    stays_whole(En, &["\"Stop!\" she cried.", "“Where?” he asked."]);
    stays_whole(Ru, &["«Куда?» спросил он."]);
    stays_whole(Ja, &["「行こう。」と彼は言った。"]);
    assert_eq!(split("He said “Go.” Then he left.", En), ["He said “Go.”", "Then he left."]);
    assert_eq!(split("她说：“你好！” 然后走了。", Zh), ["她说：“你好！”", "然后走了。"]);
}

#[test]
fn an_ellipsis_ends_a_sentence_only_before_a_capital() {
    assert_eq!(split("Well… She left.", En), ["Well…", "She left."]);
    assert_eq!(split("Well... She left.", En), ["Well...", "She left."]);
    stays_whole(En, &["Well… she left.", "Well... she left."]);
    stays_whole(Zh, &["他……走了。"]);
    assert_eq!(split("Eh bien… «Oui» dit-il.", Fr), ["Eh bien…", "«Oui» dit-il."]);
}

#[test]
fn blank_lines_part_paragraphs_and_short_lines_end() {
    let found = sentences("A title\nFirst line. Second.\r\n\r\nNext paragraph", En);
    let seen: Vec<_> = found.iter().map(|s| (s.text, s.paragraph)).collect();
    assert_eq!(seen, [("A title", 0), ("First line.", 0), ("Second.", 0), ("Next paragraph", 1)]);
}

#[test]
fn a_wrapped_line_goes_on() {
    let wrapped = "This line was wrapped by an editor at some column because it is\nlong enough for that.";
    assert_eq!(split(wrapped, En), [wrapped]);
    let german = "Diese Zeile hat ein Programm umbrochen, weil sie so lang ist, dass der\nRest nicht passte.";
    assert_eq!(split(german, De), [german]);
    assert_eq!(split("- milk\n- bread", En), ["- milk", "- bread"]);
}

#[test]
fn nothing_gives_nothing() {
    assert!(sentences(" \n\t\u{3000}\n ", En).is_empty());
}

#[test]
fn a_long_sentence_is_cut_at_its_clauses() {
    assert_eq!(clauses("one two; three four five", 12), ["one two;", "three four", "five"]);
    assert_eq!(clauses("abc, def ghi", 8), ["abc, def", "ghi"]);
    assert_eq!(clauses("一二三、四五六七八九十", 6), ["一二三、", "四五六七八", "九十"]);
    assert_eq!(clauses("at 7:30 or 8", 9), ["at 7:30", "or 8"]);
    assert_eq!(clauses("short", 10), ["short"]);
    assert!(clauses("  ", 10).is_empty());
}

fn solid(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

proptest! {
    #[test]
    fn no_character_is_lost_or_doubled(text in "([A-Za-zä。！？.!?…\"”」 \n0-9]|Dr\\.|\r\n){0,80}", most in 1_usize..40) {
        let found = sentences(&text, De);
        prop_assert_eq!(found.iter().map(|s| solid(s.text)).collect::<String>(), solid(&text));
        for s in &found {
            prop_assert_eq!(&text[s.start..s.start + s.text.len()], s.text);
            prop_assert!(!s.text.is_empty() && s.text.trim() == s.text);
            let pieces = clauses(s.text, most);
            prop_assert_eq!(pieces.iter().map(|p| solid(p)).collect::<String>(), solid(s.text));
            prop_assert!(pieces.iter().all(|p| !p.is_empty() && p.chars().count() <= most));
        }
    }
}
