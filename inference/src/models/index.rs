//! Finding a pinned wheel on a package index: the HTML pages of PEP 503.

use percent_encoding::percent_decode_str;
use reqwest::Url;

/// The address of `file` on an index page found at `page`, and the hash the page gives it, if it gives one.
/// Only an exact file name counts. Relative links are resolved.
pub(super) fn find(html: &str, page: &Url, file: &str) -> Option<(Url, Option<String>)> {
    html.split("href=").skip(1).find_map(|rest| {
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let href = rest[1..].split(quote).next()?.replace("&amp;", "&");
        let mut url = page.join(&href).ok()?;
        let last = url.path_segments()?.next_back()?.to_owned();
        if percent_decode_str(&last).decode_utf8_lossy() != file {
            return None;
        }
        let sha256 = url.fragment().and_then(|f| f.strip_prefix("sha256=")).map(str::to_ascii_lowercase);
        url.set_fragment(None);
        Some((url, sha256))
    })
}

/// The page of a package: `<index>/<package>/`.
pub(super) fn page(index: &Url, package: &str) -> Result<Url, String> {
    index.join(&format!("{package}/")).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Url {
        Url::parse("https://i.example/simple/a-b/").unwrap()
    }

    #[test]
    fn the_exact_file_is_found_among_others_with_its_hash() {
        let html = r#"<a href="https://f.example/p/a_b-1.0-py3-none-any.whl.metadata#sha256=00">x</a>
            <a href='../../files/a_b-1.0%2Bcu1-py3-none-any.whl?k=1&amp;l=2#sha256=AB' data-yanked>y</a>
            <a href="https://f.example/p/a_b-1.0-py3-none-any.whl#sha256=cd">z</a>"#;
        let (url, hash) = find(html, &base(), "a_b-1.0-py3-none-any.whl").unwrap();
        assert_eq!(
            (url.as_str(), hash.as_deref()),
            ("https://f.example/p/a_b-1.0-py3-none-any.whl", Some("cd"))
        );
        let (url, hash) = find(html, &base(), "a_b-1.0+cu1-py3-none-any.whl").unwrap();
        assert_eq!(url.as_str(), "https://i.example/files/a_b-1.0%2Bcu1-py3-none-any.whl?k=1&l=2");
        assert_eq!(hash.as_deref(), Some("ab"));
        assert!(find(html, &base(), "a_b-2.0-py3-none-any.whl").is_none());
    }

    #[test]
    fn a_page_that_is_no_index_has_nothing() {
        assert!(find("<a href=", &base(), "x").is_none());
        assert!(find("no page href=\"%zz\"", &base(), "x").is_none());
    }
}
