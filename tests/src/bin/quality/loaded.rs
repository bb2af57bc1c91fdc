//! What each model takes before it has done anything.

use std::fmt::Write as _;

use tests::cost::memory_of;

/// The metric that says how long a model took to be loaded.
const LOAD: &str = "violet_inference_model_load_seconds{model=\"";

pub(crate) fn models(report: &mut String) -> anyhow::Result<()> {
    writeln!(report, "### Models on the server: time to load, and memory of their process\n")?;
    writeln!(report, "| model | load, s | memory, MB |\n| --- | --- | --- |")?;
    let metrics = process::telemetry::metrics_text();
    for line in metrics.lines().filter_map(|line| line.strip_prefix(LOAD)) {
        let (Some((model, rest)), Some(value)) = (line.split_once('"'), line.rsplit(' ').next()) else {
            continue;
        };
        anyhow::ensure!(rest.contains('}'), "{line}");
        let seconds: f64 = value.parse()?;
        let memory = memory_of(&format!("/{model}/"))?;
        writeln!(report, "| {model} | {seconds:.1} | {:.0} |", memory as f64 / 1e6)?;
    }
    writeln!(report, "| the server itself | | {:.0} |", memory_of("bin/tritonserver")? as f64 / 1e6)?;
    writeln!(report)?;
    Ok(())
}
