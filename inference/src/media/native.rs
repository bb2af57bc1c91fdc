//! Decoders in Rust: wave, AIFF, CAF, MP3, FLAC, Ogg Vorbis, AAC, ALAC, and these inside MP4 and Matroska.

use std::fs::File;

use symphonia::{
    core::{
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
    Container, MediaError, mended::Mended, pcm::WavePcm, promise::Promise, shape::Shaper, source::Source, wav,
};
use crate::engine::SAMPLE_RATE;

/// Gaps between packets longer than this (in ms) are silence; shorter ones are rounding.
const GAP_MS: u64 = 100;
/// Samples of silence that are given at once.
const QUIET: usize = 48_000;

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
    container: Container,
    /// Sound that was decoded and not given yet, with its rate and channels.
    interleaved: Vec<f32>,
    form: (u32, usize),
    /// Frames of silence to be given before it.
    quiet: u64,
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
            container,
            interleaved: Vec::new(),
            form: (SAMPLE_RATE, 1),
            quiet: 0,
            lost: None,
        })))
    }

    fn samples_of(&self, ticks: i64) -> u64 {
        let base = self.time_base.map_or((1, SAMPLE_RATE), |b| (b.numer.get(), b.denom.get()));
        let samples = i128::from(ticks) * i128::from(base.0) * i128::from(SAMPLE_RATE) / i128::from(base.1);
        u64::try_from(samples).unwrap_or(0)
    }

    fn decode(&mut self, packet: &Packet, out: &Shaper) -> Result<(), MediaError> {
        match self.decoder.decode(packet) {
            Ok(sound) => {
                self.form = (sound.spec().rate(), sound.spec().channels().count());
                sound.copy_to_vec_interleaved(&mut self.interleaved);
                if self.keeps_gaps {
                    let gap = self.samples_of(packet.pts.get()).saturating_sub(out.position());
                    if gap > GAP_MS * u64::from(SAMPLE_RATE) / 1000 {
                        self.owe_silence(gap, out)?;
                    }
                }
                Ok(())
            }
            // a player goes on after a bad frame; whether too many were bad is decided at the end
            Err(Error::DecodeError(_) | Error::IoError(_)) => {
                let samples = self.samples_of(i64::try_from(packet.dur.get()).unwrap_or(0));
                let first = self.lost.map_or_else(|| out.second(), |(_, second)| second);
                let ms = self.lost.map_or(0, |(ms, _)| ms) + samples * 1000 / u64::from(SAMPLE_RATE);
                self.lost = Some((ms, first));
                self.owe_silence(samples, out)
            }
            // a form of the coding that is beyond this decoder shows with the first packet
            Err(Error::Unsupported(_)) if out.position() == 0 => {
                Err(MediaError::Unsupported(self.container.name()))
            }
            Err(Error::LimitError(_)) => Err(MediaError::ResourceLimit),
            Err(_) => Err(MediaError::Broken { at_second: out.second() }),
        }
    }

    /// Notes `samples` at 16 kHz of silence. They are given in pieces: a lying header must not fill the memory.
    fn owe_silence(&mut self, samples: u64, out: &Shaper) -> Result<(), MediaError> {
        if samples > 86_400 * u64::from(SAMPLE_RATE) {
            return Err(MediaError::Broken { at_second: out.second() });
        }
        self.quiet = samples * u64::from(self.form.0) / u64::from(SAMPLE_RATE);
        Ok(())
    }

    /// Gives a piece of what is owed: silence first, then what was decoded. `false` when nothing is.
    fn give(&mut self, out: &mut Shaper) -> Result<bool, MediaError> {
        let (rate, channels) = self.form;
        if self.quiet > 0 && channels > 0 {
            let piece = self.quiet.min((QUIET / channels).max(1) as u64);
            self.quiet -= piece;
            let silence = vec![0.0; usize::try_from(piece).unwrap_or(0) * channels];
            out.take(rate, channels, &silence)?;
            return Ok(true);
        }
        if self.interleaved.is_empty() {
            return Ok(false);
        }
        out.take(rate, channels, &self.interleaved)?;
        self.interleaved.clear();
        Ok(true)
    }
}

impl Source for Native {
    fn next(&mut self, out: &mut Shaper) -> Result<bool, MediaError> {
        if self.give(out)? {
            return Ok(true);
        }
        match self.reader.next_packet() {
            Ok(Some(packet)) if packet.track_id == self.track => self.decode(&packet, out).map(|()| true),
            Ok(Some(_)) => Ok(true),
            // one stream chained behind another
            Err(Error::ResetRequired) => {
                let at_second = out.second();
                let (track, decoder) = choose(&*self.reader).ok_or(MediaError::Broken { at_second })?;
                (self.track, self.time_base) = (track.id, track.time_base);
                self.decoder = decoder;
                Ok(true)
            }
            Ok(None) => {
                out.finish()?;
                match self.lost {
                    Some((ms, at_second)) if ms > 1_000 && ms > out.second() * 20 => {
                        Err(MediaError::Broken { at_second })
                    }
                    _ => Ok(false),
                }
            }
            // the data ends inside a packet: what the header promised decides whether that matters
            Err(Error::IoError(e)) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
                out.finish().map(|()| false)
            }
            Err(Error::LimitError(_)) => Err(MediaError::ResourceLimit),
            Err(_) => Err(MediaError::Broken { at_second: out.second() }),
        }
    }

    fn expected_ms(&self) -> Option<u64> {
        self.expected_ms
    }

    fn codec(&self) -> Option<String> {
        Some(self.decoder.codec_info().short_name.to_owned())
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
