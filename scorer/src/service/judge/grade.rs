//! Every answer against the reference. Pure.

use domain::Language;

use super::{content::Content, reference::Reference};
use crate::accuracy::{self, Fault, Grade, Heard, Meaning, Summarised, Translated, Wanted};

/// How sure it must be which language a translation is in before it counts as another one than was asked for.
const SURE: f32 = 0.8;

/// What a reference and answers mean.
#[derive(Debug)]
pub(super) struct Meanings {
    /// The reference.
    pub(super) reference: Vec<f32>,
    /// Each answer; `None` where no model can tell.
    pub(super) said: Vec<Option<Vec<f32>>>,
    /// The cosine of texts that have nothing to do with each other.
    pub(super) unrelated: f64,
}

/// A grade for each answer. One that can't be read is worth nothing.
pub(super) fn all(
    reference: &Reference,
    contents: &[Option<Content>],
    meanings: Option<&Meanings>,
    target: Language,
) -> Vec<Grade> {
    let one = |(i, content): (usize, &Option<Content>)| match content {
        Some(content) => {
            let meaning = meanings.and_then(|m| {
                let said = m.said.get(i)?.as_deref()?;
                Some(Meaning { reference: &m.reference, said, unrelated: m.unrelated })
            });
            of(reference, content, meaning, target)
        }
        None => Grade::nothing(Fault::Broken),
    };
    contents.iter().enumerate().map(one).collect()
}

fn of(reference: &Reference, content: &Content, meaning: Option<Meaning<'_>>, target: Language) -> Grade {
    match (reference, content) {
        (Reference::Transcript(spoken), Content::Text(said)) => accuracy::transcription(spoken, said),
        (Reference::Speech { text, seconds }, Content::Speech { samples, rate, said_rate, heard }) => {
            let wanted = Wanted { text, seconds: *seconds, sample_rate: *said_rate };
            accuracy::speech(wanted, Some(Heard { samples, sample_rate: *rate, text: heard }))
        }
        (Reference::Summary { source, outline, repeats, most, .. }, Content::Text(said)) => {
            let task =
                Summarised { source, reference: outline, reference_repeats: *repeats, most: *most, meaning };
            accuracy::summary(task, said)
        }
        (Reference::Translation { grams, source }, Content::Text(said)) => {
            let found = language::detect(said).ok().filter(|d| d.confidence >= SURE).map(|d| d.language);
            accuracy::translation(grams, Translated { source, said, target, found })
        }
        (Reference::Sound(noised), Content::Sound(samples)) => accuracy::enhancement(noised, samples),
        (Reference::Analysis(truth), Content::Analysis(said)) => accuracy::analysis(truth, said),
        // the reference and the answers are of one kind of task
        _ => Grade::nothing(Fault::Unmeasurable),
    }
}
