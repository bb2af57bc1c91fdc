//! The query of a request.

use std::str::FromStr;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::problem::Problem;

/// Parameters that are taken out one by one; what is left at the end was not expected.
pub(crate) struct Query {
    raw: String,
    pairs: Option<Vec<(String, String)>>,
    known: Vec<&'static str>,
}

impl Query {
    pub(crate) const fn new(raw: String) -> Self {
        Self { raw, pairs: None, known: Vec::new() }
    }

    fn pairs(&mut self) -> Result<&mut Vec<(String, String)>, Problem> {
        if self.pairs.is_none() {
            let parts = self.raw.split('&').filter(|p| !p.is_empty());
            self.pairs = Some(parts.map(pair).collect::<Result<_, _>>()?);
        }
        Ok(self.pairs.get_or_insert_default())
    }

    /// The text of a parameter; `None` when it is absent or empty.
    ///
    /// # Errors
    /// When it is given twice, or is no UTF-8.
    pub(crate) fn text(&mut self, name: &'static str) -> Result<Option<String>, Problem> {
        self.known.push(name);
        let pairs = self.pairs()?;
        let Some(at) = pairs.iter().position(|(n, _)| n == name) else {
            return Ok(None);
        };
        let (_, value) = pairs.swap_remove(at);
        if pairs.iter().any(|(n, _)| n == name) {
            return Err(Problem::field(name, "is given twice"));
        }
        Ok(Some(value).filter(|v| !v.is_empty()))
    }

    /// A parameter as a value.
    ///
    /// # Errors
    /// With what its parser says, which names the allowed values.
    pub(crate) fn take<T: FromStr<Err: ToString>>(
        &mut self,
        name: &'static str,
    ) -> Result<Option<T>, Problem> {
        let value = self.text(name)?.map(|v| v.parse());
        value.transpose().map_err(|e: T::Err| Problem::field(name, e.to_string()))
    }

    /// A whole number within bounds.
    ///
    /// # Errors
    /// With the bounds.
    pub(crate) fn number(
        &mut self,
        name: &'static str,
        least: u32,
        most: u32,
    ) -> Result<Option<u32>, Problem> {
        let bad = || Problem::field(name, format!("must be a whole number from {least} to {most}"));
        let value = self.text(name)?.map(|v| v.parse::<u32>().ok().filter(|n| (least..=most).contains(n)));
        value.map(|n| n.ok_or_else(bad)).transpose()
    }

    /// Refuses what was not taken: a misspelt filter must not show everything.
    ///
    /// # Errors
    /// Names the stranger and the known ones.
    pub(crate) fn end(mut self) -> Result<(), Problem> {
        let known = self.known.join(", ");
        match self.pairs()?.first() {
            Some((name, _)) => {
                let name: String = name.chars().filter(|c| !c.is_control()).take(40).collect();
                Err(Problem::invalid(format!("unknown parameter \"{name}\": use one of {known}")))
            }
            None => Ok(()),
        }
    }
}

fn pair(part: &str) -> Result<(String, String), Problem> {
    let (name, value) = part.split_once('=').unwrap_or((part, ""));
    let decode = |text: &str| {
        let spaced = text.replace('+', " ");
        let text = percent_decode_str(&spaced).decode_utf8().map(|t| t.into_owned());
        text.map_err(|_| Problem::invalid("the query is not UTF-8"))
    };
    Ok((decode(name)?, decode(value)?))
}

/// `name=value&..` of parameters that have a value.
pub(crate) fn write(parameters: &[(&str, Option<&str>)]) -> String {
    let given = parameters.iter().filter_map(|(name, value)| value.map(|v| (name, v)));
    let texts: Vec<String> = given
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)))
        .collect();
    texts.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_taken_apart() {
        let mut q = Query::new("status=failed&limit=7&cursor=a%2Fb+c".into());
        assert_eq!(
            q.take::<domain::task::StateName>("status").unwrap(),
            Some(domain::task::StateName::Failed)
        );
        assert_eq!(q.number("limit", 1, 200).unwrap(), Some(7));
        assert_eq!(q.text("cursor").unwrap().as_deref(), Some("a/b c"));
        q.end().unwrap();
        assert_eq!(write(&[("cursor", Some("a/b c")), ("limit", None)]), "cursor=a%2Fb%20c");
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        // E17, E23
        let said = |p: Problem| format!("{p:?}");
        let refused = Query::new("status=processing".into()).take::<domain::task::StateName>("status");
        assert!(said(refused.unwrap_err()).contains("pending, assigned, in_progress"));
        for raw in ["limit=0", "limit=201", "limit=-1", "limit=x", "limit=1&limit=2"] {
            assert!(Query::new(raw.into()).number("limit", 1, 200).is_err(), "{raw}");
        }
        let mut q = Query::new("statsu=failed".into());
        assert_eq!(q.text("status").unwrap(), None);
        assert!(said(q.end().unwrap_err()).contains("statsu"));
        assert!(Query::new("a=%ff".into()).text("a").is_err());
    }
}
