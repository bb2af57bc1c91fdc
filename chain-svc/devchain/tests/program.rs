//! The program `devchain`, as a person starts it.

use std::process::Stdio;
use std::time::Duration;

use jsonrpsee::core::client::ClientT;
use jsonrpsee::rpc_params;
use jsonrpsee::ws_client::WsClientBuilder;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

fn devchain() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_devchain"));
    program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    program
}

#[tokio::test]
async fn the_program_prints_its_address_and_answers_there() {
    let mut child = devchain().args(["--block-time", "manual"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let url =
        tokio::time::timeout(Duration::from_secs(20), lines.next_line()).await.unwrap().unwrap().unwrap();
    let client = WsClientBuilder::default().build(&url).await.unwrap();
    let chain: String = client.request("system_chain", rpc_params![]).await.unwrap();
    assert_eq!(chain, "devchain");
}

#[tokio::test]
async fn the_program_reads_a_genesis_file_of_its_user() {
    let path = std::env::temp_dir().join(format!("devchain-genesis-{}.toml", std::process::id()));
    std::fs::write(&path, "time_ms = 5\n[[subnet]]\nnetuid = 7\nname = \"seven\"\n").unwrap();
    let mut child = devchain().arg("--genesis").arg(&path).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let url =
        tokio::time::timeout(Duration::from_secs(20), lines.next_line()).await.unwrap().unwrap().unwrap();
    std::fs::remove_file(&path).unwrap();
    let client = WsClientBuilder::default().build(&url).await.unwrap();
    let added = "0x658faa385070e074c85bf6b568cf05550e30450fc4d507a846032a7fa65d9a430700"; // NetworksAdded(7)
    let stored: String = client.request("state_getStorage", rpc_params![added]).await.unwrap();
    assert_eq!(stored, "0x01");
}

#[tokio::test]
async fn what_the_program_cannot_use_is_said_in_a_sentence() {
    for (args, sentence) in [
        (["--block-time", "often"], "instant, manual, or a time such as 250ms"),
        (["--block-time", "0s"], "instant, manual, or a time such as 250ms"),
        (["--genesis", "/nowhere/genesis.toml"], "read /nowhere/genesis.toml"),
    ] {
        let run = devchain().args(args).output().await.unwrap();
        let told = String::from_utf8_lossy(&run.stderr).into_owned();
        assert!(!run.status.success() && told.contains(sentence), "{args:?}: {told}");
    }
}
