//! HTML keeps its structure.

use super::*;

#[test]
fn every_structure_of_html_survives() {
    let page = "<!DOCTYPE html>\n<html lang='en' class=x>\n<head>\n  <title>The  title &amp; more</title>\n\
        <meta name=\"description\" content=\"What it says\"><meta charset=utf-8>\n\
        <script>var a = \"<p>script text</p>\";</script><style>p { color: red }</style></head>\n<body>\n\
        <!-- a comment --><h1 id=top>A heading</h1>\n<p class=\"a\">Some <b>bold</b> &lt;text&gt;,\n   <a href=\"/x?a=1&amp;b=2\" title=\"Read this\">a link</a>.</p>\n\
        <ul>\n<li>One</li><li>Two<br>three</li></ul>\n<table><tr><td>Cell</td><td>42</td></tr></table>\n\
        <pre>pre  text</pre><p>Use <code>code()</code> here <img src=a.png alt=Cat></p>\n\
        <textarea>raw</textarea><input type=submit value='Send it'><p translate=no>Brand</p>\n</body></html>\n";
    let out = shout_text(page.replace("lang='en'", "lang='pt'").as_str(), DocumentFormat::Html);
    let out = out.as_str();
    for kept in [
        "<html lang='pt' class=x>",
        "<title>THE TITLE &amp; MORE</title>",
        "content=\"WHAT IT SAYS\"",
        "var a = \"<p>script text</p>\";",
        "p { color: red }",
        "<!-- a comment --><h1 id=top>A HEADING</h1>\n",
        "<p class=\"a\">SOME <b>BOLD</b> &lt;TEXT&gt;, <a href=\"/x?a=1&amp;b=2\" title=\"READ THIS\">A LINK</a>.</p>",
        "<ul>\n<li>ONE</li><li>TWO<br>THREE</li></ul>",
        "<td>CELL</td><td>42</td>",
        "<pre>pre  text</pre>",
        "<p>USE <code>code()</code> HERE <img src=a.png alt=\"CAT\"></p>",
        "<textarea>raw</textarea>",
        "value='SEND IT'",
        "<p translate=no>Brand</p>\n</body></html>\n",
    ] {
        assert!(out.contains(kept), "{kept:?} is missing in\n{out}");
    }
}

#[test]
fn the_language_of_the_page_becomes_the_target() {
    let lang = |page: &str| String::from_utf8(same(page.as_bytes(), DocumentFormat::Html)).unwrap();
    assert_eq!(lang("<html lang=\"en-GB\"><p>x y</p>"), "<html lang=\"pt\"><p>x y</p>");
    assert_eq!(lang("<html><p>x y</p>"), "<html lang=\"pt\"><p>x y</p>");
    assert_eq!(lang("<HTML class=a lang=en><p>x y</p>"), "<HTML class=a lang=pt><p>x y</p>");
    assert_eq!(lang("<p>x y</p>"), "<p>x y</p>");
}

#[test]
fn broken_html_is_read_as_far_as_it_goes_and_nothing_of_it_is_lost() {
    for page in [
        "<p>one <b>two <i>three</b> four</i> five",
        "<p>a <b>never closed<p>next <a href=x>link",
        "text </b></i></p> more < 5 && x <",
        "<div><p>unclosed <span>deep <span>deeper",
        "<p attr=\"unclosed>text",
        "<table><td>x<td>y",
        "<p>a<!-- never closed comment text",
        "<script>never closed",
        "&bogus; &#xZZ; &amp text",
        "<a <b>c</b>",
        "<p>x</p><svg><title>in</title><path/></svg>after",
    ] {
        let Ok(document) = read(page.as_bytes(), DocumentFormat::Html) else { continue };
        let answers: Vec<Translated> = document.units().into_iter().map(Unit::unchanged).collect();
        assert_eq!(String::from_utf8(write(&document, &answers)).unwrap(), page);
        let out = String::from_utf8(shout(page.as_bytes(), DocumentFormat::Html)).unwrap();
        let tags = |text: &str| text.matches('<').count();
        assert_eq!(tags(&out.replace("&lt;", "<")), tags(page), "{out}");
    }
    assert_eq!(
        shout_text("<p>one <b>two <i>three</b> four</i> five", DocumentFormat::Html),
        "<p>ONE <b>TWO <i>THREE</b> FOUR</i> FIVE"
    );
}

#[test]
fn a_page_keeps_its_encoding_and_letters_outside_it_become_references() {
    let page = "<html lang=en><meta charset=\"windows-1252\"><p>Caf\u{e9} au lait</p>";
    let (bytes, ..) = encoding_rs::WINDOWS_1252.encode(page);
    let document = read(&bytes, DocumentFormat::Html).unwrap();
    assert_eq!(document.units()[0].plain(), "Caf\u{e9} au lait");
    let out = write(&document, &[document.units()[0].read("Кофе é").unwrap()]);
    assert!(out.ends_with(b"&#1050;&#1086;&#1092;&#1077; \xe9</p>"), "{}", String::from_utf8_lossy(&out));
}

#[test]
fn inline_markup_is_marked_and_blocks_part_sentences() {
    let page =
        "<div>before<p>in <em>a</em> paragraph</p>after <b>all</b></div><p><b><i>wholly bold</i></b></p>";
    assert_eq!(
        marked(page, DocumentFormat::Html),
        ["before", "in <g1>a</g1> paragraph", "after <g1>all</g1>", "wholly bold"]
    );
}
