//! What goes on behind a reporter.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use process::{Stop, clock::Clock, telemetry::Causes};
use tokio::{
    sync::{Notify, mpsc},
    task::JoinHandle,
};

use super::{
    BeginRun, Mode, Options, Pace, RoundReport, Settings, TaskReport,
    opening::Beginning,
    run::Run,
    server::Server,
    system::{Machine, Meter},
    upload::Upload,
};

/// What a reporter that is on has going: one thread writes, a task measures, a task sends.
pub(super) struct Active {
    reports: mpsc::Sender<(i64, Report)>,
    clock: Clock,
    overflowed: AtomicBool,
    writing: JoinHandle<()>,
    measuring: JoinHandle<()>,
    sending: Option<Sending>,
    hurry: Stop,
    drain: Duration,
    folder: String,
}

/// The task that sends the run; it ends when nobody holds it.
struct Sending(JoinHandle<()>);

impl Drop for Sending {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What is written next, with its time.
pub(super) enum Report {
    Round(RoundReport),
    Task(TaskReport),
    Measure,
    Exit(i32),
}

impl Active {
    /// Begins the run and all that goes on with it.
    ///
    /// # Errors
    /// When there can be no run.
    pub(super) async fn start(options: Options, clock: Clock) -> Result<Self, BeginRun> {
        let Options { settings, id, config, measure, queue, drain, pace } = options;
        let now = clock.micros();
        let dir = settings.dir.clone();
        let begun = {
            let settings = settings.clone();
            let begin = move || {
                std::fs::create_dir_all(&settings.dir)
                    .map_err(|e| BeginRun::Folder(settings.dir.clone(), e))?;
                let machine = Machine::here(&settings.dir);
                let beginning =
                    Beginning { settings: &settings, id: &id, program: "scorer", config: &config, machine };
                Run::begin(&beginning, now)
            };
            tokio::task::spawn_blocking(begin).await
        };
        let run = begun.map_err(|e| BeginRun::Folder(dir.clone(), std::io::Error::other(e)))??;
        let folder = run.folder().display().to_string();
        if settings.keyless {
            tracing::warn!("weights & biases: WANDB_API_KEY is not set, so the run is kept and not sent");
        }
        tracing::info!(folder, "a run for weights & biases");
        let (grown, hurry) = (Arc::new(Notify::new()), Stop::new());
        let sending = sending(&settings, &run, pace, &grown, &hurry);
        let (reports, inbox) = mpsc::channel(queue.max(1));
        let writing = tokio::task::spawn_blocking(move || write(run, inbox, &dir, &grown));
        let measuring = tokio::spawn(measuring(reports.downgrade(), clock.clone(), measure));
        let overflowed = AtomicBool::new(false);
        Ok(Self { reports, clock, overflowed, writing, measuring, sending, hurry, drain, folder })
    }

    /// Puts a report into the queue, or loses it.
    pub(super) fn say(&self, report: Report) {
        let full = self.reports.try_send((self.clock.micros(), report)).is_err();
        if full && !self.overflowed.swap(true, Ordering::Relaxed) {
            tracing::warn!("weights & biases: reports come faster than they are written, some are lost");
        }
    }

    /// Ends the run, within the drain time.
    pub(super) async fn finish(self, exit_code: i32) {
        let Self { reports, clock, writing, measuring, sending, hurry, drain, folder, .. } = self;
        measuring.abort();
        hurry.cancel();
        let ended = async {
            // the one report that waits its turn: after it nothing comes
            let _ = reports.send((clock.micros(), Report::Exit(exit_code))).await;
            drop(reports);
            let _ = writing.await;
            if let Some(mut sending) = sending {
                let _ = (&mut sending.0).await;
            }
        };
        // what was refused was said when it happened
        if tokio::time::timeout(drain, ended).await.is_err() {
            tracing::warn!(
                folder,
                "weights & biases: not all of the run is sent; `wandb sync` sends the folder"
            );
        }
    }
}

/// Sends the run on, where it is to be sent.
fn sending(settings: &Settings, run: &Run, pace: Pace, grown: &Arc<Notify>, hurry: &Stop) -> Option<Sending> {
    let Mode::Online(key) = &settings.mode else {
        return None;
    };
    let folder = run.folder().to_owned();
    let server = match Server::new(&settings.base_url, key.clone(), pace.timeout) {
        Ok(server) => server,
        Err(e) => {
            tracing::warn!(error = %Causes(&e), "weights & biases: the run is kept and not sent");
            return None;
        }
    };
    let (grown, hurry) = (grown.clone(), hurry.clone());
    let upload = Upload { server, file: run.file(), folder: folder.clone(), pace, grown, hurry };
    Some(Sending(tokio::spawn(async move {
        if let Err(e) = upload.run().await {
            let folder = folder.display().to_string();
            tracing::warn!(error = %Causes(&e), folder, "weights & biases: the run goes on offline; `wandb sync` sends the folder");
        }
    })))
}

/// Asks for a measurement of the system now and then, until there is no reporter; one that finds the queue full is left out.
async fn measuring(reports: mpsc::WeakSender<(i64, Report)>, clock: Clock, every: Duration) {
    let mut ticks = tokio::time::interval(every.max(Duration::from_millis(10)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(reports) = reports.upgrade() else {
            return;
        };
        let _ = reports.try_send((clock.micros(), Report::Measure));
    }
}

/// Writes reports until the run ends, on a thread of its own: a slow disk holds up nobody.
fn write(mut run: Run, mut inbox: mpsc::Receiver<(i64, Report)>, dir: &Path, grown: &Notify) {
    let (mut meter, mut tasks, mut failed) = (Meter::default(), 0, false);
    while let Some((now, report)) = inbox.blocking_recv() {
        let written = match report {
            Report::Round(round) => run.row(&round.row(), now),
            Report::Task(task) => {
                tasks += 1;
                run.row(&task.row(tasks), now)
            }
            Report::Measure => run.stats(&meter.sample(now, dir), now),
            Report::Exit(code) => {
                let ended = run.finish(code, now);
                grown.notify_one();
                if let Err(e) = ended {
                    tracing::warn!(error = %Causes(&e), "weights & biases: the end of the run is not written");
                }
                return;
            }
        };
        match written {
            Ok(()) => grown.notify_one(),
            Err(e) if !failed => {
                failed = true;
                tracing::warn!(error = %Causes(&e), "weights & biases: a report can't be written, it is lost");
            }
            Err(_) => {}
        }
    }
}
