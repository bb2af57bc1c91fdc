//! Sound that is cleaned: noise of four colours, at three levels.

use std::fmt::Write as _;

use domain::TaskKind;
use scorer::metric::si_sdr;
use tests::{Cluster, media};

/// Levels of the speech above the noise, in dB.
const LEVELS: [f32; 3] = [0.0, 5.0, 10.0];

pub(crate) async fn enhancement(cluster: &Cluster, report: &mut String) -> anyhow::Result<()> {
    writeln!(report, "### Enhancement: SI-SDR of austen.flac in noise, dB\n")?;
    writeln!(report, "| noise | in | enhanced | gain |\n| --- | --- | --- | --- |")?;
    let clean: Vec<f32> = media::austen_at(48_000).await.iter().map(|s| f32::from(*s) / 32_768.0).collect();
    let colours = [
        ("white", white(clean.len())),
        ("pink", pink(clean.len())),
        ("hum and white", hum(clean.len())),
        ("six voices", babble(cluster, clean.len()).await),
    ];
    for (colour, noise) in &colours {
        for level in LEVELS {
            let noisy = mixed(&clean, noise, level);
            let bytes = media::wav(48_000, &noisy);
            let made = cluster.work_on(TaskKind::AudioEnhancement, "noisy.wav", bytes, &[]).await;
            let sound = cluster.download(made["audio_url"].as_str().unwrap_or_default()).await;
            let before: Vec<f32> = noisy.iter().map(|s| f32::from(*s) / 32_768.0).collect();
            let before = si_sdr(&clean, &before).unwrap_or(0.0);
            let after = si_sdr(&clean, &media::samples_of(&sound)).unwrap_or(0.0);
            println!("{colour}, {level} dB: {before:.1} -> {after:.1}");
            writeln!(report, "| {colour} | {before:.1} | {after:.1} | {:.1} |", after - before)?;
        }
    }
    writeln!(report)?;
    Ok(())
}

/// Speech with noise, `level` dB below it; turned down where it would clip.
fn mixed(clean: &[f32], noise: &[f32], level: f32) -> Vec<i16> {
    let power = |x: &[f32]| x.iter().map(|s| s * s).sum::<f32>() / x.len() as f32;
    let gain = (power(clean) / power(noise) / 10f32.powf(level / 10.0)).sqrt();
    let sum: Vec<f32> = clean.iter().zip(noise).map(|(s, n)| s + n * gain).collect();
    let peak = sum.iter().fold(1.0f32, |peak, s| peak.max(s.abs()));
    sum.iter().map(|s| (s / peak * 32_767.0) as i16).collect()
}

/// Uniform noise from a fixed seed.
fn white(length: usize) -> Vec<f32> {
    let mut state = 1u32;
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..length).map(next).collect()
}

/// White noise through Paul Kellet's filter: 3 dB less with every octave, within 0.05 dB above 9 Hz at 44.1 kHz.
fn pink(length: usize) -> Vec<f32> {
    const POLES: [(f32, f32); 6] = [
        (0.998_86, 0.055_517_9),
        (0.993_32, 0.075_075_9),
        (0.969, 0.153_852),
        (0.866_5, 0.310_485_6),
        (0.55, 0.532_952_2),
        (-0.761_6, -0.016_898),
    ];
    let (mut held, mut last) = ([0.0f32; 6], 0.0);
    let one = |w: f32| {
        for (state, (pole, gain)) in held.iter_mut().zip(POLES) {
            *state = pole * *state + w * gain;
        }
        let sum = held.iter().sum::<f32>() + last + w * 0.536_2;
        last = w * 0.115_926;
        sum
    };
    white(length).into_iter().map(one).collect()
}

/// Mains hum of 50 Hz with its first overtones, and a tenth of white noise.
fn hum(length: usize) -> Vec<f32> {
    let tone = |i: usize, n: f32| (std::f32::consts::TAU * 50.0 * n * (i as f32 / 48_000.0)).sin() / n;
    let noise = white(length);
    (0..length).map(|i| (1..=5).map(|n| tone(i, n as f32)).sum::<f32>() + noise[i] * 0.5).collect()
}

/// Six of our own voices at once, each saying its sentences over and over.
async fn babble(cluster: &Cluster, length: usize) -> Vec<f32> {
    use domain::Language::{En, Es, Fr, It, Pt, Zh};
    let mut sum = vec![0.0f32; length];
    for language in [En, Es, Fr, It, Pt, Zh] {
        let text = tests::material::material().sentences[&language].join(" ");
        let fields = [("text", text.as_str()), ("source_language", language.name())];
        let made = cluster.work(TaskKind::Tts, &fields).await;
        let sound = cluster.download(made["audio_url"].as_str().unwrap_or_default()).await;
        let wide = media::convert(&sound, &["-ar", "48000", "-ac", "1", "-f", "wav"]).await;
        let voice = media::samples_of(&wide);
        let loudness = (voice.iter().map(|s| s * s).sum::<f32>() / voice.len() as f32).sqrt();
        sum.iter_mut().zip(voice.iter().cycle()).for_each(|(all, s)| *all += s / loudness);
    }
    sum
}
