//! The sound of a challenge: sentence by sentence, degraded, as a wave file.

use std::io::Cursor;

use bytes::Bytes;

use crate::challenge::{Degradation, noise};

/// The sound with what is done to it, and the factor by which the clean sound has to be taken.
pub(super) fn degraded(speech: &[f32], how: Degradation) -> (Vec<f32>, f32) {
    let noise = noise::noise(how.noise, speech.len(), how.sample_rate, how.seed);
    noise::mix(speech, &noise, how.snr_tenths, f32::from(how.peak_percent) / 100.0)
}

/// The sentences of a text that was made of them.
pub(super) fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(['.', '。']).map(str::trim).filter(|s| !s.is_empty())
}

/// A wave file of 16 bits.
pub(super) fn wave(samples: &[f32], sample_rate: u32) -> Result<Bytes, hound::Error> {
    let sample_format = hound::SampleFormat::Int;
    let spec = hound::WavSpec { channels: 1, sample_rate, bits_per_sample: 16, sample_format };
    let mut bytes = Cursor::new(Vec::with_capacity(samples.len() * 2 + 44));
    let mut writer = hound::WavWriter::new(&mut bytes, spec)?;
    for sample in samples {
        #[allow(clippy::cast_possible_truncation, reason = "within the range by the clamp")]
        writer.write_sample((sample.clamp(-1.0, 1.0) * 32_767.0).round() as i16)?;
    }
    writer.finalize()?;
    Ok(bytes.into_inner().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::si_sdr;

    #[test]
    fn a_wave_file_has_the_sound_that_was_made() {
        let samples: Vec<f32> = (0..8_000).map(|i| (i as f32 * 0.1).sin() * 1.2).collect();
        let file = wave(&samples, 22_050).unwrap();
        let mut reader = hound::WavReader::new(Cursor::new(&file)).unwrap();
        assert_eq!((reader.spec().sample_rate, reader.spec().channels), (22_050, 1));
        let read: Vec<f32> = reader.samples::<i16>().map(|s| f32::from(s.unwrap()) / 32_767.0).collect();
        assert_eq!(read.len(), 8_000);
        assert!(read.iter().zip(&samples).all(|(a, b)| (a - b.clamp(-1.0, 1.0)).abs() < 1e-4));
    }

    #[test]
    fn the_clean_sound_is_what_is_left_without_the_noise() {
        let speech: Vec<f32> = (0..16_000).map(|i| (i as f32 * 0.2).sin() * 0.4).collect();
        let sound = Degradation {
            noise: noise::Colour::Pink,
            snr_tenths: 100,
            seed: 3,
            peak_percent: 50,
            sample_rate: 16_000,
        };
        let (noisy, factor) = degraded(&speech, sound);
        let clean: Vec<f32> = speech.iter().map(|s| s * factor).collect();
        let rest: Vec<f32> = noisy.iter().zip(&clean).map(|(n, c)| n - c).collect();
        assert!((si_sdr(&clean, &noisy).unwrap() - 10.0).abs() < 0.5);
        assert!(si_sdr(&clean, &rest).unwrap() < -10.0, "what is left is noise");
    }

    #[test]
    fn a_text_is_spoken_sentence_by_sentence() {
        let of = |text| sentences(text).collect::<Vec<_>>();
        assert_eq!(of("One two. Three."), ["One two.", "Three."]);
        assert_eq!(of("私の姉は読みます。兄も。"), ["私の姉は読みます。", "兄も。"]);
    }
}
