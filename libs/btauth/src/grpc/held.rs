//! A body whose beginning is held back until it is hashed.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body::Frame;
use http_body_util::BodyExt as _;
use sha2::{Digest as _, Sha256};
use tonic::{Status, body::Body};

use crate::{BadFrame, first_message};

/// The body as it came: first what was read of it, then the rest.
pub(super) struct Held {
    head: Bytes,
    trailers: Option<HeaderMap>,
    rest: Option<Body>,
}

/// Why the first message is not known.
pub(super) enum Broken {
    /// It is none that can be signed.
    Frame(BadFrame),
    /// The body broke off.
    Body(Status),
}

/// Reads `body` up to its first message, which is at most `limit` bytes long, and returns the digest of that message. The
/// digest of a body that ends before is the one of no bytes.
pub(super) async fn hold(mut body: Body, limit: usize) -> Result<([u8; 32], Body), Broken> {
    let mut read = BytesMut::new();
    let (mut trailers, mut ended) = (None, false);
    let digest = loop {
        if let Some(first) = first_message(&read, limit).map_err(Broken::Frame)? {
            break Sha256::digest(first);
        }
        if ended {
            break Sha256::digest(b"");
        }
        match body.frame().await.transpose().map_err(Broken::Body)? {
            None => ended = true,
            Some(frame) => match frame.into_data() {
                Ok(data) => read.extend_from_slice(&data),
                Err(other) => (trailers, ended) = (other.into_trailers().ok(), true),
            },
        }
    };
    let rest = (!ended).then_some(body);
    Ok((digest.into(), Body::new(Held { head: read.freeze(), trailers, rest })))
}

impl http_body::Body for Held {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if !self.head.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.head)))));
        }
        match &mut self.rest {
            Some(rest) => Pin::new(rest).poll_frame(cx),
            None => Poll::Ready(self.trailers.take().map(|trailers| Ok(Frame::trailers(trailers)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        let over = self.rest.as_ref().is_none_or(http_body::Body::is_end_stream);
        over && self.head.is_empty() && self.trailers.is_none()
    }
}
