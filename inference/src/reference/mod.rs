//! What a validator asks for: the same work by the same pipelines, without a lease, and what it needs around it: the
//! samples of a file, the meaning of texts, a video around a recording.
//!
//! It trusts whoever reaches it, so it is served on the loopback alone. Bounded in every direction: pieces of work at once,
//! callers that wait for their turn, bytes of an input, time.

mod decoding;
mod grpc;
mod intake;
mod outlet;
mod recording;
mod turns;
mod work;

#[cfg(test)]
mod tests;

use std::{
    io,
    net::SocketAddr,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use process::{Stop, exit::BadSetup};
use proto::pb::reference_server::ReferenceServer;
use tokio::net::TcpListener;
use tonic::service::Routes;

use crate::{media::Decoder, pipeline, worker::Leaves};
use turns::Turns;

/// Callers that may wait for their turn.
const WAITING: usize = 32;
/// Longest chunk of an input that is taken, in bytes.
const CHUNK: usize = 4 << 20;

/// How references are made.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it is served; on the loopback.
    pub listen: SocketAddr,
    /// Pieces of work at once.
    pub at_once: usize,
    /// Longest input, in bytes.
    pub max_bytes: u64,
    /// Time for one piece of work.
    pub time: Duration,
    /// How long a model may be out of service before work that needs it is given up.
    pub patience: Duration,
    /// Longest recording.
    pub max_media: Duration,
    /// How recordings are transcribed.
    pub transcription: pipeline::TranscriptionOptions,
    /// A folder of its own, emptied when it starts.
    pub scratch: PathBuf,
    /// Time for calls in flight at the end.
    pub drain: Duration,
}

/// References, about to be served.
pub struct Service {
    desk: Desk,
    drain: Duration,
}

/// What the calls share.
#[derive(Clone)]
struct Desk {
    tools: pipeline::Tools,
    turns: Turns,
    max_bytes: u64,
    time: Duration,
    patience: Duration,
}

impl Service {
    /// Makes the folder anew.
    ///
    /// # Errors
    /// An address beyond the loopback; a folder that can't be used.
    pub fn new(options: Options, leaves: &Leaves) -> Result<Self, BadSetup> {
        if !options.listen.ip().to_canonical().is_loopback() {
            return Err(BadSetup(format!(
                "reference.listen: {} can be reached from elsewhere, and whoever reaches it is served: use 127.0.0.1",
                options.listen
            )));
        }
        emptied(&options.scratch).map_err(|e| {
            let shown = options.scratch.display();
            BadSetup(format!("the folder {shown} can't be used ({e}): choose another with data_dir"))
        })?;
        let tools = pipeline::Tools {
            engine: leaves.engine.clone(),
            decoder: Decoder::new(leaves.ffmpeg.clone(), options.max_media),
            ffmpeg: leaves.ffmpeg.clone(),
            transcription: options.transcription,
            scratch: options.scratch,
        };
        let Options { at_once, max_bytes, time, patience, drain, .. } = options;
        let turns = Turns::new(at_once.max(1), WAITING);
        Ok(Self { desk: Desk { tools, turns, max_bytes, time, patience }, drain })
    }

    /// Serves on `listener` until `stop` fires, then drains.
    ///
    /// # Errors
    /// When the listener breaks, or calls were cut at the end of the drain time.
    pub async fn serve(self, listener: TcpListener, stop: Stop) -> anyhow::Result<()> {
        tracing::info!(address = %listener.local_addr()?, "references are made");
        let server = ReferenceServer::new(grpc::Face { desk: Arc::new(self.desk), stop: stop.clone() })
            .max_decoding_message_size(CHUNK + 4_096);
        process::grpc::serve("inference", listener, Routes::new(server), stop, self.drain).await
    }
}

/// Makes a folder for its owner only, without what was in it.
fn emptied(folder: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder),
    }
}
