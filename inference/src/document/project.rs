//! Finding again, in a translated whole, the texts that were marked in the source.

use super::unit::Piece;

/// Most marks that are looked for; each takes a walk through the text.
const MOST: usize = 40;

/// Sets the marks of `source` in `whole`: each marked text must be found there once, in its own translation, and each
/// mark without text by its hint. `None` when one is not, when marks are nested, or when two would overlap.
pub(super) fn project(
    source: &[Piece],
    hints: &[String],
    whole: &str,
    texts: &[String],
) -> Option<Vec<Piece>> {
    if whole.trim().is_empty() || hints.len() > MOST {
        return None;
    }
    let mut found: Vec<(usize, usize, usize, bool)> = Vec::new();
    let (mut inside, mut texts) = (None, texts.iter());
    for piece in source {
        match piece {
            Piece::Text(_) => {
                let text = texts.next()?.trim();
                if let Some(mark) = inside {
                    let (from, to) = only(whole, text)?;
                    if found.iter().any(|f| f.2 == mark) {
                        return None;
                    }
                    found.push((from, to, mark, false));
                }
            }
            Piece::Open(mark) if inside.is_none() => inside = Some(*mark),
            Piece::Close(mark) if inside == Some(*mark) && found.iter().any(|f| f.2 == *mark) => {
                inside = None;
            }
            Piece::Solo(mark) if inside.is_none() => {
                let (from, to) = only(whole, hints[*mark].trim())?;
                found.push((from, to, *mark, true));
            }
            _ => return None,
        }
    }
    found.sort_unstable();
    let (mut at, mut out) = (0, Vec::new());
    for (from, to, mark, solo) in found {
        if from < at {
            return None;
        }
        out.push(Piece::Text(whole[at..from].to_owned()));
        if solo {
            out.push(Piece::Solo(mark));
        } else {
            out.extend([Piece::Open(mark), Piece::Text(whole[from..to].to_owned()), Piece::Close(mark)]);
        }
        at = to;
    }
    out.push(Piece::Text(whole[at..].to_owned()));
    Some(out)
}

/// Where `part` stands in `whole` as words of its own, with the same letters or else whatever their case; `None` when
/// nowhere or at several places. A full stop that a translator adds to a fragment does not count.
fn only(whole: &str, part: &str) -> Option<(usize, usize)> {
    let bare = part.trim_end_matches(['.', '。']);
    if bare.is_empty() {
        return None;
    }
    let own_words = |(from, to): &(usize, usize)| {
        let spaced = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() || super::unit::is_unspaced(c));
        let starts = bare.starts_with(|c: char| !c.is_alphanumeric() || super::unit::is_unspaced(c));
        let ends = bare.ends_with(|c: char| !c.is_alphanumeric() || super::unit::is_unspaced(c));
        (starts || spaced(whole[..*from].chars().next_back()))
            && (ends || spaced(whole[*to..].chars().next()))
    };
    let exact: Vec<(usize, usize)> =
        whole.match_indices(bare).map(|(at, m)| (at, at + m.len())).filter(own_words).take(2).collect();
    let places = if exact.is_empty() {
        whole
            .char_indices()
            .filter_map(|(at, _)| starts_with_folded(&whole[at..], bare).map(|length| (at, at + length)))
            .filter(own_words)
            .take(2)
            .collect()
    } else {
        exact
    };
    match places[..] {
        [place] => Some(place),
        _ => None,
    }
}

/// Length of the start of `text` that equals `part` but for case.
fn starts_with_folded(text: &str, part: &str) -> Option<usize> {
    let mut letters = text.char_indices();
    for wanted in part.chars() {
        let (_, c) = letters.next()?;
        if !c.to_lowercase().eq(wanted.to_lowercase()) {
            return None;
        }
    }
    Some(letters.next().map_or(text.len(), |(at, _)| at))
}
