//! How many miners a task is given to, and how long is waited for them.

use std::time::Duration;

use crate::{NewTask, Priority, TaskKind};

/// How long answers are waited for after the first one, where nothing else is configured.
pub const WINDOW: Duration = Duration::from_secs(60);

/// How many miners to ask: `asked` when the client said how many, else by kind and priority; at least 1, at most
/// [`NewTask::MAX_WANTED`], and never more than the `eligible` ones (1 when there are none: the task waits for one).
#[must_use]
pub fn miners_wanted(kind: TaskKind, priority: Priority, asked: Option<u8>, eligible: usize) -> u8 {
    let base: u8 = match kind {
        TaskKind::Summarization | TaskKind::TextTranslation | TaskKind::DocumentTranslation => 3,
        TaskKind::Transcription
        | TaskKind::VideoTranscription
        | TaskKind::Tts
        | TaskKind::AudioEnhancement
        | TaskKind::AudioAnalysis => 2,
    };
    let tenths = match priority {
        Priority::Low => 8,
        Priority::Normal => 10,
        Priority::High => 13,
        Priority::Urgent => 15,
    };
    let wanted = asked.unwrap_or((base * tenths + 5) / 10);
    let most = u8::try_from(eligible).unwrap_or(u8::MAX).clamp(1, NewTask::MAX_WANTED);
    wanted.clamp(1, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_miners_follows_kind_and_priority() {
        let table = [
            (TaskKind::Transcription, [2, 2, 3, 3]),
            (TaskKind::VideoTranscription, [2, 2, 3, 3]),
            (TaskKind::Tts, [2, 2, 3, 3]),
            (TaskKind::Summarization, [2, 3, 4, 5]),
            (TaskKind::TextTranslation, [2, 3, 4, 5]),
            (TaskKind::DocumentTranslation, [2, 3, 4, 5]),
            (TaskKind::AudioEnhancement, [2, 2, 3, 3]),
            (TaskKind::AudioAnalysis, [2, 2, 3, 3]),
        ];
        for (kind, wanted) in table {
            for (priority, wanted) in Priority::ALL.iter().zip(wanted) {
                assert_eq!(miners_wanted(kind, *priority, None, 100), wanted, "{kind} {priority}");
            }
        }
    }

    #[test]
    fn never_more_than_there_are_and_never_none() {
        let wanted =
            |asked, eligible| miners_wanted(TaskKind::TextTranslation, Priority::Urgent, asked, eligible);
        assert_eq!([wanted(None, 0), wanted(None, 1), wanted(None, 4), wanted(None, 1_000)], [1, 1, 4, 5]);
        assert_eq!(
            [wanted(Some(0), 9), wanted(Some(7), 9), wanted(Some(7), 3), wanted(Some(200), 500)],
            [1, 7, 3, 10]
        );
    }
}
