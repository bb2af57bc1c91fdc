//! Marks in a text survive whatever a translator does.

use proptest::prelude::*;

use super::*;

fn unit(html: &str) -> Unit {
    read(html.as_bytes(), DocumentFormat::Html).unwrap().units()[0].clone()
}

fn written(unit: &Unit, translated: &Translated) -> String {
    let text = Unit { pieces: translated.0.clone(), hints: unit.hints.clone() };
    text.marked()
}

#[test]
fn marks_may_move_as_wholes_and_nothing_else() {
    let unit = unit("<p>The <b>red</b> house <img src=x> of <i>my <u>old</u> aunt</i> here</p>");
    assert_eq!(unit.marked(), "The <g1>red</g1> house <g2/> of <g3>my <g4>old</g4> aunt</g3> here");
    for kept in [
        "A casa <g1>vermelha</g1> <g2/> da <g3>minha <g4>velha</g4> tia</g3> aqui",
        "<g3><g4>velha</g4> tia</g3> <g2/> a casa <g1>vermelha</g1>",
        "A casa < g1 >vermelha</ G1> <g2 /> da <g3>minha <g4>velha</g4> tia</g3> <b> 5 < 6 <g7>",
    ] {
        assert!(unit.read(kept).is_some(), "{kept}");
    }
    for lost in [
        "A casa vermelha <g2/> da <g3>minha <g4>velha</g4> tia</g3>",
        "A casa <g1>vermelha <g2/> da <g3>minha <g4>velha</g4> tia</g3>",
        "A casa <g1>vermelha</g1> <g1>x</g1> <g2/> da <g3>minha <g4>velha</g4> tia</g3>",
        "A casa <g1>vermelha</g1> <g2/> da <g3>minha tia</g3> <g4>velha</g4>",
        "A casa <g1>vermelha</g1> <g2/> da <g3>minha <g4>velha</g3> tia</g4>",
        "A casa <g1></g1> vermelha <g2/> da <g3>minha <g4>velha</g4> tia</g3>",
        "A casa <g1>vermelha</g1> <g2>da</g2> <g3>minha <g4>velha</g4> tia</g3>",
    ] {
        assert!(unit.read(lost).is_none(), "{lost}");
    }
}

#[test]
fn a_lost_mark_is_set_again_where_its_text_stands() {
    let unit = unit("<p>Press <code>Enter</code> to open the <b>red door</b> now</p>");
    assert_eq!(
        unit.alone(),
        ["Press Enter to open the red door now", "Press ", " to open the ", "red door", " now"]
    );
    let answers =
        ["Prima Enter para abrir a Porta Vermelha agora", "Prima", "para abrir", "porta vermelha.", "agora"];
    let found = unit.assemble(&answers.map(str::to_owned));
    assert_eq!(written(&unit, &found), "Prima <g1/> para abrir a <g2>Porta Vermelha</g2> agora");
}

#[test]
fn texts_that_are_not_found_again_are_joined_one_by_one() {
    let unit = unit("<p>Press <code>Enter</code> to open the <b>red door</b> now</p>");
    let answers =
        ["Carregue para abrir a entrada encarnada", "Prima", "para abrir a", "porta vermelha", "agora"];
    let joined = unit.assemble(&answers.map(str::to_owned));
    assert_eq!(written(&unit, &joined), "Prima <g1/> para abrir a <g2>porta vermelha</g2> agora");
}

#[test]
fn a_text_that_stands_twice_or_inside_a_word_is_not_taken_for_the_marked_one() {
    for (whole, part) in [("sim sim", "sim"), ("simples", "sim"), ("o dia de hoje", "noite")] {
        let unit = unit("<p>so <b>yes</b></p>");
        let joined = unit.assemble(&[whole.to_owned(), "pois".to_owned(), part.to_owned()]);
        assert_eq!(written(&unit, &joined), format!("pois <g1>{part}</g1>"), "{whole}");
    }
}

#[test]
fn what_is_no_language_is_no_unit() {
    for nothing in [
        "12.50 €",
        "—",
        "...",
        &"a".repeat(2_000),
        &"字".repeat(2_000),
        &"ab ".repeat(3).replace(' ', "").repeat(400),
    ] {
        let page = format!("<p>{nothing}</p><p>text</p>");
        assert_eq!(marked(&page, DocumentFormat::Html), ["text"], "{}", &nothing[..5.min(nothing.len())]);
    }
}

proptest! {
    /// Random answers, among them what a broken model says: either read with all marks, or put together with all of
    /// them.
    #[test]
    fn no_answer_loses_a_mark(answer in "(<g[1-3]>|</g[1-3]>|<g[1-3]/>|<g9>|<|>|[a-z ]{0,6}){0,14}", parts in proptest::collection::vec("[a-z<>g1/ ]{0,8}", 0..8)) {
        let unit = unit("<p>one <b>two <i>three</i></b> four <img src=x> five</p>");
        let result = unit.read(&answer).unwrap_or_else(|| unit.assemble(&parts));
        let count = |p: &super::unit::Piece| !p.is_text();
        prop_assert_eq!(result.0.iter().filter(|p| count(p)).count(), unit.pieces.iter().filter(|p| count(p)).count());
    }
}
