//! One pairing stream, from its first message to its loss.

use std::{collections::VecDeque, time::Duration};

use proto::{
    client::Wire,
    pb::{
        self,
        scheduler_client::SchedulerClient,
        scheduler_message::{Message, Paired},
    },
};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};
use tokio_stream::wrappers::ReceiverStream;

/// Time for the scheduler to greet a miner that declared itself.
const GREETING: Duration = Duration::from_secs(10);
/// Messages on their way out. More than that means that nothing gets through.
const OUTBOUND: usize = 256;

/// A stream on which both sides have greeted.
#[derive(Debug)]
pub(super) struct Link {
    to: mpsc::Sender<pb::MinerMessage>,
    from: tonic::Streaming<pb::SchedulerMessage>,
    early: VecDeque<Message>,
    /// Least pace of heartbeats.
    pub(super) pace: Duration,
    /// Since when it stands.
    pub(super) since: Instant,
}

/// Why there is no stream.
#[derive(Debug, thiserror::Error)]
pub(super) enum LinkError {
    /// It does not take this miner: who it is, or what it may do.
    #[error("the scheduler does not take this miner: {}", .0.message())]
    Refused(Box<tonic::Status>),
    /// The call failed, at its start or later.
    #[error("the scheduler can't be talked to: {}", .0.message())]
    Broken(#[source] Box<tonic::Status>),
    /// It ended without an error: the scheduler is stopping.
    #[error("the scheduler closed the stream")]
    Closed,
    /// Connected, but no greeting.
    #[error("the scheduler did not greet within {} s", GREETING.as_secs())]
    Silent,
    /// It takes no messages.
    #[error("the scheduler takes no messages")]
    Stuck,
}

impl LinkError {
    /// Whether a person has to mend something before it can go away.
    pub(super) const fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused(_))
    }
}

impl From<tonic::Status> for LinkError {
    fn from(status: tonic::Status) -> Self {
        match status.code() {
            tonic::Code::Unauthenticated | tonic::Code::PermissionDenied => Self::Refused(Box::new(status)),
            _ => Self::Broken(Box::new(status)),
        }
    }
}

impl Link {
    /// Connects, declares, and waits for the greeting.
    pub(super) async fn open(wire: Wire, declare: pb::MinerMessage) -> Result<Self, LinkError> {
        timeout(GREETING, Self::greet(wire, declare)).await.unwrap_or(Err(LinkError::Silent))
    }

    async fn greet(wire: Wire, declare: pb::MinerMessage) -> Result<Self, LinkError> {
        let (to, outbound) = mpsc::channel(OUTBOUND);
        // before the call: a scheduler may answer it only after the first message
        to.try_send(declare).map_err(|_| LinkError::Stuck)?;
        let answer = SchedulerClient::new(wire).pair(ReceiverStream::new(outbound)).await;
        let from = answer?.into_inner();
        let mut link = Self { to, from, early: VecDeque::new(), pace: Duration::ZERO, since: Instant::now() };
        loop {
            match link.next().await? {
                Message::Paired(paired) => {
                    link.paired(paired);
                    return Ok(link);
                }
                early => link.early.push_back(early),
            }
        }
    }

    /// Says something. Never waits: a scheduler that takes nothing is as good as gone.
    pub(super) fn say(&self, message: pb::MinerMessage) -> Result<(), LinkError> {
        self.to.try_send(message).map_err(|e| match e {
            mpsc::error::TrySendError::Full(_) => LinkError::Stuck,
            mpsc::error::TrySendError::Closed(_) => LinkError::Closed,
        })
    }

    /// The next message. Nothing is lost when the future is dropped.
    pub(super) async fn hear(&mut self) -> Result<Message, LinkError> {
        match self.early.pop_front() {
            Some(message) => Ok(message),
            None => self.next().await,
        }
    }

    /// Takes over the pace that the scheduler asks for.
    pub(super) fn paired(&mut self, paired: Paired) {
        self.pace = Duration::from_millis(paired.heartbeat_ms)
            .clamp(Duration::from_millis(50), Duration::from_secs(60));
    }

    async fn next(&mut self) -> Result<Message, LinkError> {
        loop {
            let message = self.from.message().await?.ok_or(LinkError::Closed)?;
            // a message without content is one that a newer scheduler knows and this miner does not
            if let Some(message) = message.message {
                return Ok(message);
            }
        }
    }
}
