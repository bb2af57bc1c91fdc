//! Amounts of TAO, as people write them.

use std::{fmt, str::FromStr};

/// The smallest parts of one TAO.
const RAO: u64 = 1_000_000_000;

/// An amount, kept in rao: exact. Prints in TAO.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tao(u64);

/// Text that is no amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadTao(String);

impl fmt::Display for BadTao {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" is no amount of TAO: write 0.25, with at most 9 digits after the point", self.0)
    }
}

impl std::error::Error for BadTao {}

impl Tao {
    /// From rao.
    #[must_use]
    pub const fn from_rao(rao: u64) -> Self {
        Self(rao)
    }

    /// In rao.
    #[must_use]
    pub const fn rao(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Tao {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0 / RAO, self.0 % RAO);
        let part = format!("{part:09}");
        match part.trim_end_matches('0') {
            "" => write!(f, "{whole} TAO"),
            digits => write!(f, "{whole}.{digits} TAO"),
        }
    }
}

impl FromStr for Tao {
    type Err = BadTao;

    fn from_str(text: &str) -> Result<Self, BadTao> {
        let bad = || BadTao(text.chars().filter(|c| !c.is_control()).take(40).collect());
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let (whole, part) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
        if (whole.is_empty() && part.is_empty()) || part.len() > 9 || !digits(whole) || !digits(part) {
            return Err(bad());
        }
        let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| bad())? };
        let part: u64 = format!("{part:0<9}").parse().map_err(|_| bad())?;
        whole.checked_mul(RAO).and_then(|rao| rao.checked_add(part)).map(Self).ok_or_else(bad)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_exactly_and_printed_as_it_was_meant() {
        for (text, rao, printed) in [
            ("1", 1_000_000_000, "1 TAO"),
            ("0.1", 100_000_000, "0.1 TAO"),
            (".5", 500_000_000, "0.5 TAO"),
            ("0.000000001", 1, "0.000000001 TAO"),
            ("18446744073.709551615", u64::MAX, "18446744073.709551615 TAO"),
            ("2.", 2_000_000_000, "2 TAO"),
        ] {
            let tao: Tao = text.parse().unwrap();
            assert_eq!((tao.rao(), tao.to_string().as_str()), (rao, printed));
        }
    }

    #[test]
    fn what_is_no_amount_is_refused_with_an_example() {
        for bad in ["", ".", "-1", "1e9", "1,5", "0.0000000001", "18446744073.709551616", "TAO", "1 TAO"] {
            let said = bad.parse::<Tao>().unwrap_err().to_string();
            assert!(said.contains("0.25"), "{said}");
        }
    }
}
