//! The structure of the workspace is a fact.

use std::{collections::BTreeSet, fmt::Write as _, path::Path, process::Command};

use serde_json::Value;

/// Crates that only certain members may use directly.
const KEPT_IN: &[(&str, &[&str])] = &[
    ("devchain", &["violet", "tests"]),
    ("diesel", &["storage-svc"]),
    ("diesel-async", &["storage-svc"]),
    ("firestore", &["storage-svc"]),
    ("google-cloud-storage", &["storage-svc"]),
    ("frame-decode", &["devchain"]),
    ("jsonrpsee", &["devchain"]),
    ("subxt", &["chain-svc"]),
    ("subxt-metadata", &["devchain"]),
    ("subxt-rpcs", &["chain-svc"]),
    ("subxt-signer", &["chain-svc"]),
    ("timelock", &["chain-svc", "devchain"]),
    ("triton-client", &["inference", "tests"]),
    ("warp", &["gateway", "inference", "process"]),
];

fn metadata() -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let args = ["metadata", "--format-version", "1", "--no-deps", "--offline"];
    let output = Command::new("cargo").args(args).current_dir(root).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Direct dependencies of each member: name, and whether only its tests use it.
fn edges() -> Vec<(String, BTreeSet<(String, bool)>)> {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    let edge = |d: &Value| (d["name"].as_str().unwrap().to_owned(), d["kind"] == "dev");
    let one = |p: &Value| {
        (
            p["name"].as_str().unwrap().to_owned(),
            p["dependencies"].as_array().unwrap().iter().map(edge).collect(),
        )
    };
    let mut edges: Vec<_> = packages.iter().map(one).collect();
    edges.sort_by(|a: &(String, _), b: &(String, _)| a.0.cmp(&b.0));
    edges
}

#[test]
fn the_crate_graph_is_the_committed_one() {
    let edges = edges();
    let ours: BTreeSet<&str> = edges.iter().map(|(name, _)| name.as_str()).collect();
    let mut text =
        String::from("# who imports whom; (dev) only in tests. REGEN=1 cargo nextest run crate_graph\n");
    for (name, dependencies) in &edges {
        let inner = dependencies.iter().filter(|(d, _)| ours.contains(d.as_str()));
        let list: Vec<String> =
            inner.map(|(d, dev)| if *dev { format!("{d} (dev)") } else { d.clone() }).collect();
        writeln!(text, "{name}: {}", list.join(", ")).unwrap();
    }
    testkit::golden::compare(&Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/crate-graph.txt"), &text);
}

#[test]
fn services_do_not_import_services_and_heavy_crates_stay_where_they_belong() {
    let services = ["gateway", "scheduler", "storage-svc", "inference", "scorer", "chain-svc"];
    for (name, dependencies) in edges() {
        for (dependency, dev) in &dependencies {
            if services.contains(&dependency.as_str()) {
                assert!(
                    ["violet", "tests"].contains(&name.as_str()),
                    "{name} imports the service {dependency}"
                );
            }
            if let Some((_, allowed)) = KEPT_IN.iter().find(|(kept, _)| kept == dependency) {
                assert!(*dev || allowed.contains(&name.as_str()), "{name} imports {dependency}");
            }
        }
    }
}
