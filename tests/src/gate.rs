//! A gate on the way to a server: it lets everything through, or holds one kind of request as a network does that dies at the
//! worst moment.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::{mpsc, watch},
    time::timeout,
};
use tokio_util::task::AbortOnDropHandle;

/// Bytes that are carried at once; a client writes the head of a request in one piece, so a chunk begins with it.
const CHUNK: usize = 64 << 10;

/// What becomes of the requests that are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// They pass.
    Nothing,
    /// The server never hears of them.
    Requests,
    /// The server does as it is asked, and the client never hears of it.
    Answers,
}

/// A gate before a server; closed when dropped.
pub struct Gate {
    address: SocketAddr,
    hold: watch::Sender<Hold>,
    held: mpsc::UnboundedReceiver<()>,
    _open: AbortOnDropHandle<()>,
}

struct Way {
    server: SocketAddr,
    wanted: &'static str,
    hold: watch::Receiver<Hold>,
    held: mpsc::UnboundedSender<()>,
}

impl Gate {
    /// A gate before `server` that looks for requests beginning with `wanted`, such as `POST /api`.
    pub async fn before(server: SocketAddr, wanted: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let (hold, holds) = watch::channel(Hold::Nothing);
        let (tell, held) = mpsc::unbounded_channel();
        let way = Arc::new(Way { server, wanted, hold: holds, held: tell });
        let open = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let way = way.clone();
                // a connection that breaks is what its two ends see
                tokio::spawn(async move { way.carry(client).await });
            }
        });
        Self { address, hold, held, _open: AbortOnDropHandle::new(open) }
    }

    /// Where clients are to go.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on, that is held.
    pub fn hold(&self, what: Hold) {
        self.hold.send_replace(what);
    }

    /// Waits until something is held.
    ///
    /// # Panics
    /// When nothing is within `limit`.
    pub async fn held(&mut self, limit: Duration) {
        let held = timeout(limit, self.held.recv()).await;
        held.expect("a request that is looked for comes in time").expect("the gate is open");
    }
}

impl Way {
    async fn carry(&self, mut client: TcpStream) -> io::Result<()> {
        let mut server = TcpStream::connect(self.server).await?;
        let (mut asks, mut answers) = (vec![0; CHUNK], vec![0; CHUNK]);
        let mut holding = Hold::Nothing;
        loop {
            tokio::select! {
                read = client.read(&mut asks) => {
                    let chunk = &asks[..read?];
                    if chunk.is_empty() {
                        return Ok(());
                    }
                    if chunk.starts_with(self.wanted.as_bytes()) {
                        holding = *self.hold.borrow();
                        if holding == Hold::Requests {
                            let _ = self.held.send(());
                        }
                    }
                    if holding != Hold::Requests {
                        server.write_all(chunk).await?;
                    }
                }
                read = server.read(&mut answers) => {
                    let chunk = &answers[..read?];
                    if chunk.is_empty() {
                        return Ok(());
                    }
                    if holding == Hold::Answers {
                        let _ = self.held.send(());
                    } else {
                        client.write_all(chunk).await?;
                    }
                }
            }
        }
    }
}
