//! Decoders in Rust: wave, AIFF, CAF, MP3, FLAC, Ogg Vorbis, AAC, ALAC, and these inside MP4 and Matroska.

use std::fs::File;

use symphonia::{
    core::{
        audio::GenericAudioBufferRef,
        codecs::{
            CodecParameters,
            audio::{AudioDecoder, AudioDecoderOptions},
        },
        errors::Error,
        formats::{
            FormatOptions, FormatReader, Track, TrackType,
            probe::{Hint, Probe},
        },
        io::{MediaSource, MediaSourceStream},
        meta::MetadataOptions,
        packet::Packet,
        units::TimeBase,
    },
    default::{formats, get_codecs, meta},
};

use super::{
    Container, MediaError, mended::Mended, pcm::WavePcm, promise::Promise, resample::ToSpeech,
    source::Source, wav,
};
use crate::engine::SAMPLE_RATE;

/// Gaps between packets longer than this (in ms) are silence; shorter ones are rounding.
const GAP_MS: u64 = 100;

/// What became of a file.
pub(super) enum Opened {
    /// It is decoded here.
    Here(Box<dyn Source>),
    /// Another decoder may do better. The error is the answer where there is none.
    Elsewhere(MediaError),
}

/// One file being decoded by symphonia.
pub(super) struct Native {
    reader: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    time_base: Option<TimeBase>,
    expected_ms: Option<u64>,
    keeps_gaps: bool,
    interleaved: Vec<f32>,
    mono: Vec<f32>,
    to_speech: Option<(u32, ToSpeech)>,
    /// Samples at 16 kHz that went through earlier filters.
    before: u64,
    /// Packets that could not be decoded: their length in ms, and the second of the first of them.
    lost: Option<(u64, u64)>,
}

impl Native {
    /// Reads the header of `file` as that container and no other.
    pub(super) fn open(
        mut file: File,
        container: Container,
        promise: &Promise,
    ) -> Result<Opened, MediaError> {
        let broken = MediaError::Broken { at_second: 0 };
        let mut probe = Probe::default();
        match container {
            Container::Wav => probe.register_format::<formats::WavReader<'_>>(),
            Container::Mp3 => probe.register_format::<formats::MpaReader<'_>>(),
            Container::Flac => probe.register_format::<formats::FlacReader<'_>>(),
            Container::Ogg => probe.register_format::<formats::OggReader<'_>>(),
            Container::Mp4 => probe.register_format::<formats::IsoMp4Reader<'_>>(),
            Container::Matroska => probe.register_format::<formats::MkvReader<'_>>(),
            Container::Aiff => probe.register_format::<formats::AiffReader<'_>>(),
            Container::Caf => probe.register_format::<formats::CafReader<'_>>(),
            Container::Adts => probe.register_format::<formats::AdtsReader<'_>>(),
            _ => return Ok(Opened::Elsewhere(MediaError::DecoderMissing(container.name()))),
        }
        probe.register_metadata::<meta::Id3v2Reader<'_>>();
        let source: Box<dyn MediaSource> = if container == Container::Wav {
            let Some(layout) = wav::Layout::read(&mut file) else {
                return Ok(Opened::Elsewhere(broken));
            };
            let copy = file.try_clone().map_err(|_| MediaError::Internal)?;
            if let Some(samples) = WavePcm::open(copy, &layout)? {
                return Ok(Opened::Here(Box::new(samples)));
            }
            Box::new(layout.mended(file))
        } else if let (Container::Mp4, Some((promised, _))) = (container, promise.bytes) {
            // a file that was cut off is read up to the cut, to say where that is
            Box::new(Mended::new(file, promised, Vec::new()))
        } else {
            Box::new(file)
        };
        rewind(source).map_or(Err(MediaError::Internal), |source| {
            let stream = MediaSourceStream::new(source, Default::default());
            let opened =
                probe.probe(&Hint::new(), stream, FormatOptions::default(), MetadataOptions::default());
            match opened {
                Ok(reader) => Self::start(reader, container),
                Err(Error::Unsupported(_)) => {
                    Ok(Opened::Elsewhere(MediaError::Unsupported(container.name())))
                }
                Err(_) => Ok(Opened::Elsewhere(broken)),
            }
        })
    }

    fn start(reader: Box<dyn FormatReader>, container: Container) -> Result<Opened, MediaError> {
        if !reader.tracks().is_empty() && reader.tracks().iter().all(is_silent_kind) {
            return Err(MediaError::NoAudioTrack);
        }
        let Some((track, decoder)) = choose(&*reader) else {
            return Ok(Opened::Elsewhere(MediaError::DecoderMissing(container.name())));
        };
        let expected = track.time_base.zip(track.duration).and_then(|(base, d)| base.calc_duration(d));
        let (id, time_base) = (track.id, track.time_base);
        Ok(Opened::Here(Box::new(Self {
            decoder,
            track: id,
            time_base,
            expected_ms: expected.and_then(|t| u64::try_from(t.as_millis()).ok()).filter(|ms| *ms > 0),
            keeps_gaps: container.has_timestamps(),
            reader,
            interleaved: Vec::new(),
            mono: Vec::new(),
            to_speech: None,
            before: 0,
            lost: None,
        })))
    }

    /// Samples at 16 kHz so far, counting what the filter still holds.
    fn position(&self) -> u64 {
        self.before + self.to_speech.as_ref().map_or(0, |(_, filter)| filter.position())
    }

    fn second(&self) -> u64 {
        self.position() / u64::from(SAMPLE_RATE)
    }

    fn samples_of(&self, ticks: i64) -> u64 {
        let base = self.time_base.map_or((1, SAMPLE_RATE), |b| (b.numer.get(), b.denom.get()));
        let samples = i128::from(ticks) * i128::from(base.0) * i128::from(SAMPLE_RATE) / i128::from(base.1);
        u64::try_from(samples).unwrap_or(0)
    }

    fn decode(&mut self, packet: &Packet, out: &mut Vec<i16>) -> Result<(), MediaError> {
        match self.decoder.decode(packet) {
            Ok(sound) => {
                let rate = sound.spec().rate();
                mix(&sound, &mut self.interleaved, &mut self.mono);
                if self.keeps_gaps {
                    let gap = self.samples_of(packet.pts.get()).saturating_sub(self.position());
                    if gap > GAP_MS * u64::from(SAMPLE_RATE) / 1000 {
                        self.silence(gap, out)?;
                    }
                }
                self.give(rate, out)
            }
            // a player goes on after a bad frame; whether too many were bad is decided at the end
            Err(Error::DecodeError(_) | Error::IoError(_)) => {
                let samples = self.samples_of(i64::try_from(packet.dur.get()).unwrap_or(0));
                let first = self.lost.map_or(self.second(), |(_, second)| second);
                let ms = self.lost.map_or(0, |(ms, _)| ms) + samples * 1000 / u64::from(SAMPLE_RATE);
                self.lost = Some((ms, first));
                self.silence(samples, out)
            }
            Err(Error::Unsupported(_)) => Err(MediaError::Broken { at_second: self.second() }),
            Err(Error::LimitError(_)) => Err(MediaError::ResourceLimit),
            Err(_) => Err(MediaError::Broken { at_second: self.second() }),
        }
    }

    fn silence(&mut self, samples: u64, out: &mut Vec<i16>) -> Result<(), MediaError> {
        let rate = self.to_speech.as_ref().map_or(SAMPLE_RATE, |(rate, _)| *rate);
        let mut frames = samples * u64::from(rate) / u64::from(SAMPLE_RATE);
        // a lying header must not fill the memory: silence goes through in pieces, and never more than a day of it
        if samples > 86_400 * u64::from(SAMPLE_RATE) {
            return Err(MediaError::Broken { at_second: self.second() });
        }
        let sound = std::mem::take(&mut self.mono);
        while frames > 0 {
            let piece = frames.min(u64::from(rate));
            self.mono = vec![0.0; usize::try_from(piece).unwrap_or(0)];
            frames -= piece;
            self.give(rate, out)?;
        }
        self.mono = sound;
        Ok(())
    }

    /// Sends `mono` through the filter for its rate. A stream may change its rate at a joint.
    fn give(&mut self, rate: u32, out: &mut Vec<i16>) -> Result<(), MediaError> {
        if self.to_speech.as_ref().is_none_or(|(old, _)| *old != rate) {
            self.finish(out)?;
            let filter = ToSpeech::new(rate).ok_or(MediaError::Broken { at_second: self.second() })?;
            self.to_speech = Some((rate, filter));
        }
        self.to_speech.as_mut().map_or(Ok(()), |(_, filter)| filter.push(&self.mono, out))
    }

    fn finish(&mut self, out: &mut Vec<i16>) -> Result<(), MediaError> {
        self.before = self.position();
        self.to_speech.take().map_or(Ok(()), |(_, mut filter)| filter.finish(out))
    }
}

impl Source for Native {
    fn next(&mut self, out: &mut Vec<i16>) -> Result<bool, MediaError> {
        match self.reader.next_packet() {
            Ok(Some(packet)) if packet.track_id == self.track => self.decode(&packet, out).map(|()| true),
            Ok(Some(_)) => Ok(true),
            // one stream chained behind another
            Err(Error::ResetRequired) => {
                let at_second = self.second();
                let (track, decoder) = choose(&*self.reader).ok_or(MediaError::Broken { at_second })?;
                (self.track, self.time_base) = (track.id, track.time_base);
                self.decoder = decoder;
                Ok(true)
            }
            Ok(None) => {
                self.finish(out)?;
                match self.lost {
                    Some((ms, at_second)) if ms > 1_000 && ms > self.second() * 20 => {
                        Err(MediaError::Broken { at_second })
                    }
                    _ => Ok(false),
                }
            }
            // the data ends inside a packet: what the header promised decides whether that matters
            Err(Error::IoError(e)) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
                self.finish(out).map(|()| false)
            }
            Err(Error::LimitError(_)) => Err(MediaError::ResourceLimit),
            Err(_) => Err(MediaError::Broken { at_second: self.second() }),
        }
    }

    fn expected_ms(&self) -> Option<u64> {
        self.expected_ms
    }

    fn name(&self) -> &'static str {
        "native"
    }
}

fn rewind(mut source: Box<dyn MediaSource>) -> Option<Box<dyn MediaSource>> {
    source.seek(std::io::SeekFrom::Start(0)).ok().map(|_| source)
}

fn is_silent_kind(track: &Track) -> bool {
    matches!(track.codec_params, Some(CodecParameters::Video(_) | CodecParameters::Subtitle(_)))
}

/// The default sound track if it can be decoded here, else `None`.
fn choose(reader: &dyn FormatReader) -> Option<(&Track, Box<dyn AudioDecoder>)> {
    let track = reader.default_track(TrackType::Audio).or_else(|| reader.first_track(TrackType::Audio))?;
    let params = track.codec_params.as_ref()?.audio()?;
    // trimming trusts lengths that are only estimated for some files, and would cut sound off
    let options = AudioDecoderOptions::default().gapless(false);
    Some((track, get_codecs().make_audio_decoder(params, &options).ok()?))
}

/// Mean of the channels.
fn mix(sound: &GenericAudioBufferRef<'_>, interleaved: &mut Vec<f32>, mono: &mut Vec<f32>) {
    let channels = sound.spec().channels().count().max(1);
    sound.copy_to_vec_interleaved(interleaved);
    mono.clear();
    if channels == 1 {
        mono.extend_from_slice(interleaved);
    } else {
        mono.extend(
            interleaved.chunks_exact(channels).map(|frame| frame.iter().sum::<f32>() / channels as f32),
        );
    }
}
