//! Small ways to make a response.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use warp::{Reply as _, reply::Response};

use super::problem::Problem;

/// What a handler gives.
pub(crate) type Answer = Result<Response, Problem>;

/// A value as JSON.
pub(crate) fn json<T: Serialize>(status: StatusCode, value: &T) -> Response {
    // our own types serialize: no map with keys that are no text, no failing Serialize
    let body = serde_json::to_vec(value).unwrap_or_default();
    bytes(status, "application/json", body)
}

/// Bytes of a known type.
pub(crate) fn bytes(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(body.into().into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// A response without a body.
pub(crate) fn empty(status: StatusCode) -> Response {
    status.into_response()
}

/// Sets a header; a value that no header can hold is left out.
pub(crate) fn set(response: &mut Response, name: HeaderName, value: impl AsRef<[u8]>) {
    if let Ok(value) = HeaderValue::from_bytes(value.as_ref()) {
        response.headers_mut().insert(name, value);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The body of a response that is not streamed.
    pub(crate) fn bytes(response: Response) -> Vec<u8> {
        use std::task::{Context, Poll, Waker};
        use warp::hyper::body::Body as _;

        let mut body = std::pin::pin!(response.into_body());
        let (mut all, mut cx) = (Vec::new(), Context::from_waker(Waker::noop()));
        while let Poll::Ready(Some(frame)) = body.as_mut().poll_frame(&mut cx) {
            all.extend_from_slice(frame.unwrap().data_ref().unwrap());
        }
        all
    }
}
