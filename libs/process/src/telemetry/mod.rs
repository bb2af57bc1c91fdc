//! Traces, metrics and logs of one process: to the terminal or a file, to a collector over OTLP when one is named, and,
//! for traces, into a ring in memory from which the newest can be read back.

mod causes;
mod log;
mod metrics;
mod ring;
mod span;

pub use causes::Causes;
pub use log::Log;
pub use metrics::metrics_text;
pub use ring::{SpanRecord, SpanRing};
pub use span::{child_of, grpc_span, http_span, inject, trace_id, traceparent};

use std::sync::OnceLock;

use anyhow::Context as _;
use opentelemetry::{KeyValue, global, trace::TracerProvider as _};
use opentelemetry_otlp::WithExportConfig as _;
use opentelemetry_sdk::{
    Resource,
    logs::SdkLoggerProvider,
    metrics::SdkMeterProvider,
    propagation::TraceContextPropagator,
    trace::{Sampler, SdkTracerProvider, SpanExporter as _},
};
use tracing_subscriber::{EnvFilter, Layer as _, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// What a process wants of its telemetry.
#[derive(Debug, Clone)]
pub struct Options {
    /// Name of the service in exported telemetry.
    pub service: &'static str,
    /// Where a collector listens for OTLP over gRPC, such as `http://127.0.0.1:4317`; `None` exports nothing.
    pub otlp: Option<String>,
    /// Where log lines go.
    pub log: Log,
    /// How many recent traces the ring keeps; 0 for none.
    pub keep_traces: usize,
}

impl Options {
    /// As `OTEL_EXPORTER_OTLP_ENDPOINT` says, logging to standard error, keeping no traces.
    #[must_use]
    pub fn from_env(service: &'static str) -> Self {
        let otlp = std::env::var("OTEL_EXPORTER_OTLP_ENDPOINT").ok().filter(|e| !e.is_empty());
        Self { service, otlp, log: Log::Stderr, keep_traces: 0 }
    }
}

/// The telemetry of this process. Shut it down last, or the newest spans are lost.
pub struct Telemetry {
    traces: SdkTracerProvider,
    metrics: SdkMeterProvider,
    logs: SdkLoggerProvider,
    ring: SpanRing,
    _log_writer: Option<tracing_appender::non_blocking::WorkerGuard>,
}

static FOREIGN: OnceLock<Foreign> = OnceLock::new();

struct Foreign {
    ring: SpanRing,
    exporter: Option<(opentelemetry_otlp::SpanExporter, tokio::runtime::Handle)>,
}

/// Installs telemetry for the whole process. Only `main` and test harnesses call it, once, inside a tokio runtime.
///
/// # Errors
/// When the collector's address is no address, or telemetry was installed before.
pub fn init(options: &Options) -> anyhow::Result<Telemetry> {
    global::set_text_map_propagator(TraceContextPropagator::new());
    let resource = Resource::builder()
        .with_service_name(options.service)
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build();
    let ring = SpanRing::new(options.keep_traces);
    let mut traces = SdkTracerProvider::builder()
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
        .with_resource(resource.clone())
        .with_span_processor(ring.clone());
    let mut metrics =
        SdkMeterProvider::builder().with_reader(metrics::reader()?).with_resource(resource.clone());
    let mut logs = SdkLoggerProvider::builder().with_resource(resource.clone());
    let mut foreign = None;
    if let Some(endpoint) = &options.otlp {
        let spans =
            || opentelemetry_otlp::SpanExporter::builder().with_tonic().with_endpoint(endpoint).build();
        let mut relay = spans().context("span exporter")?;
        relay.set_resource(&Resource::builder().with_service_name("triton").build());
        foreign = Some((relay, tokio::runtime::Handle::current()));
        let meters =
            opentelemetry_otlp::MetricExporter::builder().with_tonic().with_endpoint(endpoint).build();
        let records = opentelemetry_otlp::LogExporter::builder().with_tonic().with_endpoint(endpoint).build();
        traces = traces.with_batch_exporter(spans().context("span exporter")?);
        metrics = metrics.with_periodic_exporter(meters.context("metric exporter")?);
        logs = logs.with_batch_exporter(records.context("log exporter")?);
    }
    let (traces, metrics, logs) = (traces.build(), metrics.build(), logs.build());
    global::set_tracer_provider(traces.clone());
    global::set_meter_provider(metrics.clone());
    let (lines, log_writer) = log::layer(&options.log)?;
    tracing_subscriber::registry()
        .with(lines.with_filter(quiet("info")))
        .with(
            tracing_opentelemetry::layer()
                .with_tracer(traces.tracer(options.service))
                .with_filter(quiet("info")),
        )
        .with(
            opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge::new(&logs)
                .with_filter(quiet("info")),
        )
        .try_init()
        .context("telemetry was installed before")?;
    let _ = FOREIGN.set(Foreign { ring: ring.clone(), exporter: foreign });
    Ok(Telemetry { traces, metrics, logs, ring, _log_writer: log_writer })
}

/// `RUST_LOG` or a default, with the exporter's own machinery silenced: it must never trace itself.
fn quiet(default: &str) -> EnvFilter {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    [
        "opentelemetry=warn",
        "opentelemetry_sdk=warn",
        "opentelemetry_otlp=warn",
        "h2=warn",
        "hyper=warn",
        "tonic=warn",
    ]
    .iter()
    .filter_map(|d| d.parse().ok())
    .fold(filter, EnvFilter::add_directive)
}

/// Takes in a span that another program recorded, such as a model server: into the ring and on to the collector.
pub fn record_foreign(span: SpanRecord) {
    let Some(foreign) = FOREIGN.get() else { return };
    if let (Some((exporter, runtime)), Some(data)) = (&foreign.exporter, span.to_otel()) {
        let sent = exporter.export(vec![data]);
        // the future borrows the exporter, which lives as long as the process
        runtime.spawn(async move {
            if let Err(error) = sent.await {
                tracing::debug!(%error, "foreign span not exported");
            }
        });
    }
    foreign.ring.push(span);
}

impl Telemetry {
    /// The newest traces.
    #[must_use]
    pub fn ring(&self) -> SpanRing {
        self.ring.clone()
    }

    /// Sends what is left and stops. Blocks: call it on a blocking thread, after the servers have drained.
    pub fn shutdown(self) {
        let limit = std::time::Duration::from_secs(3);
        let _ = self.traces.shutdown_with_timeout(limit);
        let _ = self.metrics.shutdown_with_timeout(limit);
        let _ = self.logs.shutdown_with_timeout(limit);
    }
}
