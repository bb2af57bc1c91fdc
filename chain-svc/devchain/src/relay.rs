//! The socket that clients connect to: a relay before the server, so that a connection can be cut, stalled or slowed
//! as a network does it, whatever the server is doing.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How connections fare.
#[derive(Debug, Clone, Copy, Default)]
struct Weather {
    /// Connections of an older generation are cut.
    generation: u64,
    down: bool,
    stalled: bool,
    latency: Duration,
}

/// The switches of the relay.
pub(crate) struct Relay {
    weather: watch::Sender<Weather>,
}

impl Relay {
    pub(crate) fn new() -> Relay {
        Relay { weather: watch::Sender::new(Weather::default()) }
    }

    /// Cuts every connection there is.
    pub(crate) fn cut(&self) {
        self.weather.send_modify(|w| w.generation += 1);
    }

    pub(crate) fn set_down(&self, on: bool) {
        self.weather.send_modify(|w| {
            w.down = on;
            w.generation += u64::from(on);
        });
    }

    pub(crate) fn set_stalled(&self, on: bool) {
        self.weather.send_modify(|w| w.stalled = on);
    }

    pub(crate) fn set_latency(&self, by: Duration) {
        self.weather.send_modify(|w| w.latency = by);
    }

    /// Turns all switches back; connections that are open stay so.
    pub(crate) fn heal(&self) {
        self.weather.send_modify(|w| *w = Weather { generation: w.generation, ..Weather::default() });
    }

    /// Takes connections until `stop` fires.
    pub(crate) async fn run(&self, listener: TcpListener, server: SocketAddr, stop: CancellationToken) {
        loop {
            let client = tokio::select! {
                () = stop.cancelled() => return,
                taken = listener.accept() => match taken {
                    Ok((client, _)) => client,
                    Err(error) => {
                        tracing::warn!(%error, "a connection was not taken");
                        continue;
                    }
                },
            };
            let weather = self.weather.subscribe();
            if weather.borrow().down {
                continue; // dropped, which closes it
            }
            let stop = stop.clone();
            tokio::spawn(async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = carry(client, server, weather) => {}
                }
            });
        }
    }
}

/// Carries bytes both ways until either side ends or the connection is cut.
async fn carry(client: TcpStream, server: SocketAddr, weather: watch::Receiver<Weather>) {
    let Ok(server) = TcpStream::connect(server).await else { return };
    let _ = (client.set_nodelay(true), server.set_nodelay(true)); // only makes it quicker
    let mut cuts = weather.clone();
    let generation = cuts.borrow_and_update().generation;
    let (mut from_client, to_client) = client.into_split();
    let (from_server, mut to_server) = server.into_split();
    tokio::select! {
        biased;
        _ = cuts.wait_for(|w| w.generation != generation) => {}
        _ = tokio::io::copy(&mut from_client, &mut to_server) => {}
        () = deliver(from_server, to_client, weather) => {}
    }
}

/// Carries answers, each as late as the latency says, none while the relay is stalled.
async fn deliver(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    mut weather: watch::Receiver<Weather>,
) {
    let (late, mut due) = mpsc::channel::<(Instant, Vec<u8>)>(1024);
    let reading = weather.clone();
    let read = async move {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(n @ 1..) = from.read(&mut buffer).await {
            let at = Instant::now() + reading.borrow().latency;
            if late.send((at, buffer[..n].to_vec())).await.is_err() {
                return;
            }
        }
    };
    let write = async move {
        while let Some((at, bytes)) = due.recv().await {
            tokio::time::sleep_until(at).await;
            let flows = weather.wait_for(|w| !w.stalled).await.is_ok();
            if !flows || to.write_all(&bytes).await.is_err() {
                return;
            }
        }
    };
    tokio::join!(read, write);
}
