//! What a miner says of its models.

use domain::ModelCard;

use super::{
    BadField, kind, kind_to_pb,
    name::{direction, direction_to_pb},
    parse,
};
use crate::pb;

/// From the wire.
///
/// # Errors
/// [`BadField`] naming the first field that does not parse.
pub fn model_card(m: &pb::ModelCard) -> Result<ModelCard, BadField> {
    let languages = |field, tags: &[String]| tags.iter().map(|l| parse(field, l)).collect::<Result<_, _>>();
    let voice = |v: &pb::model_card::Voice| Ok((v.name.clone(), parse("models.voices", &v.language)?));
    Ok(ModelCard {
        id: m.id.clone(),
        version: m.version.clone(),
        kinds: m.kinds.iter().map(|k| kind(*k)).collect::<Result<_, _>>()?,
        languages: languages("models.languages", &m.languages)?,
        stopgap: languages("models.stopgap", &m.stopgap)?,
        directions: m
            .directions
            .iter()
            .map(|d| direction("models.directions", d))
            .collect::<Result<_, _>>()?,
        voices: m.voices.iter().map(voice).collect::<Result<_, BadField>>()?,
        quality: parse("models.quality", &m.quality)?,
        licence: m.licence.clone(),
    })
}

/// To the wire.
#[must_use]
pub fn model_card_to_pb(m: &ModelCard) -> pb::ModelCard {
    let voice = |(name, language): &(String, domain::Language)| pb::model_card::Voice {
        name: name.clone(),
        language: language.to_string(),
    };
    pb::ModelCard {
        id: m.id.clone(),
        version: m.version.clone(),
        kinds: m.kinds.iter().copied().map(kind_to_pb).collect(),
        languages: m.languages.iter().map(ToString::to_string).collect(),
        stopgap: m.stopgap.iter().map(ToString::to_string).collect(),
        directions: m.directions.iter().copied().map(direction_to_pb).collect(),
        voices: m.voices.iter().map(voice).collect(),
        quality: m.quality.to_string(),
        licence: m.licence.clone(),
    }
}

#[cfg(test)]
mod tests {
    use domain::{Language, Quality, TaskKind};

    use super::*;

    #[test]
    fn a_card_survives_the_wire() {
        let card = ModelCard {
            id: "fast-translate".into(),
            version: "ab".repeat(32),
            kinds: vec![TaskKind::TextTranslation, TaskKind::DocumentTranslation],
            languages: vec![Language::En, Language::Pt],
            stopgap: vec![Language::Pt],
            directions: vec![(Language::En, Language::Pt)],
            voices: vec![("af_heart".into(), Language::En)],
            quality: Quality::Production,
            licence: "MIT".into(),
        };
        assert_eq!(model_card(&model_card_to_pb(&card)), Ok(card));
        let wire = pb::ModelCard { quality: "great".into(), ..Default::default() };
        assert_eq!(model_card(&wire).unwrap_err().field, "models.quality");
    }
}
