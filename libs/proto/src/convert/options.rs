//! What was asked for beside kind and languages.

use domain::TaskOptions;

use super::{BadField, optional, parse};
use crate::pb;

/// From the wire; absent means that nothing is asked for.
///
/// # Errors
/// [`BadField`] naming the first field that does not parse.
pub fn options(o: Option<&pb::TaskOptions>) -> Result<TaskOptions, BadField> {
    let Some(o) = o else { return Ok(TaskOptions::default()) };
    let speed = u16::try_from(o.speed_percent);
    let speed = speed.map_err(|_| BadField::new("options.speed_percent", "is too large"))?;
    Ok(TaskOptions {
        voice: optional(&o.voice).map(str::to_owned),
        speed_percent: Some(speed).filter(|s| *s > 0),
        audio_format: named("options.audio_format", &o.audio_format)?,
        max_words: Some(o.max_words).filter(|w| *w > 0),
        summary_mode: named("options.summary_mode", &o.summary_mode)?,
        document_format: named("options.document_format", &o.document_format)?,
    })
}

/// To the wire; absent when nothing is asked for.
#[must_use]
pub fn options_to_pb(o: &TaskOptions) -> Option<pb::TaskOptions> {
    let wire = pb::TaskOptions {
        voice: o.voice.clone().unwrap_or_default(),
        speed_percent: o.speed_percent.unwrap_or_default().into(),
        audio_format: o.audio_format.map(|f| f.to_string()).unwrap_or_default(),
        max_words: o.max_words.unwrap_or_default(),
        summary_mode: o.summary_mode.map(|m| m.to_string()).unwrap_or_default(),
        document_format: o.document_format.map(|f| f.to_string()).unwrap_or_default(),
    };
    (!o.is_empty()).then_some(wire)
}

fn named<T>(field: &'static str, text: &str) -> Result<Option<T>, BadField>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    optional(text).map(|name| parse(field, name)).transpose()
}

#[cfg(test)]
mod tests {
    use domain::{AudioFormat, DocumentFormat, SummaryMode};

    use super::*;

    #[test]
    fn every_option_survives_the_wire() {
        let all = TaskOptions {
            voice: Some("ff_siwis".into()),
            speed_percent: Some(120),
            audio_format: Some(AudioFormat::Opus),
            max_words: Some(80),
            summary_mode: Some(SummaryMode::Abstractive),
            document_format: Some(DocumentFormat::Docx),
        };
        assert_eq!(options(options_to_pb(&all).as_ref()), Ok(all));
        assert_eq!(options_to_pb(&TaskOptions::default()), None);
        assert_eq!(options(None), Ok(TaskOptions::default()));
        let wire = pb::TaskOptions { audio_format: "8-track".into(), ..Default::default() };
        assert_eq!(options(Some(&wire)).unwrap_err().field, "options.audio_format");
    }
}
