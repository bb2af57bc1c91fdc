//! A wave file of 16 bits, written while its sound is made.

use std::io::{self, BufWriter, Seek as _, SeekFrom, Write as _};

use tempfile::NamedTempFile;

/// Bytes before the sound.
const HEADER: u32 = 44;

/// Writes samples behind a header that is filled in at the end.
pub(in crate::pipeline) struct WaveFile {
    file: BufWriter<NamedTempFile>,
    rate: u32,
    channels: u16,
    bytes: u64,
}

impl WaveFile {
    /// A new file in `folder`, gone when dropped.
    pub(in crate::pipeline) fn new(folder: &std::path::Path, rate: u32, channels: u16) -> io::Result<Self> {
        let mut file = BufWriter::new(NamedTempFile::new_in(folder)?);
        file.write_all(&[0; HEADER as usize])?;
        Ok(Self { file, rate, channels, bytes: 0 })
    }

    /// Appends samples of all channels in turn, each rounded to 16 bits.
    ///
    /// # Errors
    /// [`io::ErrorKind::FileTooLarge`] at 4 GiB, more than a header can tell.
    pub(in crate::pipeline) fn push(&mut self, samples: &[f32]) -> io::Result<()> {
        self.bytes += samples.len() as u64 * 2;
        if self.bytes > u64::from(u32::MAX - HEADER) {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        for sample in samples {
            // a cast saturates
            self.file.write_all(&((sample * 32_768.0).round() as i16).to_le_bytes())?;
        }
        Ok(())
    }

    /// Fills in the header.
    pub(in crate::pipeline) fn finish(mut self) -> io::Result<NamedTempFile> {
        let bytes = u32::try_from(self.bytes).unwrap_or(u32::MAX - HEADER);
        let block = self.channels * 2;
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(b"RIFF")?;
        self.file.write_all(&(bytes + HEADER - 8).to_le_bytes())?;
        self.file.write_all(b"WAVEfmt \x10\0\0\0\x01\0")?;
        self.file.write_all(&self.channels.to_le_bytes())?;
        self.file.write_all(&self.rate.to_le_bytes())?;
        self.file.write_all(&(self.rate * u32::from(block)).to_le_bytes())?;
        self.file.write_all(&block.to_le_bytes())?;
        self.file.write_all(b"\x10\0data")?;
        self.file.write_all(&bytes.to_le_bytes())?;
        self.file.flush()?;
        self.file.into_inner().map_err(io::IntoInnerError::into_error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_reader_reads_it_back() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = WaveFile::new(folder.path(), 48_000, 2).unwrap();
        file.push(&[0.5, -0.5]).unwrap();
        file.push(&[9.0, -9.0, 0.0, 1.0 / 32_768.0]).unwrap();
        let file = file.finish().unwrap();
        let mut reader = hound::WavReader::open(file.path()).unwrap();
        let spec = reader.spec();
        assert_eq!((spec.channels, spec.sample_rate, spec.bits_per_sample), (2, 48_000, 16));
        let samples: Vec<i16> = reader.samples().map(Result::unwrap).collect();
        assert_eq!(samples, [16_384, -16_384, i16::MAX, i16::MIN, 0, 1]);
    }
}
