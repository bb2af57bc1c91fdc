//! Letters by script.

use domain::Language;

/// A script that one of the ten languages is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Script {
    Hangul,
    Kana,
    Han,
    Cyrillic,
    Latin,
    /// Any that none of the ten is written in.
    Other,
}

/// How many letters of each script a text has. A syllable or a word sign counts as three letters: it says as much.
#[derive(Debug, Default)]
pub(crate) struct Letters {
    hangul: f64,
    kana: f64,
    han: f64,
    cyrillic: f64,
    latin: f64,
    other: f64,
    strange_cyrillic: f64,
    strange_latin: f64,
}

const SIGN: f64 = 3.0;
/// A Japanese sign is kana at least this often, over any stretch of text; a Chinese one hardly ever.
const KANA: f64 = 0.05;

impl Letters {
    pub(crate) fn of<'a>(words: impl Iterator<Item = &'a str>) -> Self {
        let mut letters = Self::default();
        for c in words.flat_map(str::chars).filter(|c| c.is_alphabetic()) {
            match script(c) {
                Script::Hangul => letters.hangul += SIGN,
                Script::Kana => letters.kana += SIGN,
                Script::Han => letters.han += SIGN,
                Script::Other => letters.other += 1.0,
                Script::Cyrillic => {
                    letters.cyrillic += 1.0;
                    if !is_russian(c) {
                        letters.strange_cyrillic += 1.0;
                    }
                }
                Script::Latin => {
                    letters.latin += 1.0;
                    if !is_western(c) {
                        letters.strange_latin += 1.0;
                    }
                }
            }
        }
        letters
    }

    pub(crate) fn all(&self) -> f64 {
        self.hangul + self.kana + self.han + self.cyrillic + self.latin + self.other
    }

    /// The script with most letters, and how many; kana and Han count together.
    pub(crate) fn strongest(&self) -> (Script, f64) {
        let scripts = [
            (Script::Hangul, self.hangul),
            (Script::Han, self.kana + self.han),
            (Script::Cyrillic, self.cyrillic),
            (Script::Latin, self.latin),
            (Script::Other, self.other),
        ];
        let least = (Script::Other, 0.0);
        scripts.into_iter().fold(least, |best, next| if next.1 > best.1 { next } else { best })
    }

    /// Kana make a text Japanese. Without any it is Chinese, the surer the longer: each sign would have been kana every
    /// second time.
    pub(crate) fn japanese_or_chinese(&self) -> (Language, f64) {
        if self.kana > KANA * (self.kana + self.han) {
            return (Language::Ja, 1.0);
        }
        (Language::Zh, 1.0 / (1.0 + 0.5f64.powf(self.han / SIGN)))
    }

    /// Cyrillic letters that Russian does not have.
    pub(crate) const fn strange_cyrillic(&self) -> f64 {
        self.strange_cyrillic
    }

    /// Latin letters that none of the six languages in Latin letters has.
    pub(crate) const fn strange_latin(&self) -> f64 {
        self.strange_latin
    }
}

/// The script of a letter.
const fn script(c: char) -> Script {
    match c {
        '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{a960}'..='\u{a97f}' => Script::Hangul,
        '\u{ac00}'..='\u{d7ff}' | '\u{ffa0}'..='\u{ffdc}' => Script::Hangul,
        '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{ff66}'..='\u{ff9f}' => Script::Kana,
        '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}' | '\u{3400}'..='\u{4dbf}' => Script::Han,
        '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => Script::Han,
        '\u{400}'..='\u{52f}' | '\u{1c80}'..='\u{1c8f}' | '\u{a640}'..='\u{a69f}' => Script::Cyrillic,
        'A'..='Z' | 'a'..='z' | '\u{aa}' | '\u{ba}' | '\u{c0}'..='\u{24f}' => Script::Latin,
        '\u{1e00}'..='\u{1eff}' | '\u{fb00}'..='\u{fb06}' | '\u{ff21}'..='\u{ff5a}' => Script::Latin,
        _ => Script::Other,
    }
}

const fn is_russian(c: char) -> bool {
    matches!(c, '\u{410}'..='\u{44f}' | '\u{401}' | '\u{451}')
}

fn is_western(c: char) -> bool {
    let wide = matches!(c, '\u{aa}' | '\u{ba}' | '\u{fb00}'..='\u{fb06}' | '\u{ff21}'..='\u{ff5a}');
    c.is_ascii() || wide || c.to_lowercase().all(|c| "àâäáãçéèêëíìîïñóòôöõúùûüÿœæß".contains(c))
}
