//! What a decoder child may use up.

use std::time::Duration;

use rustix::process::{Resource, getrlimit};

/// Bounds of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChildLimits {
    /// CPU time.
    pub cpu: Duration,
    /// Address space in bytes.
    pub memory: u64,
    /// Time without output while output is waited for.
    pub stall: Duration,
}

impl Default for ChildLimits {
    fn default() -> Self {
        Self { cpu: Duration::from_secs(900), memory: 2 << 30, stall: Duration::from_secs(60) }
    }
}

impl ChildLimits {
    /// Every limit: resource, name as `prlimit` takes it, value; never above what this process may ask for.
    pub(super) fn each(&self) -> [(Resource, &'static str, u64); 5] {
        [
            (Resource::Cpu, "cpu", self.cpu.as_secs().max(1)),
            (Resource::As, "as", self.memory),
            (Resource::Nofile, "nofile", 64),
            (Resource::Fsize, "fsize", 0),
            (Resource::Core, "core", 0),
        ]
        .map(|(resource, name, most)| {
            (resource, name, most.min(getrlimit(resource).maximum.unwrap_or(u64::MAX)))
        })
    }
}
