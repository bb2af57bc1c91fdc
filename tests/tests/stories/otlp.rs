//! With a collector named, spans reach it under the caller's trace.

use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
    trace_service_server::{TraceService, TraceServiceServer},
};
use tests::Program;
use tokio::sync::mpsc;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// A collector that hands on what it gets.
struct Collector(mpsc::UnboundedSender<ExportTraceServiceRequest>);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let _ = self.0.send(request.into_inner());
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_reach_a_collector_under_the_trace_of_the_caller() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let collector = format!("http://{}", listener.local_addr().unwrap());
    let (tell, mut exported) = mpsc::unbounded_channel();
    let service = tonic::transport::Server::builder().add_service(TraceServiceServer::new(Collector(tell)));
    tokio::spawn(service.serve_with_incoming(TcpListenerStream::new(listener)));

    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let listen = format!("127.0.0.1:{port}");
    let env = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.as_str()),
        ("GATEWAY__HTTP__LISTEN", &listen),
        ("GATEWAY__UPSTREAM__STORAGE", "http://127.0.0.1:9"),
        ("GATEWAY__UPSTREAM__SCHEDULER", "http://127.0.0.1:9"),
        ("GATEWAY__TICKETS__KEY", "0123456789abcdef0123456789abcdef"),
    ];
    let gateway = Program::start("gateway", &[], &env);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let live = async || http.get(format!("http://{listen}/livez")).send().await.ok();
    testkit::eventually::eventually("the gateway to listen", Duration::from_secs(20), live).await;
    let traceparent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let request = http.get(format!("http://{listen}/api/v1/tasks")).header("traceparent", traceparent);
    // the store is away: the answer is a 503, and the span is there all the same
    assert_eq!(request.send().await.unwrap().status(), 503);

    let found = async {
        while let Some(request) = exported.recv().await {
            for resource in request.resource_spans {
                let name = format!("{:?}", resource.resource);
                let spans = resource.scope_spans.into_iter().flat_map(|s| s.spans);
                let hex = |id: &[u8]| id.iter().map(|b| format!("{b:02x}")).collect::<String>();
                if let Some(span) = spans.into_iter().find(|s| hex(&s.trace_id) == TRACE) {
                    return (name, span.name);
                }
            }
        }
        panic!("the collector ended")
    };
    let found = tokio::time::timeout(Duration::from_secs(30), found).await;
    let (resource, name) = found.unwrap_or_else(|_| panic!("no span came: {}", gateway.said()));
    assert_eq!(name, "GET /api/v1/tasks");
    assert!(resource.contains("gateway"), "{resource}");
}
