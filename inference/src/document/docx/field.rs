//! Fields: instructions that Word computes text from, such as page numbers and tables of contents.

/// The fields that are open at a place; they may run over paragraphs.
#[derive(Default)]
pub(super) struct Fields {
    open: Vec<Field>,
}

#[derive(Default)]
struct Field {
    instruction: String,
    /// Whether what follows is its result.
    result: bool,
}

/// Most fields inside each other, and most characters of an instruction that are kept.
const DEEPEST: usize = 32;
const LONGEST: usize = 64;

impl Fields {
    /// What the character of that type does.
    pub(super) fn step(&mut self, kind: &str) {
        match kind {
            "begin" if self.open.len() < DEEPEST => self.open.push(Field::default()),
            "separate" => {
                if let Some(field) = self.open.last_mut() {
                    field.result = true;
                }
            }
            "end" => {
                self.open.pop();
            }
            _ => {}
        }
    }

    /// A part of an instruction.
    pub(super) fn instruct(&mut self, text: &str) {
        if let Some(field) = self.open.last_mut().filter(|f| f.instruction.len() < LONGEST) {
            field.instruction.push_str(text);
        }
    }

    /// Whether text here is the author's own: results of links and tables of contents are, page numbers and dates are
    /// not.
    pub(super) fn allow_text(&self) -> bool {
        self.open.iter().all(|field| {
            let name = field.instruction.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
            field.result
                && matches!(&*name, "HYPERLINK" | "TOC" | "INDEX" | "TOA" | "QUOTE" | "FILLIN" | "IF" | "SET")
        })
    }
}
