//! Forms in the body `application/x-www-form-urlencoded`: small enough to be read whole.

use std::time::Duration;

use futures_util::{StreamExt as _, pin_mut};
use http::{HeaderMap, header};
use percent_encoding::percent_decode;

use super::{
    call::Body,
    form::{self, MAX_PARTS, printable},
    problem::Problem,
    upload::{self, Broken},
};

/// Whether the headers announce such a form.
pub(crate) fn announced(headers: &HeaderMap) -> bool {
    let given = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let media = given.split(';').next().unwrap_or_default().trim();
    media.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// Bytes that `bytes` may need in such a form, where each may be written as three, with room for the other fields.
pub(crate) const fn room(bytes: u64) -> u64 {
    bytes.saturating_mul(3).saturating_add(form::OVERHEAD)
}

/// Reads the whole form: names and values in the client's order, values without surrounding white space.
///
/// # Errors
/// 413 for a body of more than `limit` bytes; when it has too many fields, is no UTF-8 or breaks off.
pub(crate) async fn read(body: Body, limit: u64, idle: Duration) -> Result<Vec<(String, String)>, Problem> {
    let mut raw = Vec::new();
    let body = upload::paced(body, idle);
    pin_mut!(body);
    while let Some(chunk) = body.next().await {
        raw.extend_from_slice(&chunk.map_err(|broken| broken.problem("body"))?);
        if raw.len() as u64 > limit {
            form::drain(body).await;
            return Err(Broken::TooLarge { limit }.problem("body"));
        }
    }
    pairs(&raw)
}

/// The fields of a form that was read.
///
/// # Errors
/// As [`read`], but for the length.
pub(crate) fn pairs(raw: &[u8]) -> Result<Vec<(String, String)>, Problem> {
    let mut pairs = Vec::new();
    for pair in raw.split(|b| *b == b'&').filter(|pair| !pair.is_empty()) {
        if pairs.len() == MAX_PARTS {
            return Err(Problem::invalid(format!("the form has more than {MAX_PARTS} fields")));
        }
        let equals = pair.iter().position(|b| *b == b'=').unwrap_or(pair.len());
        let name = decode(&pair[..equals]).map(|name| printable(&name));
        let name = name.ok_or_else(|| Problem::invalid("the name of a field is not UTF-8"))?;
        let value = decode(pair.get(equals + 1..).unwrap_or_default());
        let value = value.ok_or_else(|| Problem::field(&name, "is not UTF-8"))?;
        pairs.push((name, value.trim().to_owned()));
    }
    Ok(pairs)
}

fn decode(raw: &[u8]) -> Option<String> {
    let spaced: Vec<u8> = raw.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect();
    percent_decode(&spaced).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_taken_apart() {
        let read = pairs(b"text=Ol%C3%A1%2C+mundo&&source_language=+pt+&empty=&bare").unwrap();
        let read: Vec<(&str, &str)> = read.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(
            read,
            [("text", "Ol\u{e1}, mundo"), ("source_language", "pt"), ("empty", ""), ("bare", "")]
        );
        // a percent sign that begins nothing stands for itself
        assert_eq!(pairs(b"text=100%").unwrap()[0].1, "100%");
    }

    #[test]
    fn what_is_no_form_is_refused() {
        // H4
        assert!(pairs(b"text=%ff%fe").is_err());
        assert!(pairs(b"%ff=x").is_err());
        assert!(pairs("a=b&".repeat(MAX_PARTS).as_bytes()).is_ok());
        assert!(pairs("a=b&".repeat(MAX_PARTS + 1).as_bytes()).is_err());
    }

    #[test]
    fn the_media_type_is_told_whatever_stands_behind_it() {
        let with = |v: &'static str| {
            announced(&HeaderMap::from_iter([(header::CONTENT_TYPE, http::HeaderValue::from_static(v))]))
        };
        assert!(with("application/x-www-form-urlencoded"));
        assert!(with("Application/X-WWW-Form-Urlencoded; charset=utf-8"));
        assert!(!with("application/x-www-form-urlencodedx") && !with("multipart/form-data"));
    }
}
