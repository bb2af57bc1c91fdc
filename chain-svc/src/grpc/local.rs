//! What only callers on this machine may ask for.

use domain::ErrorKind;
use proto::status;
use tonic::{Request, Status};

/// Refuses callers from elsewhere: whatever is sent to the chain or signed with the hotkey speaks for its owner, and nothing
/// but its place tells one internal caller from another. Reading is for all who reach the service.
///
/// # Errors
/// `Forbidden`, also where the caller's address is not known.
pub(super) fn only<T>(request: &Request<T>) -> Result<(), Status> {
    match request.remote_addr() {
        Some(caller) if caller.ip().to_canonical().is_loopback() => Ok(()),
        _ => Err(status(
            ErrorKind::Forbidden,
            "the hotkey is used for callers on the machine of chain-svc alone: call it over its loopback address",
        )),
    }
}

#[cfg(test)]
mod tests {
    use tonic::{Code, transport::server::TcpConnectInfo};

    use super::*;

    fn from(address: Option<&str>) -> Request<()> {
        let mut request = Request::new(());
        let remote_addr = address.map(|a| a.parse().unwrap());
        request.extensions_mut().insert(TcpConnectInfo { local_addr: None, remote_addr });
        request
    }

    #[test]
    fn the_hotkey_is_used_for_callers_on_this_machine_alone() {
        for near in ["127.0.0.1:5", "127.8.8.8:5", "[::1]:5", "[::ffff:127.0.0.1]:5"] {
            assert!(only(&from(Some(near))).is_ok(), "{near}");
        }
        for far in [Some("10.0.0.7:5"), Some("[2001:db8::1]:5"), Some("[::ffff:10.0.0.7]:5"), None] {
            let refused = only(&from(far)).unwrap_err();
            assert_eq!(refused.code(), Code::PermissionDenied, "{far:?}");
            assert!(refused.message().contains("loopback"), "{}", refused.message());
        }
        assert!(only(&Request::new(())).is_err(), "an address that nobody knows");
    }
}
