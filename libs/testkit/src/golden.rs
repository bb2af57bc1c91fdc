//! Golden files: what crosses a boundary is pinned by a committed file.

use std::path::Path;

/// Compares `actual` with the committed file at `path`; under `REGEN=1` rewrites the file instead.
///
/// # Panics
/// When they differ, with the first differing line and how to accept the change.
#[track_caller]
pub fn compare(path: &Path, actual: &str) {
    if std::env::var_os("REGEN").is_some_and(|v| v == "1") {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).unwrap_or_else(|e| panic!("create {}: {e}", folder.display()));
        }
        std::fs::write(path, actual).unwrap_or_else(|e| panic!("write {}: {e}", path.display()));
        return;
    }
    let golden = std::fs::read_to_string(path).unwrap_or_default();
    if golden == actual {
        return;
    }
    let (mut ours, mut theirs) = (actual.lines(), golden.lines());
    let mut line = 0;
    let (now, committed) = loop {
        line += 1;
        match (ours.next(), theirs.next()) {
            (a, b) if a == b && a.is_some() => {}
            (a, b) => break (a.unwrap_or("<end of file>"), b.unwrap_or("<end of file>")),
        }
    };
    panic!(
        "{} differs from what the code produces, first at line {line}:\n  committed: {committed}\n  produced:  {now}\n\
         if the change is wanted: REGEN=1 cargo test, then review the diff",
        path.display(),
    );
}
