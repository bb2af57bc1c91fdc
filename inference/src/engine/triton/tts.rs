//! `tts_hibari`, `tts_rhvoice` and `tts_kokoro`: one sentence as speech. All have the same tensors.

use std::time::Duration;

use async_trait::async_trait;
use domain::Language;
use triton_client::{Error, Infer, Output, Tensor, Triton};

use super::Ask;
use crate::{
    engine::{
        Call, EngineError, MAX_SENTENCE, Sentence, Spoken,
        lane::{Lane, failed},
    },
    sidecar::{Canary, Unfit},
};

/// Name of the model that speaks English at a fiftieth of Kokoro's cost.
pub(in crate::engine) const HIBARI: &str = "tts_hibari";
/// The model that speaks Russian, at less than that.
pub(in crate::engine) const RHVOICE: &str = "tts_rhvoice";
/// The model of all languages.
pub(in crate::engine) const KOKORO: &str = "tts_kokoro";
/// Artifact with the weights of [`HIBARI`].
pub(in crate::engine) const HIBARI_ARTIFACT: &str = "hibari";
/// Artifact with the libraries of [`RHVOICE`].
pub(in crate::engine) const RHVOICE_ARTIFACT: &str = "rhvoice";
/// Files of [`RHVOICE`]; its voices are a Python package.
pub(in crate::engine) const RHVOICE_FILES: &[&str] =
    &["rhvoice/libsonic.so.0", "rhvoice/libRHVoice_core.so.7", "rhvoice/libRHVoice.so.5"];
/// Artifact with the weights of [`KOKORO`].
pub(in crate::engine) const KOKORO_ARTIFACT: &str = "kokoro";
/// Files of [`KOKORO`].
pub(in crate::engine) const KOKORO_WEIGHTS: &[&str] = &[
    "kokoro/kokoro.onnx",
    "kokoro/vocab.json",
    "kokoro/voices/af_heart.bin",
    "kokoro/voices/am_michael.bin",
    "kokoro/voices/bf_emma.bin",
    "kokoro/voices/bm_george.bin",
    "kokoro/voices/ef_dora.bin",
    "kokoro/voices/em_alex.bin",
    "kokoro/voices/ff_siwis.bin",
    "kokoro/voices/if_sara.bin",
    "kokoro/voices/im_nicola.bin",
    "kokoro/voices/pf_dora.bin",
    "kokoro/voices/pm_alex.bin",
    "kokoro/voices/jf_alpha.bin",
    "kokoro/voices/jm_kumo.bin",
    "kokoro/voices/jf_nezumi.bin",
    "kokoro/voices/zf_xiaoxiao.bin",
    "kokoro/voices/zm_yunxi.bin",
];
/// Models that are asked before Kokoro, each with its one language and its voices.
const FIRST: &[(&str, Language, &[&str])] =
    &[(HIBARI, Language::En, &["heart"]), (RHVOICE, Language::Ru, &["aleksandr", "anna"])];

const TEXT: &str = "text";
const LANGUAGE: &str = "language";
const VOICE: &str = "voice";
const SPEED: &str = "speed";
const PCM: &str = "pcm";
const RATE: &str = "rate";

/// Rates of speech that make sense, in Hz.
const RATES: std::ops::RangeInclusive<u32> = 8_000..=48_000;

/// How does this sound?
pub(in crate::engine) struct Speak<'a> {
    model: &'static str,
    sentence: &'a Sentence,
}

impl Ask for Speak<'_> {
    fn request(&self, triton: &Triton) -> Infer {
        let Sentence { text, language, voice, speed } = self.sentence;
        triton
            .infer(self.model)
            .input(TEXT, Tensor::text([1], [text.as_str()]))
            .input(LANGUAGE, Tensor::text([1], [language.name()]))
            .input(VOICE, Tensor::text([1], [voice.as_deref().unwrap_or_default()]))
            .input(SPEED, Tensor::f32([1], [*speed]))
    }
}

/// Reads the answer to [`Speak`]; `None` when it makes no sense.
fn read(output: &Output, model: &'static str) -> Result<Option<Spoken>, Error> {
    let rate = output
        .i32(RATE)?
        .next()
        .and_then(|rate| u32::try_from(rate).ok())
        .filter(|rate| RATES.contains(rate));
    let voice = output.text(VOICE)?.to_owned();
    let pcm: Vec<i16> = output.i16(PCM)?.collect();
    let artifact = match model {
        HIBARI => HIBARI_ARTIFACT,
        RHVOICE => RHVOICE_ARTIFACT,
        _ => KOKORO_ARTIFACT,
    };
    Ok(rate.filter(|_| !pcm.is_empty()).map(|rate| Spoken { pcm, rate, voice, model: artifact.to_owned() }))
}

/// The model that is to speak this sentence: the first that has the voice and works, else Kokoro.
fn model(sentence: &Sentence, works: impl Fn(&'static str) -> bool) -> &'static str {
    let voice = sentence.voice.as_deref();
    let fits = |(model, language, voices): &(&'static str, Language, &[&str])| {
        // a voice that only this model has is no question for Kokoro, even when the model is away
        *language == sentence.language && voice.map_or_else(|| works(model), |voice| voices.contains(&voice))
    };
    FIRST.iter().find(|first| fits(first)).map_or(KOKORO, |(model, ..)| model)
}

/// Asks through the lane of the model that is to speak. Refuses what is too long or empty.
pub(in crate::engine) async fn ask<'a>(
    lane: impl Fn(&'static str) -> Result<&'a Lane, EngineError>,
    works: impl Fn(&'static str) -> bool,
    sentence: &Sentence,
    call: &Call,
) -> Result<Spoken, EngineError> {
    if sentence.text.trim().is_empty() || sentence.text.chars().count() > MAX_SENTENCE {
        return Err(EngineError::BadInput);
    }
    let model = model(sentence, works);
    let output = lane(model)?.ask(call, &Speak { model, sentence }).await?;
    read(&output, model).map_err(|error| failed(&error))?.ok_or(EngineError::Failed)
}

/// Has a short sentence spoken, and wants as much sound as it takes, neither silent nor clipped.
pub(in crate::engine) struct SpeechCanary {
    /// The model under test.
    pub(in crate::engine) model: &'static str,
    /// What it has to say, and in which language.
    pub(in crate::engine) said: &'static [(&'static str, Language)],
}

/// What [`HIBARI`] has to say.
pub(in crate::engine) const HIBARI_CANARY: SpeechCanary =
    SpeechCanary { model: HIBARI, said: &[("The quick brown fox jumps over the lazy dog.", Language::En)] };
/// What [`RHVOICE`] has to say.
pub(in crate::engine) const RHVOICE_CANARY: SpeechCanary = SpeechCanary {
    model: RHVOICE,
    said: &[("Доброе утро, дорогие друзья.", Language::Ru)],
};
/// What [`KOKORO`] has to say: once through each of its front ends.
pub(in crate::engine) const KOKORO_CANARY: SpeechCanary = SpeechCanary {
    model: KOKORO,
    said: &[
        ("Buenos días, señora.", Language::Es),
        ("Good morning.", Language::En),
        ("おはようございます。", Language::Ja),
        ("早上好。", Language::Zh),
        ("안녕하세요.", Language::Ko),
    ],
};

/// Seconds that each of those sentences takes: measured 0.8 to 2.8.
const LASTS: std::ops::RangeInclusive<f32> = 0.4..=5.0;

#[async_trait]
impl Canary for SpeechCanary {
    async fn ask(&self, triton: &Triton, patience: Duration) -> Result<(), Unfit> {
        for (text, language) in self.said {
            let sentence =
                Sentence { text: (*text).to_owned(), language: *language, voice: None, speed: 1.0 };
            let question = Speak { model: self.model, sentence: &sentence };
            let output = question.request(triton).id("canary").timeout(patience).send().await?;
            let Some(spoken) = read(&output, self.model)? else {
                return Err(Unfit::WrongAnswer(format!("{language}: nothing")));
            };
            let seconds = spoken.pcm.len() as f32 / spoken.rate as f32;
            let peak = spoken.pcm.iter().map(|s| s.unsigned_abs()).max().unwrap_or_default();
            if !LASTS.contains(&seconds) || !(1_000..32_767).contains(&peak) {
                return Err(Unfit::WrongAnswer(format!("{language}: {seconds:.1} s, peak {peak}")));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{super::wire, *};
    use crate::sidecar::repository::FILES;

    const INPUTS: &[(&str, &str)] =
        &[(TEXT, "STRING"), (LANGUAGE, "STRING"), (VOICE, "STRING"), (SPEED, "FP32")];
    const OUTPUTS: &[(&str, &str)] = &[(PCM, "INT16"), (RATE, "INT32"), (VOICE, "STRING")];

    #[test]
    fn the_configurations_have_exactly_these_tensors() {
        wire::check(HIBARI, INPUTS, OUTPUTS);
        wire::check(RHVOICE, INPUTS, OUTPUTS);
        wire::check(KOKORO, INPUTS, OUTPUTS);
    }

    #[test]
    fn a_language_goes_to_its_cheap_model_unless_another_voice_is_asked_for() {
        let ask = |language, voice: Option<&str>, works: bool| {
            let sentence =
                Sentence { text: "a".into(), language, voice: voice.map(str::to_owned), speed: 1.0 };
            model(&sentence, |_| works)
        };
        assert_eq!(ask(Language::En, None, true), HIBARI);
        assert_eq!(ask(Language::En, None, false), KOKORO);
        assert_eq!(ask(Language::En, Some("heart"), false), HIBARI);
        assert_eq!(ask(Language::En, Some("bf_emma"), true), KOKORO);
        assert_eq!(ask(Language::De, None, true), KOKORO);
        assert_eq!(ask(Language::Ru, None, true), RHVOICE);
        assert_eq!(ask(Language::Ru, None, false), KOKORO);
        assert_eq!(ask(Language::Ru, Some("anna"), false), RHVOICE);
        assert_eq!(ask(Language::Ru, Some("heart"), true), KOKORO);
    }

    #[test]
    fn what_models_share_is_the_same_file() {
        let text = |path: String| FILES.iter().find(|(p, _)| *p == path).map(|(_, text)| *text).unwrap();
        let shared = [
            (HIBARI, &["english.py", "letters.py", "sound.py"][..]),
            (RHVOICE, &["letters.py", "reading.py", "sound.py", "words.py"]),
        ];
        for (model, names) in shared {
            for name in names {
                let kokoro = text(format!("{KOKORO}/1/{name}"));
                assert_eq!(text(format!("{model}/1/{name}")), kokoro, "{name}");
            }
        }
    }
}
