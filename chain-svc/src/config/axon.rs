//! The address that this neuron announces.

use std::net::SocketAddr;

use super::Axon;

impl Axon {
    /// What is announced. A loopback address is announced to nobody.
    pub(super) fn announced(&self) -> Result<Option<SocketAddr>, String> {
        if self.external_ip.is_empty() {
            return Ok(None);
        }
        let ip: std::net::IpAddr = self.external_ip.parse().map_err(|_| {
            format!("axon.external_ip: \"{}\" is no address; write 203.0.113.7", self.external_ip)
        })?;
        let port = if self.external_port == 0 { self.port } else { self.external_port };
        if port == 0 {
            return Err("axon.external_port: port 0 can't be announced".to_owned());
        }
        Ok((!ip.is_loopback()).then(|| SocketAddr::new(ip, port)))
    }
}
