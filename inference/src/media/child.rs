//! One run of the contained decoder, read as a source of sound.

use std::{
    io::Read,
    os::fd::AsFd,
    path::Path,
    process::{Child, ChildStderr, ChildStdout},
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::{Pid, Rlimit, Signal, kill_process_group, prlimit},
};
use tokio_util::sync::CancellationToken;

use super::{Container, Ffmpeg, MediaError, Shape, carried::Carried, said, shape::Shaper, source::Source};

/// How long a wait lasts before cancellation is looked at.
const GLANCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
/// How much of what it says is kept.
const COMPLAINTS: usize = 16 * 1024;

/// A child that decodes. Dropping it kills its whole process group and waits for its end.
pub(super) struct Running {
    child: Child,
    stdout: ChildStdout,
    stderr: Option<ChildStderr>,
    /// Its empty working folder, removed with it.
    _folder: tempfile::TempDir,
    container: Container,
    stall: Duration,
    cancel: CancellationToken,
    buffer: Box<[u8]>,
    output: Carried,
    second: u64,
    complaints: Vec<u8>,
    reaped: bool,
}

impl Running {
    /// Starts decoding `input`, at most a little more than `limit`.
    pub(super) fn start(
        ffmpeg: &Ffmpeg,
        input: &Path,
        container: Container,
        shape: Shape,
        limit: Duration,
        cancel: CancellationToken,
    ) -> Result<Self, MediaError> {
        let failed = |step: &'static str| {
            move |error: std::io::Error| {
                tracing::error!(%error, step, "media decoder not started");
                MediaError::Internal
            }
        };
        let input = input.canonicalize().map_err(failed("find input"))?;
        let folder = tempfile::tempdir().map_err(failed("make folder"))?;
        let mut child = ffmpeg
            .decode(&input, container.demuxer(), shape, limit, folder.path())
            .spawn()
            .map_err(failed("spawn"))?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let mut running = Self {
            stdout: stdout.ok_or(MediaError::Internal)?,
            stderr,
            child,
            _folder: folder,
            container,
            stall: ffmpeg.limits().stall,
            cancel,
            buffer: vec![0; 64 * 1024].into(),
            output: Carried::new(shape),
            second: 0,
            complaints: Vec::new(),
            reaped: false,
        };
        running.limit(ffmpeg)?;
        Ok(running)
    }

    /// The same limits that the outer walls set, for machines without those tools.
    fn limit(&mut self, ffmpeg: &Ffmpeg) -> Result<(), MediaError> {
        let pid = self.pid();
        for (resource, _, most) in ffmpeg.limits().each() {
            let limit = Rlimit { current: Some(most), maximum: Some(most) };
            match prlimit(pid, resource, limit) {
                // it may be gone already: its output then tells why
                Ok(_) | Err(rustix::io::Errno::SRCH) => {}
                Err(error) => {
                    tracing::error!(%error, "media decoder not limited");
                    return Err(MediaError::Internal);
                }
            }
        }
        Ok(())
    }

    fn pid(&self) -> Option<Pid> {
        i32::try_from(self.child.id()).ok().and_then(Pid::from_raw)
    }

    /// Waits until there is output. `false` when it has ended its output.
    fn wait(&mut self) -> Result<bool, MediaError> {
        let since = Instant::now();
        loop {
            if self.cancel.is_cancelled() {
                return Err(MediaError::Cancelled);
            }
            if since.elapsed() > self.stall {
                tracing::warn!(container = self.container.name(), "media decoder stalled");
                return Err(MediaError::ResourceLimit);
            }
            let mut fds = vec![PollFd::new(&self.stdout, PollFlags::IN)];
            fds.extend(self.stderr.as_ref().map(|e| PollFd::from_borrowed_fd(e.as_fd(), PollFlags::IN)));
            match poll(&mut fds, Some(&GLANCE)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => continue,
                Ok(_) => {}
                Err(_) => return Err(MediaError::Internal),
            }
            let (output, complaint) =
                (!fds[0].revents().is_empty(), fds.get(1).is_some_and(|f| !f.revents().is_empty()));
            drop(fds);
            if complaint {
                self.listen();
            }
            if output {
                return Ok(true);
            }
        }
    }

    /// Reads what it complains about, and keeps the start.
    fn listen(&mut self) {
        let mut text = [0u8; 1024];
        let n = self.stderr.as_mut().and_then(|e| e.read(&mut text).ok()).unwrap_or(0);
        if n == 0 {
            self.stderr = None;
        }
        let room = COMPLAINTS.saturating_sub(self.complaints.len());
        self.complaints.extend_from_slice(&text[..n.min(room)]);
    }

    /// Its output has ended: says whether that was the end of the sound.
    fn end(&mut self) -> Result<bool, MediaError> {
        while self.stderr.is_some() {
            self.listen();
        }
        let status = self.child.wait().map_err(|_| MediaError::Internal)?;
        self.reaped = true;
        let text = said::complaints(&String::from_utf8_lossy(&self.complaints));
        if !text.is_empty() || !status.success() {
            tracing::debug!(container = self.container.name(), %status, complaints = %text, "media decoder ended");
        }
        if status.success() {
            return Ok(false);
        }
        let says = |phrase: &str| text.contains(phrase);
        let killed = std::os::unix::process::ExitStatusExt::signal(&status).is_some();
        Err(match () {
            () if killed || says("Cannot allocate memory") => MediaError::ResourceLimit,
            () if says("matches no streams") => MediaError::NoAudioTrack,
            // the index of an mp4 that was cut off before it
            () if says("moov atom not found") => MediaError::Broken { at_second: 0 },
            () if ["not on whitelist", "not found", "not supported", "codec parameters"]
                .into_iter()
                .any(says) =>
            {
                MediaError::Unsupported(self.container.name())
            }
            () => MediaError::Broken { at_second: self.second },
        })
    }
}

impl Source for Running {
    fn next(&mut self, out: &mut Shaper) -> Result<bool, MediaError> {
        if self.reaped {
            return Ok(false);
        }
        let n = if self.wait()? {
            self.stdout.read(&mut self.buffer).map_err(|_| MediaError::Internal)?
        } else {
            0
        };
        if n == 0 {
            let more = self.end()?;
            out.finish()?;
            return Ok(more);
        }
        self.output.push(&self.buffer[..n], out)?;
        self.second = out.second();
        Ok(true)
    }

    fn expected_ms(&self) -> Option<u64> {
        None
    }

    fn codec(&self) -> Option<String> {
        said::codec(&String::from_utf8_lossy(&self.complaints))
    }

    fn name(&self) -> &'static str {
        "ffmpeg"
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.reaped {
            return;
        }
        if let Some(pid) = self.pid() {
            // it leads its own group, so whatever it started dies with it
            let _ = kill_process_group(pid, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}
