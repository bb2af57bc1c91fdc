//! Where a page of tasks ended, as opaque text.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{ErrorKind, Task, TaskId, Timestamp};

use crate::StoreError;

/// The place of a task in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cursor {
    pub(crate) submitted_at: Timestamp,
    pub(crate) id: TaskId,
}

impl Cursor {
    /// The place of `task`.
    pub(crate) fn of(task: &Task) -> Self {
        Self { submitted_at: task.spec.submitted_at, id: task.spec.id }
    }

    /// URL-safe text, read by [`Cursor::decode`] only.
    pub(crate) fn encode(self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}.{}", self.submitted_at.micros(), self.id))
    }

    /// Reads what `encode` wrote; `Invalid` for anything else.
    pub(crate) fn decode(text: &str) -> Result<Self, StoreError> {
        let read = || {
            let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
            let (at, id) = text.split_once('.')?;
            Some(Self { submitted_at: Timestamp::from_micros(at.parse().ok()?), id: id.parse().ok()? })
        };
        read().ok_or_else(|| StoreError::new(ErrorKind::Invalid, "cursor: no page gave this one"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_nothing_else_is_one() {
        let c = Cursor { submitted_at: Timestamp::from_micros(-5), id: TaskId::from_random(7) };
        assert_eq!(Cursor::decode(&c.encode()).unwrap(), c);
        for bad in ["", "!", "AAAA", &URL_SAFE_NO_PAD.encode("1.zz"), &URL_SAFE_NO_PAD.encode("x.00")] {
            assert_eq!(Cursor::decode(bad).unwrap_err().kind, ErrorKind::Invalid, "{bad}");
        }
    }
}
