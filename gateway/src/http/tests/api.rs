//! The table, the documents about it, and what is true of every route.

use std::{collections::BTreeSet, path::Path, sync::atomic::Ordering};

use utoipa::OpenApi as _;

use super::*;
use crate::http::{Leaves, docs::Api, table};

fn leaves() -> Leaves {
    let mut config: Config = process::config::load("gateway", DEFAULT, None, []).unwrap();
    config.tickets.key = KEY.into();
    let upstream = Upstream::connect(&config.upstream).unwrap();
    Leaves {
        config,
        upstream,
        key: KEY.parse().unwrap(),
        ring: None,
        clock: Clock::system(),
        open: false,
        subnet: None,
        stop: Stop::new(),
    }
}

// E4 (its half that needs no cluster)
#[tokio::test]
async fn every_route_is_documented_and_every_documented_route_is_served() {
    let served: BTreeSet<(String, String)> =
        table(&leaves()).iter().flatten().map(|r| (r.method.to_string(), r.template.to_owned())).collect();
    let document: Value = serde_json::from_str(&Api::openapi().to_json().unwrap()).unwrap();
    let documented: BTreeSet<(String, String)> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| {
            methods.as_object().unwrap().keys().map(|m| (m.to_uppercase(), path.clone()))
        })
        .collect();
    assert_eq!(served, documented);
    let operations =
        document["paths"].as_object().unwrap().values().flat_map(|p| p.as_object().unwrap().values());
    let ids: Vec<&str> = operations.map(|o| o["operationId"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "an operation id is used twice");
}

#[test]
fn the_document_is_the_committed_one() {
    let mut text = Api::openapi().to_pretty_json().unwrap();
    text.push('\n');
    testkit::golden::compare(&Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json"), &text);
}

// E6
#[tokio::test]
async fn no_literal_path_is_shadowed_by_a_parameter() {
    let groups = table(&leaves());
    let routes: Vec<_> = groups.iter().flatten().map(|r| (r.method.clone(), r.template)).collect();
    for (i, (method, earlier)) in routes.iter().enumerate() {
        for (other, later) in routes[i + 1..].iter().filter(|(m, _)| m == method) {
            let shadows = earlier.split('/').count() == later.split('/').count()
                && earlier
                    .split('/')
                    .zip(later.split('/'))
                    .all(|(e, l)| e == l || (e.starts_with('{') && !l.is_empty()));
            assert!(!shadows, "{other} {later} is never reached: {earlier} stands before it");
        }
    }
    let g = gateway(|_| ()).await;
    assert_eq!(g.json("/api/v1/tasks/completed").await, (200, Value::Array(vec![])));
}

#[tokio::test]
async fn what_does_not_exist_says_so() {
    let g = gateway(|_| ()).await;
    let (status, body) = g.json("/api/v1/nothing").await;
    assert_eq!((status, body["type"].as_str()), (404, Some("/problems/not_found")));
    let response = g.client.patch(format!("{}/api/v1/tasks/1", g.base)).send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["allow"]),
        (405, &"DELETE, GET, HEAD".parse().unwrap())
    );
    assert_eq!(response.headers()["content-type"], "application/problem+json");
}

// S16, H8, S15
#[tokio::test]
async fn every_answer_carries_its_id_and_no_inner_text() {
    let g = gateway(|_| ()).await;
    for path in ["/livez", "/api/v1/tasks", "/nothing", "/api/v1/tasks/x", "/openapi.json", "/docs/"] {
        let response = g
            .get(path)
            .header("x-request-id", "mine-1")
            .header("origin", "http://evil")
            .send()
            .await
            .unwrap();
        let h = response.headers();
        assert_eq!(h["x-request-id"], "mine-1", "{path}");
        assert!(h["server-timing"].to_str().unwrap().starts_with("total;dur="), "{path}");
        assert!(!h.contains_key("server") && !h.contains_key("access-control-allow-origin"), "{path}");
        assert_eq!(h["x-content-type-options"], "nosniff", "{path}");
    }
    let head = g.client.head(format!("{}/api/v1/tasks", g.base)).send().await.unwrap();
    assert_eq!((head.status().as_u16(), &head.headers()["content-length"]), (200, &"2".parse().unwrap()));
}

// E19, C4
#[tokio::test]
async fn health_tells_the_truth_and_asks_at_most_once_a_second() {
    let g = gateway(|_| ()).await;
    g.task(1);
    for _ in 0..20 {
        for path in ["/health", "/api/v1/health", "/api/v1/status"] {
            let (status, body) = g.json(path).await;
            assert_eq!((status, body["status"].as_str()), (200, Some("healthy")));
            assert_eq!(
                (&body["pending_tasks"], &body["total_tasks"], &body["bittensor_connected"]),
                (&1.into(), &1.into(), &false.into())
            );
        }
        assert_eq!(g.json("/readyz").await.0, 200);
    }
    let asked = g.world.counted.load(Ordering::SeqCst);
    assert!((1..=40).contains(&asked), "80 requests asked the store {asked} times");

    let down = gateway(|_| ()).await;
    down.world.down.store(true, Ordering::SeqCst);
    let (status, body) = down.json("/health").await;
    assert_eq!(
        (status, body["status"].as_str(), body["components"]["storage"]["status"].as_str()),
        (503, Some("unhealthy"), Some("down"))
    );
    assert!(body.get("pending_tasks").is_none());
    assert_eq!(down.json("/readyz").await.0, 503);
    assert_eq!(down.json("/livez").await.0, 200);

    let idle = gateway(|_| ()).await;
    idle.world.miners.store(0, Ordering::SeqCst);
    let (status, body) = idle.json("/health").await;
    assert_eq!((status, body["status"].as_str()), (200, Some("degraded")));
    assert_eq!(idle.json("/readyz").await.0, 200);
}

#[tokio::test]
async fn the_interface_loads_nothing_from_elsewhere() {
    let g = gateway(|_| ()).await;
    let moved = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let moved = moved.get(format!("{}/docs", g.base)).send().await.unwrap();
    assert_eq!((moved.status().as_u16(), &moved.headers()["location"]), (308, &"/docs/".parse().unwrap()));
    let page = g.get("/docs/").send().await.unwrap();
    assert!(page.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'self'"));
    let page = page.text().await.unwrap();
    assert!(
        !page.contains("src=\"http") && !page.contains("href=\"http") && !page.contains("src=\"//"),
        "{page}"
    );
    let links = page.split('"').filter(|s| s.starts_with("./") || s.ends_with(".css") || s.ends_with(".js"));
    for link in links.map(|l| l.trim_start_matches("./").to_owned()).collect::<Vec<_>>() {
        assert_eq!(g.get(&format!("/docs/{link}")).send().await.unwrap().status(), 200, "{link}");
    }
    let start = g.get("/docs/swagger-initializer.js").send().await.unwrap().text().await.unwrap();
    assert!(start.contains("/openapi.json") && !start.contains("petstore"), "{start}");
    assert_eq!(g.get("/docs/nothing.js").send().await.unwrap().status(), 404);
    let (_, document) = g.json("/openapi.json").await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
}

#[tokio::test]
async fn a_short_ticket_key_is_refused_at_the_start() {
    let mut l = leaves();
    l.config.tickets.key = "short".into();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refused = crate::run(l.config, listener, l.upstream, None, l.clock, Stop::new()).await.unwrap_err();
    assert_eq!(process::exit::code_of(&refused), 64);
    assert!(process::exit::sentence(&refused).contains("openssl rand -hex 32"));
}
