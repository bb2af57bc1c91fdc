//! One run of a server: its command line, its ports, its beginning and its end.

use std::{
    env,
    ffi::OsString,
    fs, io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    os::unix::process::CommandExt,
    process::Command,
    time::Duration,
};

use tokio::time::timeout;

use super::{Local, child, child::Child, layout::Layout, orphans};

/// How long the server may take to finish what it has when asked to leave, in seconds.
const EXIT_TIMEOUT: u64 = 10;
/// How often the server sends finished spans, in milliseconds.
const SPAN_DELAY: u64 = 250;
/// Settings of every server, also of the one in a container of its own (`compose/Dockerfile.triton`).
const FIXED: [&str; 6] = [
    "--model-control-mode=explicit",
    "--disable-auto-complete-config",
    "--allow-http=false",
    "--grpc-address=127.0.0.1",
    "--metrics-address=127.0.0.1",
    "--grpc-header-forward-pattern=(x-|trace).*",
];
/// Parts of its API that only the holder of the key may use.
const RESTRICTED: &str = "model-repository,shared-memory,trace,logging";
/// Variables of our environment that a server may see; everything else stays here.
const PASSED: [&str; 4] =
    ["TMPDIR", "CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES", "NVIDIA_DRIVER_CAPABILITIES"];
/// What it finds on PATH behind its own interpreter.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// Loopback ports of one run, free a moment ago.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ports {
    /// Inference over gRPC.
    pub grpc: u16,
    /// Prometheus text.
    pub metrics: u16,
}

impl Ports {
    /// Two ports from the kernel. Another process may take one before the server does; it then leaves at once.
    fn free() -> io::Result<Self> {
        let listeners =
            [TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?, TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?];
        Ok(Self { grpc: listeners[0].local_addr()?.port(), metrics: listeners[1].local_addr()?.port() })
    }
}

/// A spawned server.
#[derive(Debug)]
pub(super) struct Server {
    /// Its process.
    pub child: Child,
    /// Where it listens.
    pub ports: Ports,
    /// What opens the parts of its API that change it.
    pub admin_key: String,
    shm_prefix: String,
}

impl Server {
    /// Spawns a server from a prepared folder and leaves its id for whoever comes after us.
    pub(super) async fn spawn(local: &Local, layout: &Layout, spans: Option<SocketAddr>) -> io::Result<Self> {
        let (ports, admin_key) = (Ports::free()?, format!("{:032x}", (local.random)()));
        let mut command = child::tied(&layout.server());
        command.args(arguments(local, layout, ports, &admin_key, spans));
        environment(&mut command, local, layout)?;
        command.current_dir(layout.work()).process_group(0);
        let child = child::spawn(command).await?;
        fs::write(layout.pid_file(), child.pid.to_string())?;
        tracing::debug!(pid = child.pid, port = ports.grpc, "triton spawned");
        Ok(Self { child, ports, admin_key, shm_prefix: layout.shm_prefix() })
    }

    /// Lets it finish what it has, at most its exit timeout; then nothing of it remains.
    pub(super) async fn stop(self) {
        if !self.child.is_gone() {
            orphans::stop_group_leader(self.child.pid);
            let patience = Duration::from_secs(EXIT_TIMEOUT + 2);
            if timeout(patience, self.child.exited()).await.is_err() {
                tracing::warn!(pid = self.child.pid, "triton did not leave in time and is killed");
            }
        }
        self.kill().await;
    }

    /// Ends it and its model processes at once.
    pub(super) async fn kill(self) {
        // also when it is gone: model processes stay for up to a minute after a server that was killed
        orphans::kill_group(self.child.pid);
        self.child.exited().await;
        orphans::sweep_shared_memory(&self.shm_prefix);
    }
}

fn arguments(
    local: &Local,
    layout: &Layout,
    ports: Ports,
    admin_key: &str,
    spans: Option<SocketAddr>,
) -> Vec<OsString> {
    let Ports { grpc, metrics } = ports;
    let mut arguments: Vec<OsString> = [
        format!("--model-repository={}", layout.models().display()),
        format!("--model-config-name={}", local.profile),
        format!("--backend-directory={}", layout.backends().display()),
        format!("--cache-directory={}", local.runtime.tritonserver.join("caches").display()),
        format!("--exit-timeout-secs={EXIT_TIMEOUT}"),
        format!("--grpc-port={grpc}"),
        format!("--metrics-port={metrics}"),
        format!("--backend-config=python,shm-region-prefix-name={}", layout.shm_prefix()),
        format!("--grpc-restricted-protocol={RESTRICTED}:admin-key={admin_key}"),
    ]
    .map(OsString::from)
    .into();
    arguments.extend(FIXED.map(OsString::from));
    arguments.push("--allow-gpu-metrics=false".into());
    if let Some(address) = spans {
        let settings = [
            "mode=opentelemetry".to_owned(),
            "level=TIMESTAMPS".to_owned(),
            format!("rate={}", local.trace_rate),
            format!("opentelemetry,url=http://{address}/v1/traces"),
            "opentelemetry,resource=service.name=triton".to_owned(),
            format!("opentelemetry,bsp_schedule_delay={SPAN_DELAY}"),
        ];
        arguments.extend(settings.map(|s| format!("--trace-config={s}").into()));
    }
    arguments
}

fn environment(command: &mut Command, local: &Local, layout: &Layout) -> io::Result<()> {
    let mut libraries = vec![local.runtime.bundled_libraries()];
    libraries.extend(local.runtime.library_path.iter().cloned());
    libraries.extend(env::var_os("LD_LIBRARY_PATH").iter().flat_map(env::split_paths).collect::<Vec<_>>());
    let mut path = OsString::from(layout.environment().join("bin"));
    path.push(":");
    path.push(PATH);
    command.env_clear();
    command.envs(PASSED.iter().filter_map(|name| Some((name, env::var_os(name)?))));
    command
        .env("PATH", path)
        .env("LD_LIBRARY_PATH", env::join_paths(libraries).map_err(io::Error::other)?)
        .env(
            "VIOLET_MODELS",
            local.runtime.models.canonicalize().unwrap_or_else(|_| local.runtime.models.clone()),
        )
        .env("LC_ALL", "C.UTF-8");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_in_a_container_of_its_own_has_the_same_settings() {
        let file = include_str!("../../../compose/Dockerfile.triton").replace('\'', "");
        let others = [
            "--model-config-name=gpu".to_owned(),
            format!("--exit-timeout-secs={EXIT_TIMEOUT}"),
            format!("--grpc-restricted-protocol={RESTRICTED}:admin-key=$"),
        ];
        for setting in FIXED.map(str::to_owned).iter().chain(&others) {
            assert!(file.contains(setting.as_str()), "compose/Dockerfile.triton lacks {setting}");
        }
    }
}
