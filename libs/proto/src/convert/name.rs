//! Closed names: enums on both sides.

use domain::{FilePurpose, Language, Offer, Priority, TaskKind, task::StateName};

use super::{BadField, parse};
use crate::pb;

/// Two functions between a domain enum and its wire form; value 0 and unknown values are refused.
macro_rules! names {
    ($field:literal, $domain:ty, $wire:ty, $from:ident, $to:ident, { $($a:ident = $b:ident),+ $(,)? }) => {
        #[doc = concat!("From the wire.\n\n# Errors\n[`BadField`] for an unspecified or unknown ", $field, ".")]
        pub fn $from(value: i32) -> Result<$domain, BadField> {
            match <$wire>::try_from(value) {
                $(Ok(<$wire>::$b) => Ok(<$domain>::$a),)+
                _ => Err(BadField::new($field, "is unspecified or unknown")),
            }
        }
        #[doc = concat!("To the wire: the ", $field, ".")]
        #[must_use]
        pub const fn $to(value: $domain) -> i32 {
            match value { $(<$domain>::$a => <$wire>::$b as i32),+ }
        }
    };
}

names!("kind", TaskKind, pb::TaskKind, kind, kind_to_pb, {
    Transcription = Transcription, VideoTranscription = VideoTranscription, Tts = Tts, Summarization = Summarization,
    TextTranslation = TextTranslation, DocumentTranslation = DocumentTranslation,
    AudioEnhancement = AudioEnhancement, AudioAnalysis = AudioAnalysis,
});
names!("priority", Priority, pb::Priority, priority, priority_to_pb, {
    Low = Low, Normal = Normal, High = High, Urgent = Urgent,
});
names!("status", StateName, pb::TaskStatus, status_name, status_to_pb, {
    Pending = Pending, Assigned = Assigned, InProgress = InProgress, Completed = Completed, Approved = Approved,
    Failed = Failed, Cancelled = Cancelled,
});
names!("purpose", FilePurpose, pb::FilePurpose, purpose, purpose_to_pb, {
    UserAudio = UserAudio, TtsAudio = TtsAudio, UserVideos = UserVideos, UserDocuments = UserDocuments,
    Results = Results, Temp = Temp,
});
names!("reason", domain::FailReason, pb::FailReason, fail_reason, fail_reason_to_pb, {
    BrokenFile = BrokenFile, NothingToDo = NothingToDo, Unsupported = Unsupported, TooLong = TooLong,
    ModelFailed = ModelFailed, MinerFault = MinerFault, Poison = Poison, TimedOut = TimedOut,
});

/// Offers from the wire.
///
/// # Errors
/// [`BadField`] for an unknown kind or language, or an offer without languages.
pub fn offers(offers: &[pb::Offer]) -> Result<Vec<Offer>, BadField> {
    let one = |o: &pb::Offer| {
        if o.languages.is_empty() {
            return Err(BadField::new("offers.languages", "is empty"));
        }
        let languages = o.languages.iter().map(|l| parse("offers.languages", l)).collect::<Result<_, _>>()?;
        let directions = o.directions.iter().map(|d| direction("offers.directions", d));
        let modes = o.modes.iter().map(|m| parse("offers.modes", m)).collect::<Result<_, _>>()?;
        Ok(Offer { kind: kind(o.kind)?, languages, directions: directions.collect::<Result<_, _>>()?, modes })
    };
    offers.iter().map(one).collect()
}

/// Offers to the wire.
#[must_use]
pub fn offers_to_pb(offers: &[Offer]) -> Vec<pb::Offer> {
    let one = |o: &Offer| pb::Offer {
        kind: kind_to_pb(o.kind),
        languages: o.languages.iter().map(ToString::to_string).collect(),
        directions: o.directions.iter().copied().map(direction_to_pb).collect(),
        modes: o.modes.iter().map(ToString::to_string).collect(),
    };
    offers.iter().map(one).collect()
}

pub(super) fn direction(
    field: &'static str,
    d: &pb::offer::Direction,
) -> Result<(Language, Language), BadField> {
    Ok((parse(field, &d.from)?, parse(field, &d.to)?))
}

pub(super) fn direction_to_pb((from, to): (Language, Language)) -> pb::offer::Direction {
    pb::offer::Direction { from: from.to_string(), to: to.to_string() }
}
