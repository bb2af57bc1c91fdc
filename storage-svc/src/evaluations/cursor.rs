//! Where pages ended, as opaque text.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{ErrorKind, MinerId, Score};

use crate::StoreError;

/// A place in a line, or the one after nothing.
pub(super) fn place(after: Option<&str>) -> Result<u64, StoreError> {
    let Some(text) = after else { return Ok(0) };
    // as SQL has it: no place is beyond
    let place = read(text).and_then(|t| t.strip_prefix("p.")?.parse::<i64>().ok()?.try_into().ok());
    place.ok_or_else(|| StoreError::new(ErrorKind::Invalid, "after: no page gave this one"))
}

pub(super) fn of_place(place: u64) -> String {
    URL_SAFE_NO_PAD.encode(format!("p.{place}"))
}

/// The accuracy and the name of the miner on which a page ended.
pub(super) fn rank(cursor: &str) -> Result<(Score, MinerId), StoreError> {
    let parse = |text: String| {
        let (accuracy, miner) = text.strip_prefix("r.")?.split_once('.')?;
        Some((Score::from_billionths(accuracy.parse().ok()?)?, miner.parse().ok()?))
    };
    let rank = read(cursor).and_then(parse);
    rank.ok_or_else(|| StoreError::new(ErrorKind::Invalid, "cursor: no page gave this one"))
}

pub(super) fn of_rank(accuracy: Score, miner: &MinerId) -> String {
    URL_SAFE_NO_PAD.encode(format!("r.{}.{miner}", accuracy.billionths()))
}

fn read(text: &str) -> Option<String> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_nothing_else_is_one() {
        let (score, miner) = (Score::percent(40), "a.b-c".parse().unwrap());
        assert_eq!(rank(&of_rank(score, &miner)).unwrap(), (score, miner));
        assert_eq!((place(Some(&of_place(7))).unwrap(), place(None).unwrap()), (7, 0));
        for bad in ["", "!", "7", &of_rank(score, &"x".parse().unwrap()), &URL_SAFE_NO_PAD.encode("p.-1")] {
            assert_eq!(place(Some(bad)).unwrap_err().kind, ErrorKind::Invalid, "{bad}");
        }
        for bad in ["", "!", &of_place(7), &URL_SAFE_NO_PAD.encode("r.1000000001.a")] {
            assert_eq!(rank(bad).unwrap_err().kind, ErrorKind::Invalid, "{bad}");
        }
    }
}
