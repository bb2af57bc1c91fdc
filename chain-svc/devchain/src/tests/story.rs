//! The official Python SDK as a client. It needs a Python that has it: name that in `DEVCHAIN_SDK_PYTHON`.

use std::path::Path;

use crate::{Devchain, Options};

#[tokio::test]
async fn the_official_sdk_reads_signs_and_names_our_refusals() {
    let Some(python) = std::env::var_os("DEVCHAIN_SDK_PYTHON") else {
        eprintln!("skipped: DEVCHAIN_SDK_PYTHON names no Python with bittensor 11.3.0");
        return;
    };
    let chain = Devchain::start(Options::default()).await.unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("story/official_sdk.py");
    let run = tokio::process::Command::new(python).arg(script).arg(chain.url()).output().await.unwrap();
    let told = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success() && told.contains("all steps held"), "{told}");
    chain.stop().await;
}
