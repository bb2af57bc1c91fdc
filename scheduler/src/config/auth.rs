//! Who may pair.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// Who is let in.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    /// Which miners may pair.
    pub miners: Who,
    /// chain-svc, `http://host:port`.
    pub chain: String,
}

/// Which miners may pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Who {
    /// Anybody who reaches it.
    Off,
    /// Hotkeys that are registered on the subnet, each stream signed by its own.
    Registered,
}

impl Auth {
    /// What is wrong with it on a service that listens there.
    pub(super) fn fault(&self, listens: SocketAddr) -> Option<String> {
        let open = self.miners == Who::Off && !listens.ip().to_canonical().is_loopback();
        open.then(|| {
            format!(
                "auth.miners: \"off\" lets anybody who reaches {listens} take work; listen on 127.0.0.1, or set it to \
                 \"registered\" with auth.chain naming chain-svc"
            )
        })
    }
}
