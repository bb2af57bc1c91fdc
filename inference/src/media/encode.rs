//! Sound out: wave files as other formats, by a contained ffmpeg.
//!
//! The child reads one wave file and writes to a pipe. It has the walls of the decoder: no network, no file it could
//! write, bounded time and memory.

use std::{
    io::{self, Seek as _, SeekFrom, Write as _},
    path::Path,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use domain::AudioFormat;
use rustix::process::{Pid, Rlimit, Signal, kill_process_group, prlimit};
use tempfile::NamedTempFile;
use tokio::{
    io::AsyncReadExt as _,
    process::{Child, Command},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::Ffmpeg;

/// Bytes before the samples of a wave file of ours.
const HEADER: u64 = 44;
/// How much of what the child says is kept.
const COMPLAINTS: u64 = 4 * 1024;

/// Why a wave file was not encoded.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// The ffmpeg of this machine can't write the format.
    #[error("this machine has no encoder for {0}")]
    NoEncoder(AudioFormat),
    /// It took more time or memory than it may.
    #[error("encoding took more time or memory than is allowed")]
    Limit,
    /// It gave up.
    #[error("the encoder failed")]
    Failed,
    /// Nobody wants the file any more.
    #[error("cancelled")]
    Cancelled,
    /// A file or the child can't be used.
    #[error("the encoder can't be run")]
    Io(#[from] io::Error),
}

/// The sound of `wave`, a wave file of 16 bits with a header of 44 bytes, as a file of `format` in `scratch`; for wav
/// itself a copy. Any length, constant memory. The child is gone when this ends, and when it is dropped.
///
/// # Errors
/// Why there is no such file. None of them is the sound's fault.
pub async fn encode_file(
    ffmpeg: &Ffmpeg,
    wave: &Path,
    format: AudioFormat,
    scratch: &Path,
    cancel: &CancellationToken,
) -> Result<NamedTempFile, EncodeError> {
    let wave = wave.canonicalize()?;
    let mut file = NamedTempFile::new_in(scratch)?;
    if format == AudioFormat::Wav {
        io::copy(&mut std::fs::File::open(&wave)?, &mut file)?;
        return Ok(file);
    }
    let folder = tempfile::tempdir_in(scratch)?;
    let mut running = Running::start(ffmpeg, ffmpeg.encode(&wave, format, folder.path()))?;
    let stall = ffmpeg.limits().stall;
    let status = tokio::select! {
        biased;
        () = cancel.cancelled() => return Err(EncodeError::Cancelled),
        status = running.write(&mut file, stall) => status?,
    };
    if !status.success() {
        let complaint = running.complaint().await;
        tracing::warn!(format = format.name(), %status, %complaint, "sound not encoded");
        let killed = std::os::unix::process::ExitStatusExt::signal(&status).is_some();
        return Err(match () {
            () if killed || complaint.contains("Cannot allocate memory") => EncodeError::Limit,
            () if complaint.contains("Unknown encoder") => EncodeError::NoEncoder(format),
            () => EncodeError::Failed,
        });
    }
    if format == AudioFormat::Flac {
        tell_length(&mut file, &wave)?;
    }
    Ok(file)
}

/// A child that encodes. Dropping it kills its whole process group.
pub(super) struct Running {
    child: Child,
    group: Option<Pid>,
}

impl Running {
    pub(super) fn start(ffmpeg: &Ffmpeg, command: std::process::Command) -> Result<Self, EncodeError> {
        let mut command = Command::from(command);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let child = command.spawn()?;
        let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let running = Self { child, group };
        // the same limits that the outer walls set, for machines without those tools
        for (resource, _, most) in ffmpeg.limits().each() {
            match prlimit(running.group, resource, Rlimit { current: Some(most), maximum: Some(most) }) {
                // it may be gone already: its status then tells why
                Ok(_) | Err(rustix::io::Errno::SRCH) => {}
                Err(error) => return Err(EncodeError::Io(error.into())),
            }
        }
        Ok(running)
    }

    /// Copies its output to `file` until it ends.
    pub(super) async fn write(
        &mut self,
        file: &mut NamedTempFile,
        stall: Duration,
    ) -> Result<ExitStatus, EncodeError> {
        let Some(mut stdout) = self.child.stdout.take() else {
            return Err(EncodeError::Failed);
        };
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let read = timeout(stall, stdout.read(&mut buffer)).await.map_err(|_| EncodeError::Limit)??;
            if read == 0 {
                break;
            }
            file.write_all(&buffer[..read])?;
        }
        Ok(timeout(stall, self.child.wait()).await.map_err(|_| EncodeError::Limit)??)
    }

    /// What it said last, once it has ended.
    pub(super) async fn complaint(&mut self) -> String {
        let mut said = Vec::new();
        if let Some(stderr) = self.child.stderr.take() {
            // whatever can't be read is not said
            let _ = stderr.take(COMPLAINTS).read_to_end(&mut said).await;
        }
        String::from_utf8_lossy(&said).trim().to_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // it leads its own group; once it was waited for, the number may be somebody else's
        if let Some(group) = self.group.filter(|_| self.child.id().is_some()) {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// Writes the number of samples into the head of a FLAC file: the encoder could not go back in its pipe to do so, and
/// without it players show no length.
fn tell_length(file: &mut NamedTempFile, wave: &Path) -> io::Result<()> {
    use std::io::Read as _;
    let mut head = [0; HEADER as usize];
    std::fs::File::open(wave)?.read_exact(&mut head)?;
    let block = u64::from(u16::from_le_bytes([head[32], head[33]])).max(1);
    let samples = (std::fs::metadata(wave)?.len() - HEADER) / block;
    // "fLaC", 4 bytes of block header; 10 bytes into STREAMINFO begin 28 bits of other facts and 36 of the length
    let mut facts = [0; 5];
    file.seek(SeekFrom::Start(21))?;
    file.as_file_mut().read_exact(&mut facts)?;
    let length = samples.to_be_bytes();
    facts[0] = (facts[0] & 0xf0) | (length[3] & 0x0f);
    facts[1..].copy_from_slice(&length[4..]);
    file.seek(SeekFrom::Start(21))?;
    file.write_all(&facts)
}

/// Samples of one channel at another rate; `None` for rates that no sound has.
pub fn resampled(samples: &[f32], from: u32, to: u32) -> Option<Vec<f32>> {
    let mut filter = super::resample::Resample::new(from, to)?;
    let mut out = Vec::new();
    filter.push(samples, &mut out).ok()?;
    filter.finish(&mut out).ok()?;
    Some(out)
}
