//! The committed Rust code is what the committed protos generate. `REGEN=1` rewrites it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{env, fs, path::Path};

const HEAD: &str =
    "// Generated from proto/grpc_service.proto and proto/model_config.proto; see tests/generated.rs.\n\n";

#[test]
fn the_generated_code_is_fresh() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("triton-client-generated");
    fs::create_dir_all(&out).unwrap();
    let descriptors = protox::compile(["grpc_service.proto"], [root.join("proto")]).unwrap();
    tonic_prost_build::configure()
        .build_server(true)
        .generate_default_stubs(true)
        .server_mod_attribute(".", "#[cfg(feature = \"fake\")]")
        .bytes(".inference.ModelInferRequest.raw_input_contents")
        .bytes(".inference.ModelInferResponse.raw_output_contents")
        .disable_comments(["."])
        .out_dir(&out)
        .compile_fds(descriptors)
        .unwrap();
    let fresh = format!("{HEAD}{}", fs::read_to_string(out.join("inference.rs")).unwrap());

    let committed = root.join("src/generated/inference.rs");
    if env::var_os("REGEN").is_some() {
        fs::write(&committed, &fresh).unwrap();
    }
    let found = fs::read_to_string(&committed).unwrap();
    if let Some((line, (was, is))) =
        found.lines().zip(fresh.lines()).enumerate().find(|(_, (was, is))| was != is)
    {
        panic!(
            "src/generated/inference.rs differs from its protos at line {}; run with REGEN=1\n- {was}\n+ {is}",
            line + 1
        );
    }
    assert_eq!(found.len(), fresh.len(), "src/generated/inference.rs is stale; run with REGEN=1");
}

#[test]
fn the_protos_keep_their_licence() {
    for name in ["grpc_service.proto", "model_config.proto"] {
        let text =
            fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("proto").join(name)).unwrap();
        assert!(text.starts_with("// Copyright (c) 2020, NVIDIA CORPORATION."), "{name}");
        assert!(text.contains("Redistributions of source code must retain the above copyright"), "{name}");
    }
}
