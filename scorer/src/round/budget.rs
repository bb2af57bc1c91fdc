//! What a validator's round costs.

use std::time::Duration;

use domain::{Language, Score, TaskKind};

use super::{Answer, Came, close, tests::records};
use crate::{
    accuracy::{
        Basis, Grade, Noised, Summarised, Translated, enhancement, summary, transcription, translation,
    },
    challenge::noise::{Colour, mix, noise},
    consensus::{Ballot, Vote},
    copies::fingerprint,
    material::Material,
    metric::{Grams, Outline, Spoken, Unit},
    standing::Neuron,
};

/// Responses of a round.
const RESPONSES: u64 = 1_000;
/// Responses to one task.
const EACH: u64 = 5;
/// Most time of a processor for all of it.
const MOST: Duration = Duration::from_secs(60);

/// The references of one task, made once for all its answers: a quarter of an hour of speech, a page to translate, a report
/// to summarise, ten seconds of sound.
struct Cached {
    texts: [String; 2],
    spoken: Spoken,
    grams: Grams,
    report: Outline,
    outline: Outline,
    repeats: f64,
    noised: Noised,
    noisy: Vec<f32>,
}

impl Cached {
    fn new(task: u64, material: &Material) -> Self {
        let language = Language::ALL[(task % 10) as usize];
        let numbers: Vec<u64> = (0..150).map(|i| task * 1_001 + i * 37).collect();
        let text = material.text(&numbers, language);
        let page = material.text(&numbers[..40], language);
        let (report, outline) = (Outline::new(&text, language), Outline::new(&page, language));
        let clean = noise(Colour::Pink, 160_000, 16_000, task);
        let noisy = mix(&clean, &noise(Colour::White, 160_000, 16_000, task + 1), 50, 0.9).0;
        let (spoken, grams) = (Spoken::new(&text, Unit::of_speech(language)), Grams::new(&page));
        let repeats = report.covered(&page);
        let noised = Noised::new(clean, &noisy, 16_000);
        Self { texts: [text, page], spoken, grams, report, outline, repeats, noised, noisy }
    }

    fn grade(&self, kind: TaskKind, material: &Material, number: u64) -> (Grade, String) {
        let [text, page] = &self.texts;
        let said = format!("{text} {}", material.sentence(number, Language::En));
        let grade = match kind {
            TaskKind::TextTranslation => {
                let said = format!("{page} {}", material.sentence(number, Language::En));
                let answer = Translated { source: "", said: &said, target: Language::En, found: None };
                translation(&self.grams, answer)
            }
            TaskKind::Summarization => {
                let (source, reference, reference_repeats) = (&self.report, &self.outline, self.repeats);
                let task =
                    Summarised { source, reference, reference_repeats, most: Some(2_000), meaning: None };
                summary(task, page)
            }
            TaskKind::AudioEnhancement => enhancement(&self.noised, &self.noisy),
            _ => transcription(&self.spoken, &said),
        };
        (grade, said)
    }
}

/// Time that this thread has had a processor, however busy the machine is.
fn used() -> Duration {
    let line = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(line.split(' ').next().unwrap().parse().unwrap())
}

#[test]
fn a_round_over_a_thousand_responses_stays_under_a_minute() {
    let material = Material::builtin();
    let kinds = [
        TaskKind::Transcription,
        TaskKind::TextTranslation,
        TaskKind::Summarization,
        TaskKind::AudioEnhancement,
    ];
    let cached: Vec<_> = (0..RESPONSES / EACH).map(|t| Cached::new(t, &material)).collect();
    let started = used();
    let mut tasks = Vec::new();
    for (task, cached) in cached.iter().enumerate() {
        let kind = kinds[task % kinds.len()];
        let answer = |i: u64| {
            let (grade, said) = cached.grade(kind, &material, task as u64 * EACH + i);
            let miner: domain::MinerId = format!("m{i}").parse().unwrap();
            let mut votes = Ballot::default();
            for (name, stake) in [("v1", 5), ("v2", 4)] {
                let vote = Vote { validator: name.parse().unwrap(), stake, grade, basis: Basis::Truth };
                votes.cast(vote, &miner).unwrap();
            }
            Answer { miner, came: Came::InTime { took_ms: 4_000, fingerprint: fingerprint(&said), votes } }
        };
        let task_id = domain::TaskId::from_random(task as u128 + 1);
        tasks.push(super::Asked {
            task: task_id,
            kind,
            units: 600,
            answers: (0..EACH).map(answer).collect(),
        });
    }
    let neurons = (0..EACH as u16)
        .map(|uid| Neuron { uid, miner: format!("m{uid}").parse().unwrap(), registered_at: 1, stake: 1 })
        .collect();
    let outcome = close(&records(tasks, neurons)).unwrap();
    let took = used() - started;
    println!("a round over {RESPONSES} responses took {:.1} s of CPU", took.as_secs_f64());
    assert!(took < MOST, "{took:?}");
    assert!(outcome.results.iter().all(|r| r.approved));
    let accuracy = |task: usize| outcome.results[task].answers[0].accuracy;
    assert!(accuracy(0) > Score::percent(95) && accuracy(3) == Score::ZERO);
}
