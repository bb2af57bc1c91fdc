//! An error for a log.

use std::{error::Error, fmt};

/// An error with its causes, on one line: `submit it: the gateway answered 400: ..`.
pub struct Causes<'a>(pub &'a dyn Error);

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(inner) = cause {
            write!(f, ": {inner}")?;
            cause = inner.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("keep it")]
    struct Kept(#[source] std::io::Error);

    #[test]
    fn every_cause_is_told_in_order() {
        let bare = std::io::Error::other("no room");
        assert_eq!(Causes(&bare).to_string(), "no room");
        assert_eq!(Causes(&Kept(bare)).to_string(), "keep it: no room");
    }
}
