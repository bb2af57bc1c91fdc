//! Which language a recording is in. Pure.
//!
//! Detected once per file over its first window of speech, which holds up to 30 s; when the model is not sure of it, or
//! hears a language outside the ten, up to [`MOST`] windows have a say and the most probable wins. Then it is fixed:
//! windows that heard another language are heard again in the one chosen.
//!
//! A recording in a language outside the ten is not refused: the model can write it down, and the client may know why
//! it was sent. Its windows stay on detection, the transcript has its text, and `language` is `None`. To force the
//! nearest of the ten on it would put invented words in a confident tone, which is worse than no label.

use std::collections::BTreeMap;

use domain::{Language, SourceLanguage};

/// Probability from which one window decides.
const SURE: f32 = 0.5;
/// Most windows that are asked.
const MOST: usize = 3;

/// The language of one file while it is being found out.
#[derive(Debug)]
pub(super) struct Detection {
    given: Option<Language>,
    heard: BTreeMap<String, f32>,
    windows: usize,
    chosen: Option<(String, f32)>,
}

impl Detection {
    pub(super) const fn new(source: SourceLanguage) -> Self {
        Self { given: source.given(), heard: BTreeMap::new(), windows: 0, chosen: None }
    }

    /// What the client said.
    pub(super) const fn given(&self) -> Option<Language> {
        self.given
    }

    /// Whether nothing that is heard from now on changes it.
    pub(super) const fn is_settled(&self) -> bool {
        self.given.is_some() || self.chosen.is_some()
    }

    /// What to ask the model for.
    pub(super) fn to_ask(&self) -> SourceLanguage {
        self.language().map_or(SourceLanguage::Auto, SourceLanguage::Given)
    }

    /// Whether a window heard as `tag` has to be heard again.
    pub(super) fn contradicts(&self, tag: &str) -> bool {
        self.language().is_some_and(|l| l.name() != tag)
    }

    /// Takes what one window was heard as; settles when that is enough.
    pub(super) fn hear(&mut self, tag: &str, probability: f32) {
        if self.is_settled() {
            return;
        }
        self.windows += 1;
        *self.heard.entry(tag.to_owned()).or_default() += probability;
        let sure = probability >= SURE && tag.parse::<Language>().is_ok();
        if sure || self.windows >= MOST {
            self.settle();
        }
    }

    /// There are no more windows: the most probable so far wins.
    pub(super) fn settle(&mut self) {
        if self.is_settled() {
            return;
        }
        let windows = self.windows.max(1) as f32;
        self.chosen = self
            .heard
            .iter()
            .max_by(|a, b| a.1.total_cmp(b.1))
            .map(|(tag, sum)| (tag.clone(), (sum / windows).clamp(0.0, 1.0)));
    }

    /// The language, once settled and among the ten.
    pub(super) fn language(&self) -> Option<Language> {
        self.given.or_else(|| self.chosen.as_ref().and_then(|(tag, _)| tag.parse().ok()))
    }

    /// Its mean probability over the windows that were asked; `None` when it was given or lies outside the ten.
    pub(super) fn confidence(&self) -> Option<f32> {
        let (tag, probability) = self.chosen.as_ref()?;
        tag.parse::<Language>().ok().map(|_| *probability)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(windows: &[(&str, f32)]) -> Detection {
        let mut d = Detection::new(SourceLanguage::Auto);
        windows.iter().for_each(|(tag, p)| d.hear(tag, *p));
        d
    }

    #[test]
    fn one_sure_window_fixes_the_language_with_its_measured_confidence() {
        // E20
        let d = heard(&[("de", 0.91), ("en", 0.99)]);
        assert_eq!((d.language(), d.confidence()), (Some(Language::De), Some(0.91)));
        assert!(d.contradicts("en") && !d.contradicts("de"));
    }

    #[test]
    fn unsure_windows_are_outvoted() {
        let mut d = heard(&[("pt", 0.4), ("es", 0.45)]);
        assert!(!d.is_settled());
        d.hear("es", 0.4);
        assert_eq!(d.language(), Some(Language::Es));
        assert!((d.confidence().unwrap() - 0.85 / 3.0).abs() < 1e-6);
    }

    #[test]
    fn a_short_file_settles_on_what_it_has() {
        let mut d = heard(&[("de", 0.43)]);
        assert!(!d.is_settled());
        d.settle();
        assert_eq!((d.language(), d.confidence()), (Some(Language::De), Some(0.43)));
    }

    #[test]
    fn a_language_outside_the_ten_is_not_forced_into_one_of_them() {
        let d = heard(&[("nl", 0.9), ("nl", 0.9), ("en", 0.4)]);
        assert!(d.is_settled());
        assert_eq!((d.language(), d.confidence(), d.to_ask()), (None, None, SourceLanguage::Auto));
        assert!(!d.contradicts("nl"));
        assert_eq!(heard(&[("nl", 0.6), ("en", 0.8)]).language(), Some(Language::En));
    }

    #[test]
    fn a_given_language_is_never_argued_with() {
        // E22
        let mut d = Detection::new(SourceLanguage::Given(Language::Ko));
        d.hear("en", 1.0);
        assert_eq!((d.language(), d.confidence()), (Some(Language::Ko), None));
    }
}
