//! The committed code under `src/generated` is what the `.proto` files say. `REGEN=1` rewrites it.

use std::path::Path;

#[test]
fn committed_protos_match_their_sources() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = [
        "violet/v1/task.proto",
        "violet/v1/storage.proto",
        "violet/v1/scheduler.proto",
        "violet/v1/chain.proto",
        "violet/v1/evaluations.proto",
        "violet/v1/ledger.proto",
        "violet/v1/reference.proto",
    ];
    let descriptors =
        protox::compile(files.map(|f| root.join("proto").join(f)), [root.join("proto")]).unwrap();
    let fresh = tempfile::tempdir().unwrap();
    tonic_prost_build::configure()
        .out_dir(fresh.path())
        .bytes(".violet.v1.PutFileRequest.chunk")
        .bytes(".violet.v1.GetFileReply.chunk")
        .bytes(".violet.v1.WorkRequest.chunk")
        .bytes(".violet.v1.WorkReply.chunk")
        .bytes(".violet.v1.DecodeRequest.chunk")
        .bytes(".violet.v1.DecodeReply.samples")
        .bytes(".violet.v1.ReadRequest.chunk")
        .bytes(".violet.v1.RenderRequest.chunk")
        .bytes(".violet.v1.RenderReply.chunk")
        .compile_fds(descriptors)
        .unwrap();
    let text = std::fs::read_to_string(fresh.path().join("violet.v1.rs")).unwrap();
    testkit::golden::compare(&root.join("src/generated/violet.v1.rs"), &text);
}
