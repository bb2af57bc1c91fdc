//! The kinds of file that may hold sound.

/// A media container, known by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Container {
    /// RIFF or RF64 wave.
    Wav,
    /// MPEG audio, layers 1 to 3, with or without ID3 tags.
    Mp3,
    /// Native FLAC.
    Flac,
    /// Ogg with Vorbis, Opus, FLAC or Speex.
    Ogg,
    /// MP4, M4A, MOV, 3GP.
    Mp4,
    /// Matroska and WebM.
    Matroska,
    /// AVI.
    Avi,
    /// Raw AAC frames.
    Adts,
    /// AMR, narrow or wide band.
    Amr,
    /// AIFF and AIFF-C.
    Aiff,
    /// Sun audio.
    Au,
    /// Core Audio.
    Caf,
    /// ASF: WMA and WMV.
    Asf,
    /// Flash video.
    Flv,
    /// MPEG transport stream.
    MpegTs,
    /// MPEG program stream.
    MpegPs,
}

impl Container {
    /// Its name as people say it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wav => "WAV",
            Self::Mp3 => "MP3",
            Self::Flac => "FLAC",
            Self::Ogg => "Ogg",
            Self::Mp4 => "MP4",
            Self::Matroska => "Matroska or WebM",
            Self::Avi => "AVI",
            Self::Adts => "AAC",
            Self::Amr => "AMR",
            Self::Aiff => "AIFF",
            Self::Au => "AU",
            Self::Caf => "CAF",
            Self::Asf => "WMA or WMV",
            Self::Flv => "FLV",
            Self::MpegTs => "MPEG-TS",
            Self::MpegPs => "MPEG-PS",
        }
    }

    /// The one demuxer that the external decoder may use for it: it never guesses, so that a playlist in disguise
    /// is never followed.
    #[must_use]
    pub const fn demuxer(self) -> &'static str {
        match self {
            Self::Wav => "wav",
            Self::Mp3 => "mp3",
            Self::Flac => "flac",
            Self::Ogg => "ogg",
            Self::Mp4 => "mov",
            Self::Matroska => "matroska",
            Self::Avi => "avi",
            Self::Adts => "aac",
            Self::Amr => "amr",
            Self::Aiff => "aiff",
            Self::Au => "au",
            Self::Caf => "caf",
            Self::Asf => "asf",
            Self::Flv => "flv",
            Self::MpegTs => "mpegts",
            Self::MpegPs => "mpeg",
        }
    }

    /// Whether packets carry true times, so that a gap between two of them is silence to be kept.
    #[must_use]
    pub const fn has_timestamps(self) -> bool {
        matches!(self, Self::Mp4 | Self::Matroska)
    }
}
