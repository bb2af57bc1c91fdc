//! Metrics of this process as Prometheus text.

use std::sync::OnceLock;

static REGISTRY: OnceLock<prometheus::Registry> = OnceLock::new();

fn registry() -> &'static prometheus::Registry {
    REGISTRY.get_or_init(prometheus::Registry::new)
}

pub(super) fn reader() -> anyhow::Result<opentelemetry_prometheus::PrometheusExporter> {
    Ok(opentelemetry_prometheus::exporter().with_registry(registry().clone()).build()?)
}

/// Every metric of this process in the Prometheus text format; empty before telemetry is installed.
#[must_use]
pub fn metrics_text() -> String {
    prometheus::TextEncoder::new().encode_to_string(&registry().gather()).unwrap_or_default()
}
