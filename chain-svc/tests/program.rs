//! The program itself, as an operator starts it.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    process::{Output, Stdio},
    time::Duration,
};

use devchain::Devchain;
use testkit::eventually::eventually;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
};

const LIMIT: Duration = Duration::from_secs(30);
/// //Alice of the development keys.
const SECRET: &str = "0xe5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0a";

struct Program {
    child: Child,
    admin: u16,
    _data: tempfile::TempDir,
}

async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

async fn start(args: &[&str], env: &[(&str, &str)]) -> Program {
    let (data, admin) = (tempfile::tempdir().unwrap(), free_port().await);
    let child = Command::new(env!("CARGO_BIN_EXE_chain-svc"))
        .args(args)
        .env_clear()
        .env("CHAIN_SVC__DATA", data.path())
        .env("CHAIN_SVC__LISTEN", "127.0.0.1:0")
        .env("CHAIN_SVC__ADMIN", format!("127.0.0.1:{admin}"))
        .env("CHAIN_SVC__SUBTENSOR__MAX_AGE", "0s")
        .env("CHAIN_SVC__SUBTENSOR__POLL", "200ms")
        .envs(env.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    Program { child, admin, _data: data }
}

impl Program {
    /// What `/readyz` answers: the status line and the body.
    async fn ready(&self) -> Option<String> {
        let mut socket = TcpStream::connect(("127.0.0.1", self.admin)).await.ok()?;
        socket.write_all(b"GET /readyz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.ok()?;
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.ok()?;
        Some(answer)
    }

    async fn ended(self) -> Output {
        tokio::time::timeout(LIMIT, self.child.wait_with_output()).await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn the_program_reads_the_subnet_tells_that_it_is_ready_and_stops_when_told() {
    let node = Devchain::start(devchain::Options::default()).await.unwrap();
    let url = node.url();
    let args = ["--netuid", "424", "--subtensor.network", url.as_str()];
    let program = start(&args, &[("CHAIN_SVC__WALLET__SECRET", SECRET)]).await;
    let ready = async || program.ready().await.filter(|a| a.starts_with("HTTP/1.1 200"));
    eventually("the program to be ready", LIMIT, ready).await;
    assert!(node.calls("chain_getFinalizedHead") > 0);
    let id = program.child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", id.as_str()]).status().await.unwrap().success());
    let output = program.ended().await;
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(!said.contains(&SECRET[4..20]), "the secret is in the log");
}

#[tokio::test]
async fn names_that_a_runtime_dropped_are_told_by_readyz_and_the_program_goes_on() {
    let node = Devchain::start(devchain::Options::default()).await.unwrap();
    node.faults().upgrade(462, &[("serve_axon", "serve_axom")]).unwrap();
    let env = [("CHAIN_SVC__WALLET__SECRET", SECRET), ("BT_NETUID", "49"), ("BT_NETWORK", &node.url())];
    let program = start(&[], &env).await;
    let told = async || {
        let answer = program.ready().await?;
        (answer.starts_with("HTTP/1.1 503") && answer.contains("call SubtensorModule.serve_axon"))
            .then_some(())
    };
    eventually("readyz to tell what is missing", LIMIT, told).await;
    node.faults().upgrade(463, &[("serve_axom", "serve_axon")]).unwrap();
    let ready = async || program.ready().await.filter(|a| a.starts_with("HTTP/1.1 200"));
    eventually("the program to be ready without a restart", LIMIT, ready).await;
}

#[tokio::test]
async fn a_setup_that_its_user_can_mend_ends_with_64_and_a_sentence() {
    let wallet = ["--wallet.path", "/nowhere", "--wallet.name", "w", "--wallet.hotkey", "h"];
    for (args, part) in [
        (&wallet[..], "/nowhere/w/hotkeys/h"),
        (&["--subtensor.network", "moon"][..], "finney, test, local"),
        (&["--netuid", "many"][..], "--netuid"),
    ] {
        let output = start(args, &[]).await.ended().await;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(64), "{said}");
        assert!(said.contains(part), "{part} is missing in: {said}");
    }
}
