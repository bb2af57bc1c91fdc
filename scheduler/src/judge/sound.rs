//! Sound that was made, decoded to one rate so that two can be compared: wave, FLAC and MP3.

use std::io::Cursor;

use metric::resample;
use symphonia::{
    core::{
        codecs::audio::{AudioDecoder, AudioDecoderOptions},
        errors::Error,
        formats::{
            FormatOptions, FormatReader, TrackType,
            probe::{Hint, Probe},
        },
        io::MediaSourceStream,
        meta::MetadataOptions,
    },
    default::{formats, get_codecs, meta},
};

/// The rate at which sounds are compared.
const RATE: u32 = 16_000;
/// Only so much of a recording is compared, in seconds.
const MOST_SECONDS: usize = 600;
/// It is brought to [`RATE`] in pieces of this many seconds.
const PIECE: usize = 10;
/// Rates that have less in common with [`RATE`] are no rates of recordings.
const COMMON: u32 = 25;

/// The samples, mono; `None` for what is not read here, and what is no sound.
pub(super) fn decode(bytes: Vec<u8>) -> Option<Vec<f32>> {
    let mut probe = Probe::default();
    probe.register_format::<formats::WavReader<'_>>();
    probe.register_format::<formats::FlacReader<'_>>();
    probe.register_format::<formats::MpaReader<'_>>();
    probe.register_metadata::<meta::Id3v2Reader<'_>>();
    let stream = MediaSourceStream::new(Box::new(Cursor::new(bytes)), Default::default());
    let mut reader =
        probe.probe(&Hint::new(), stream, FormatOptions::default(), MetadataOptions::default()).ok()?;
    let (track, mut decoder) = first(&*reader)?;
    let mut sound = Sound::default();
    let mut interleaved = Vec::new();
    while sound.compared.len() < MOST_SECONDS * RATE as usize {
        let packet = match reader.next_packet() {
            Ok(Some(packet)) => packet,
            // what is cut off says what it says
            Ok(None) | Err(Error::IoError(_)) => break,
            Err(_) => return None,
        };
        if packet.track_id != track {
            continue;
        }
        match decoder.decode(&packet) {
            Ok(decoded) => {
                let (rate, channels) = (decoded.spec().rate(), decoded.spec().channels().count());
                decoded.copy_to_vec_interleaved(&mut interleaved);
                sound.take(rate, channels, &interleaved)?;
            }
            Err(Error::DecodeError(_) | Error::IoError(_)) => {}
            Err(_) => return None,
        }
    }
    sound.flush();
    Some(sound.compared).filter(|samples| !samples.is_empty())
}

fn first(reader: &dyn FormatReader) -> Option<(u32, Box<dyn AudioDecoder>)> {
    let track = reader.default_track(TrackType::Audio).or_else(|| reader.first_track(TrackType::Audio))?;
    let params = track.codec_params.as_ref()?.audio()?;
    let decoder = get_codecs().make_audio_decoder(params, &AudioDecoderOptions::default()).ok()?;
    Some((track.id, decoder))
}

/// Sound on its way to one rate.
#[derive(Default)]
struct Sound {
    rate: u32,
    /// Mono, at `rate`, less than a piece.
    waiting: Vec<f64>,
    /// Mono, at [`RATE`].
    compared: Vec<f32>,
}

impl Sound {
    /// `None` for sound of no usable form, or when the rate changes in the middle.
    fn take(&mut self, rate: u32, channels: usize, interleaved: &[f32]) -> Option<()> {
        let fits = channels > 0 && common(rate, RATE) >= COMMON && (rate == self.rate || self.rate == 0);
        fits.then_some(())?;
        self.rate = rate;
        let mix = |frame: &[f32]| frame.iter().map(|s| f64::from(*s)).sum::<f64>() / channels as f64;
        self.waiting.extend(interleaved.chunks_exact(channels).map(mix));
        if self.waiting.len() >= PIECE * rate as usize {
            self.flush();
        }
        Some(())
    }

    fn flush(&mut self) {
        if !self.waiting.is_empty() {
            #[allow(clippy::cast_possible_truncation)] // a sample needs no more digits
            self.compared.extend(resample(&self.waiting, self.rate, RATE).into_iter().map(|s| s as f32));
            self.waiting.clear();
        }
    }
}

const fn common(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { common(b, a % b) }
}

#[cfg(test)]
pub(super) mod tests {
    use domain::{Language, Score, TaskKind};
    use metric::{Said, likeness};

    use super::*;

    /// A wave file of 16-bit samples.
    pub(in super::super) fn wave(rate: u32, channels: u16, samples: &[i16]) -> Vec<u8> {
        let bytes: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
        let length = u32::try_from(bytes.len()).unwrap();
        let mut file = b"RIFF".to_vec();
        file.extend((36 + length).to_le_bytes());
        file.extend(b"WAVEfmt ");
        file.extend(16_u32.to_le_bytes());
        file.extend(1_u16.to_le_bytes());
        file.extend(channels.to_le_bytes());
        file.extend(rate.to_le_bytes());
        file.extend((rate * u32::from(channels) * 2).to_le_bytes());
        file.extend((channels * 2).to_le_bytes());
        file.extend(16_u16.to_le_bytes());
        file.extend(b"data");
        file.extend(length.to_le_bytes());
        file.extend(bytes);
        file
    }

    /// A tone of `seconds` at `rate`.
    pub(in super::super) fn tone(hertz: f64, rate: u32, seconds: u32) -> Vec<i16> {
        let angle = |i: u32| std::f64::consts::TAU * hertz * f64::from(i) / f64::from(rate);
        (0..rate * seconds).map(|i| (angle(i).sin() * 9_000.0) as i16).collect()
    }

    #[test]
    fn the_same_sound_at_another_rate_and_in_two_channels_is_the_same_sound() {
        let plain = decode(wave(16_000, 1, &tone(440.0, 16_000, 12))).unwrap();
        assert_eq!(plain.len(), 12 * 16_000);
        let stereo: Vec<i16> = tone(440.0, 48_000, 12).into_iter().flat_map(|s| [s, s]).collect();
        let faster = decode(wave(48_000, 2, &stereo)).unwrap();
        let other = decode(wave(16_000, 1, &tone(700.0, 16_000, 12))).unwrap();
        let alike = |a, b| likeness(TaskKind::Tts, Language::En, Said::Sound(a), Said::Sound(b));
        assert!(alike(&plain, &faster) > Score::percent(99), "{}", alike(&plain, &faster));
        assert!(alike(&plain, &other) < Score::percent(1), "{}", alike(&plain, &other));
    }

    #[test]
    fn what_is_no_sound_is_not_read() {
        for bytes in [Vec::new(), b"OggS and so on".to_vec(), wave(16_000, 1, &[]), wave(16_001, 1, &[7; 99])]
        {
            assert_eq!(decode(bytes), None);
        }
    }

    #[test]
    fn no_more_than_ten_minutes_are_compared() {
        let long = decode(wave(8_000, 1, &vec![5; 8_000 * 610])).unwrap();
        assert!(long.len() <= (MOST_SECONDS + PIECE) * RATE as usize, "{}", long.len());
    }
}
