//! Compares what is sent to a model, and what is read, with the model's configuration. For tests.

use crate::sidecar::repository;

/// Asserts that the configuration of `model` has exactly these tensors, with types as it writes them, in this order.
pub(super) fn check(model: &str, inputs: &[(&str, &str)], outputs: &[(&str, &str)]) {
    for profile in ["cpu", "gpu"] {
        let config = repository::config(model, profile).unwrap();
        assert!(config.contains(&format!("name: \"{model}\"")), "{model} {profile}");
        let (_, rest) = config.split_once("\ninput [").unwrap();
        let (input, output) = rest.split_once("\noutput [").unwrap();
        let output = output.split("\ninstance_group").next().unwrap();
        assert_eq!(tensors(input), inputs, "{model} {profile}");
        assert_eq!(tensors(output), outputs, "{model} {profile}");
    }
}

fn tensors(section: &'static str) -> Vec<(&'static str, &'static str)> {
    let one = |part: &'static str| {
        Some((part.split('"').nth(1)?, part.split("TYPE_").nth(1)?.split_whitespace().next()?))
    };
    section.split('{').filter_map(one).collect()
}
