//! Markdown keeps its structure.

use pulldown_cmark::{Event, Parser, Tag};

use super::*;

const PAGE: &str = r#"---
title: front matter
---

# A *heading* with `code` {#id}

Setext heading
--------------

Some **bold**, *italic*, ~~struck~~ and `inline code` in
a paragraph that goes on.\
After a hard break. 3 \* 4 and a\_b stay escaped.

> A quote that
> runs over lines.

- first item
- [x] a task
  1. nested item
     with a second line

| Name | What it *is* |
| :--- | ---: |
| one \| bar | [a link](https://example.com/a_b?c=d "its title") |

```python
print("not translated")
```

    indented code

<div class="x">html block stays</div>

A picture ![of a cat](cat.png) and <https://auto.link/x> and <b>inline html</b>.
A [shortcut] and [full][ref] and a footnote[^1].

[^1]: The note itself.

[shortcut]: https://example.com/s
[ref]: https://example.com/r 'Title'

***
Last line without end"#;

/// Everything but the text.
fn structure(text: &str) -> Vec<String> {
    Parser::new_ext(text, super::super::markdown::OPTIONS)
        .filter(|e| !matches!(e, Event::Text(_) | Event::SoftBreak))
        .map(|e| match e {
            // how its address is looked up may change
            Event::Start(Tag::Link { dest_url, title, .. }) => format!("link {dest_url} {title}"),
            e => format!("{e:?}"),
        })
        .collect()
}

#[test]
fn every_structure_of_markdown_survives() {
    let out = shout_text(PAGE, DocumentFormat::Md);
    assert_eq!(structure(&out), structure(PAGE), "{out}");
    for kept in [
        "title: front matter",
        "{#id}",
        "`inline code`",
        "print(\"not translated\")",
        "    indented code",
        "<div class=\"x\">html block stays</div>",
        "](https://example.com/a_b?c=d \"its title\")",
        "](cat.png)",
        "<https://auto.link/x>",
        "[shortcut]: https://example.com/s",
        "[^1]: ",
        "| :--- | ---: |",
        "> A QUOTE THAT RUNS OVER LINES.",
        "[SHORTCUT][shortcut]",
        "[FULL][ref]",
        "- [x] A TASK",
        "  1. NESTED ITEM WITH A SECOND LINE",
        "![OF A CAT]",
        "ONE \\| BAR",
        "<b>INLINE HTML</b>",
        "**BOLD**, *ITALIC*, ~~STRUCK~~",
        "3 \\* 4 AND A_B STAY",
        "SETEXT HEADING\n---",
    ] {
        assert!(out.contains(kept), "{kept:?} is missing in\n{out}");
    }
}

#[test]
fn marks_hold_what_is_not_translated() {
    let units = marked(PAGE, DocumentFormat::Md);
    assert_eq!(units[0], "A <g1>heading</g1> with ", "code at the end of a text is not in it");
    assert!(
        units.contains(
            &"Some <g1>bold</g1>, <g2>italic</g2>, <g3>struck</g3> and <g4/> in a paragraph that goes on."
                .to_owned()
        ),
        "{units:#?}"
    );
    assert!(units.contains(&"a link".to_owned()));
}

#[test]
fn a_translation_that_looks_like_markup_stays_text() {
    for (nasty, table) in [
        ("# no heading", false),
        ("1. no list", false),
        ("- no list", false),
        ("> no quote", false),
        ("* star *em* _x_", false),
        ("[a](b) `c` <d> &amp;", false),
        ("[x] no task [^1] [b]: c", false),
        ("a | b", true),
        ("=== x", false),
        ("+ x", false),
        ("~~x~~", false),
    ] {
        let source = if table { "| h |\n| --- |\n| cell |\n" } else { "cell\n" };
        let document = read(source.as_bytes(), DocumentFormat::Md).unwrap();
        let answers: Vec<Translated> = document
            .units()
            .into_iter()
            .map(|u| if u.plain() == "cell" { u.read(nasty).unwrap() } else { u.unchanged() })
            .collect();
        let out = String::from_utf8(write(&document, &answers)).unwrap();
        assert_eq!(structure(&out), structure(source), "{out}");
        let text: String = Parser::new_ext(&out, super::super::markdown::OPTIONS)
            .filter_map(|e| if let Event::Text(t) = e { Some(t.to_string()) } else { None })
            .collect();
        assert!(text.ends_with(nasty), "{nasty} became {text} in {out}");
    }
}
