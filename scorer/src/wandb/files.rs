//! The small files beside the run file, as the client leaves them below `files/`.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::system::Machine;

/// `config.yaml`: each setting under its name. Values are written as JSON, which is YAML.
pub(super) fn config_yaml(config: &Map<String, Value>) -> String {
    let mut names: Vec<_> = config.iter().collect();
    names.sort_by_key(|(name, _)| *name);
    let mut text = String::new();
    for (name, value) in names {
        let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            // words that YAML takes for something else
            && !["y", "n", "yes", "no", "on", "off", "true", "false", "null"].contains(&name.to_lowercase().as_str());
        let name = if plain { name.clone() } else { Value::String(name.clone()).to_string() };
        // writing to a String does not fail
        let _ = writeln!(text, "{name}:\n    value: {value}");
    }
    text
}

/// `wandb-metadata.json`: the machine and the beginning of the run.
pub(super) fn metadata(machine: &Machine, program: &str, started: &str, writer: &str) -> Value {
    let mut disk = Map::new();
    if let Some((total, used)) = machine.disk {
        // 64-bit numbers are text in the JSON of protobuf
        disk.insert("/".to_owned(), json!({"total": total.to_string(), "used": used.to_string()}));
    }
    json!({
        "os": machine.os,
        "startedAt": started,
        "program": program,
        "host": machine.host,
        "cpu_count": machine.cpus,
        "cpu_count_logical": machine.cpus,
        "disk": disk,
        "memory": {"total": machine.memory.to_string()},
        "writerId": writer,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_yaml_would_take_for_something_else_is_quoted() {
        let config = json!({"netuid": 49, "no": "x", "a b": [1, {"c": null}], "10": 1.5});
        let text = config_yaml(config.as_object().unwrap());
        let wanted = "\"10\":\n    value: 1.5\n\"a b\":\n    value: [1,{\"c\":null}]\nnetuid:\n    value: 49\n\"no\":\n    value: \"x\"\n";
        assert_eq!(text, wanted);
    }
}
