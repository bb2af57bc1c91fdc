//! Markdown: prose is translated; code, addresses, tables' rules, front matter and HTML stay byte for byte.

use std::ops::Range;

use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd};

use super::{
    DocumentError,
    escape::Escape,
    flow::Flow,
    html,
    limits::Watch,
    line::{Line, Solo, Style},
    template::{Chunk, Part, raw},
};

/// What is read beside CommonMark.
pub(super) const OPTIONS: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_HEADING_ATTRIBUTES)
    .union(Options::ENABLE_YAML_STYLE_METADATA_BLOCKS)
    .union(Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS)
    .union(Options::ENABLE_GFM);

/// Name of every mark: they are properly nested.
const SPAN: &str = "*";

/// Reads Markdown. Its blocks are units, its inline markup marks.
pub(super) fn part(source: String, watch: &Watch<'_>) -> Result<Part, DocumentError> {
    let mut reader = Reader {
        source: &source,
        part: Part::default(),
        line: Line::default(),
        done: 0,
        spans: Vec::new(),
        table: false,
    };
    let mut untouched = 0;
    for (count, (event, range)) in Parser::new_ext(&source, OPTIONS).into_offset_iter().enumerate() {
        if count % 1024 == 0 {
            watch.check()?;
        }
        if range.start < untouched {
            continue;
        }
        match &event {
            Event::Start(Tag::CodeBlock(_) | Tag::HtmlBlock | Tag::MetadataBlock(_)) => {
                reader.block();
                untouched = range.end;
            }
            Event::Start(Tag::Link { link_type: LinkType::Autolink | LinkType::Email, dest_url, .. }) => {
                untouched = range.end;
                reader.solo(Solo::Inline, dest_url.to_string(), range);
            }
            _ => reader.event(event, range),
        }
    }
    reader.block();
    let (mut part, done) = (reader.part, reader.done);
    raw(&mut part.template, done..source.len());
    part.source = source;
    Ok(part)
}

struct Reader<'a> {
    source: &'a str,
    part: Part,
    line: Line,
    /// Up to where the source is in the template or in the line.
    done: usize,
    spans: Vec<Span>,
    table: bool,
}

/// Emphasis, a link or a picture that has not ended.
struct Span {
    range: Range<usize>,
    /// Whether its beginning is in the line; it is as soon as there is something in it.
    open: bool,
    /// Label that the address is looked up by, when that is the text itself.
    label: Option<String>,
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(&tag, range),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text(text.replace(['\n', '\r'], " "), range),
            // prefixes of quotes and indents of lists, which follow, are part of the break
            Event::SoftBreak => self.text(" ".to_owned(), range),
            Event::HardBreak => self.solo(Solo::Stop, String::new(), range),
            Event::Code(code) | Event::InlineMath(code) | Event::DisplayMath(code) => {
                self.solo(Solo::Inline, code.to_string(), range);
            }
            Event::InlineHtml(tag) => self.inline_html(&tag, range),
            Event::Html(_) | Event::FootnoteReference(_) => self.solo(Solo::Inline, String::new(), range),
            Event::TaskListMarker(_) | Event::Rule => {
                self.block();
                self.skip(range.end);
            }
        }
    }

    fn start(&mut self, tag: &Tag<'_>, range: Range<usize>) {
        let label = match tag {
            Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Superscript | Tag::Subscript => None,
            Tag::Link { link_type, id, .. } | Tag::Image { link_type, id, .. } => {
                use LinkType::{Collapsed, CollapsedUnknown, Shortcut, ShortcutUnknown};
                let by_text = matches!(link_type, Shortcut | ShortcutUnknown | Collapsed | CollapsedUnknown);
                by_text.then(|| id.to_string())
            }
            Tag::Table(_) => {
                self.block();
                self.table = true;
                return;
            }
            _ => return self.block(),
        };
        self.spans.push(Span { range, open: false, label });
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough
            | TagEnd::Superscript
            | TagEnd::Subscript
            | TagEnd::Link
            | TagEnd::Image => {
                let Some(span) = self.spans.pop() else { return };
                if !span.open {
                    // nothing in it: a picture without a description
                    return self.solo(Solo::Inline, String::new(), span.range);
                }
                let rest = self.done..span.range.end.max(self.done);
                self.done = rest.end;
                let close = match span.label {
                    Some(label) => Chunk::Text(format!("][{label}]")),
                    None => Chunk::Raw(rest.clone()),
                };
                self.line.close_with(SPAN, vec![Chunk::Raw(rest)], vec![close]);
            }
            TagEnd::Table => {
                self.block();
                self.table = false;
            }
            _ => self.block(),
        }
    }

    fn text(&mut self, text: String, mut range: Range<usize>) {
        // the sign that escapes the first letter belongs to the text
        if range.start > self.done && self.source[..range.start].ends_with('\\') {
            range.start -= 1;
        }
        let same = self.take(range);
        self.line.text(text, 0, same);
    }

    fn solo(&mut self, kind: Solo, hint: String, range: Range<usize>) {
        let same = self.take(range);
        self.line.solo(kind, hint, same);
    }

    fn inline_html(&mut self, tag: &str, range: Range<usize>) {
        let name = html::tag_name(tag);
        match name {
            Some(name) if tag.starts_with("</") => {
                let same = self.take(range);
                self.line.close(&name, same);
            }
            Some(name) if !html::is_void(&name) && !tag.ends_with("/>") => {
                let same = self.take(range);
                self.line.open(&name, same);
            }
            _ => self.solo(Solo::Inline, String::new(), range),
        }
    }

    /// Takes a range into the line: beginnings of spans around it come first.
    fn take(&mut self, range: Range<usize>) -> Vec<Chunk> {
        for at in 0..self.spans.len() {
            if self.spans[at].open {
                continue;
            }
            let start = self.spans[at].range.start;
            let text = self.spans.get(at + 1).map_or(range.start, |s| s.range.start);
            self.skip(start);
            let begin = self.done..text.max(self.done);
            self.done = begin.end;
            self.line.open(SPAN, vec![Chunk::Raw(begin)]);
            self.spans[at].open = true;
        }
        self.skip(range.start);
        let range = self.done..range.end.max(self.done);
        self.done = range.end;
        vec![Chunk::Raw(range)]
    }

    /// Source that no event stands for.
    fn skip(&mut self, to: usize) {
        let gap = self.done..to.max(self.done);
        self.done = gap.end;
        if self.line.is_empty() {
            raw(&mut self.part.template, gap);
        } else {
            self.line.gap(gap);
        }
    }

    fn block(&mut self) {
        self.spans.clear();
        let style = Style { escape: Escape::Markdown { table: self.table }, flow: Flow::Free, wraps: &[] };
        self.line.flush(&style, &mut self.part.template, &mut self.part.slots);
    }
}
