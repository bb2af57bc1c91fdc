//! Words with a full stop after which a sentence goes on, even where the next word begins with a capital.
//!
//! Only those that need something behind them: a title, a number, a name. `etc.` and its kin end sentences as often as
//! not; there the capital of the next word decides.

use domain::Language;

const EN: &[&str] = &[
    "mr", "mrs", "ms", "dr", "prof", "rev", "hon", "gen", "col", "maj", "capt", "lt", "sgt", "gov", "sen",
    "rep", "pres", "st", "mt", "messrs", "no", "nos", "vs", "fig", "figs", "vol", "ch", "pp", "cf", "e.g",
    "i.e", "approx", "jan", "feb", "aug", "sept", "oct", "nov", "dec",
];
const ES: &[&str] = &[
    "sr", "sra", "srta", "sres", "dr", "dra", "d", "dña", "prof", "profa", "ud", "uds", "vd", "gral", "cap",
    "lic", "ing", "arq", "av", "avda", "núm", "pág", "págs", "fig", "tel", "ej", "p. ej", "p.ej", "vol",
    "aprox", "ee", "st", "sto", "sta",
];
const FR: &[&str] = &[
    "m", "mm", "dr", "prof", "p. ex", "p.ex", "fig", "vol", "chap", "av", "apr", "env", "tél", "art", "cf",
    "st", "ste", "éd",
];
const DE: &[&str] = &[
    "dr", "prof", "hr", "fr", "ing", "dipl", "st", "nr", "z. b", "z.b", "d. h", "d.h", "u. a", "u.a", "i. d",
    "v. a", "bzw", "ca", "vgl", "evtl", "ggf", "inkl", "abs", "art", "bd", "kap", "abb", "tel", "mio", "mrd",
    "max", "min", "sog", "geb", "jan", "feb", "aug", "sept", "okt", "nov", "dez",
];
const IT: &[&str] = &[
    "sig", "sigg", "sig.ra", "sig.na", "dott", "dott.ssa", "dr", "prof", "prof.ssa", "ing", "avv", "arch",
    "geom", "on", "sen", "p. es", "p.es", "ad es", "es", "pag", "pagg", "fig", "vol", "cap", "art", "tel",
    "n", "s", "cfr", "ca",
];
const PT: &[&str] = &[
    "sr", "sra", "srs", "srta", "dr", "dra", "prof", "profa", "eng", "av", "r", "núm", "pág", "págs", "fig",
    "vol", "cap", "art", "tel", "p. ex", "p.ex", "aprox", "sto", "sta", "d", "gen", "cel",
];
const RU: &[&str] = &[
    "г-н",
    "г-жа",
    "гг",
    "ул",
    "д",
    "кв",
    "корп",
    "стр",
    "рис",
    "табл",
    "им",
    "проф",
    "акад",
    "доц",
    "т. е",
    "т.е",
    "т. к",
    "т.к",
    "напр",
    "см",
    "ср",
    "св",
    "о",
    "пос",
    "обл",
    "р",
    "просп",
    "пл",
    "тел",
    "руб",
    "тыс",
    "мин",
    "гл",
    "ст",
    "п",
];

/// The abbreviations of a language, in lower case and without their last full stop. The East Asian languages have none
/// of their own; Latin titles in them are English.
pub(super) const fn of(language: Language) -> &'static [&'static str] {
    match language {
        Language::Es => ES,
        Language::Fr => FR,
        Language::De => DE,
        Language::It => IT,
        Language::Pt => PT,
        Language::Ru => RU,
        Language::En | Language::Ja | Language::Ko | Language::Zh => EN,
    }
}

/// Whether `text`, up to but without its last full stop, ends in one of them as a whole word.
pub(super) fn closes(text: &str, language: Language) -> bool {
    // the longest is shorter than this, and lowering the whole sentence each time would cost its length squared
    let tail = text.char_indices().rev().nth(15).map_or(text, |(i, _)| &text[i..]).to_lowercase();
    of(language).iter().any(|short| {
        tail.strip_suffix(short)
            .is_some_and(|before| !before.ends_with(|c: char| c.is_alphanumeric() || c == '-'))
    })
}
