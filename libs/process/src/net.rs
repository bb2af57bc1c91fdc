//! Listeners.

use std::{io, net::SocketAddr};

use tokio::net::TcpListener;

/// A listener that could not be opened, with the way out.
#[derive(Debug, thiserror::Error)]
#[error("{what} can't listen on {address}: {}", way_out(source))]
pub struct BindError {
    what: String,
    address: SocketAddr,
    #[source]
    source: io::Error,
}

fn way_out(e: &io::Error) -> &'static str {
    match e.kind() {
        io::ErrorKind::AddrInUse => {
            "the port is taken; stop the program that listens there, or choose another port"
        }
        io::ErrorKind::PermissionDenied => "ports below 1024 need privileges; choose a higher port",
        io::ErrorKind::AddrNotAvailable => {
            "this machine has no such address; use 127.0.0.1 or one of its own"
        }
        _ => "the operating system refused",
    }
}

/// Opens a listener for `what`, a name that users know ("gateway").
///
/// # Errors
/// [`BindError`], one sentence with the way out.
pub async fn bind(what: &str, address: SocketAddr) -> Result<TcpListener, BindError> {
    let wrap = |source| BindError { what: what.to_owned(), address, source };
    TcpListener::bind(address).await.map_err(wrap)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_taken_port_is_named_with_the_way_out() {
        let first = bind("gateway", ([127, 0, 0, 1], 0).into()).await.unwrap();
        let said = bind("gateway", first.local_addr().unwrap()).await.unwrap_err().to_string();
        assert!(said.contains("taken") && said.contains("choose another port"), "{said}");
    }
}
