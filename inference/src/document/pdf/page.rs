//! Pages, in order, with what they draw with.

use std::{collections::HashSet, rc::Rc};

use super::{
    DocumentError, Watch,
    lexer::{Dict, Object},
    store::{Found, Store, broken},
};
use crate::document::limits::within;

/// A page: what it draws, and the resources for that, which may come from a group of pages.
pub(super) struct Page {
    pub(super) contents: Object,
    pub(super) resources: Rc<Dict>,
}

/// Deepest groups of pages in groups.
const DEEPEST: usize = 64;

/// All pages in order. A group that holds itself is read once.
pub(super) fn pages(store: &Store<'_>, watch: &Watch<'_>) -> Result<Vec<Page>, DocumentError> {
    let catalog = store.catalog()?;
    let Some(root) = catalog.get(&b"Pages"[..]) else {
        return Err(broken("it has no list of pages"));
    };
    let mut pages = Vec::new();
    let mut seen = HashSet::new();
    let mut todo = vec![(root.clone(), Rc::new(Dict::new()), 0)];
    while let Some((node, inherited, depth)) = todo.pop() {
        store.spend(1)?;
        if let Object::Ref(number) = node
            && !seen.insert(number)
        {
            continue;
        }
        let Found { object: Object::Dict(dict), .. } = store.find(&node)? else { continue };
        let resources = match store.get(&dict, b"Resources")? {
            Object::Dict(own) => Rc::new(own),
            _ => inherited,
        };
        let kids = store.get(&dict, b"Kids")?;
        if kids.array().is_empty() {
            if pages.len() >= watch.limits.pages {
                return Err(DocumentError::TooLarge { most: watch.limits.pages as u64, unit: "pages" });
            }
            let contents = dict.get(&b"Contents"[..]).cloned().unwrap_or(Object::Null);
            pages.push(Page { contents, resources });
        } else if depth < DEEPEST {
            todo.extend(kids.array().iter().rev().map(|kid| (kid.clone(), resources.clone(), depth + 1)));
        }
    }
    if pages.is_empty() { Err(broken("it has no pages")) } else { Ok(pages) }
}

impl Page {
    /// What the page draws: its streams one after the other.
    pub(super) fn drawing(&self, store: &Store<'_>, watch: &Watch<'_>) -> Result<Vec<u8>, DocumentError> {
        let found = store.find(&self.contents)?;
        let streams = match &found.object {
            Object::Array(items) => items.clone(),
            _ => return Ok(store.bytes(&found)?.unwrap_or_default()),
        };
        let mut all = Vec::new();
        for stream in &streams {
            all.extend(store.bytes(&store.find(stream)?)?.unwrap_or_default());
            all.push(b'\n');
            within(all.len() as u64, watch.limits.unpacked_bytes / 2, "bytes on a page, unpacked")?;
        }
        Ok(all)
    }
}
