//! Sound as it is and for models that work on sound, from every kind of file.

use super::{foreign::formats, samples::*, *};

/// All of a file in a shape.
async fn whole(decoder: &Decoder, file: &Path, shape: Shape) -> Result<(Block, MediaInfo), MediaError> {
    let mut sound = decoder.sound(file, shape, &CancellationToken::new());
    let mut all: Option<Block> = None;
    while let Some(block) = sound.next().await? {
        match &mut all {
            None => all = Some(block),
            Some(all) => {
                assert_eq!((all.rate, all.channels), (block.rate, block.channels));
                all.samples.extend(block.samples);
            }
        }
    }
    Ok((all.unwrap(), sound.info().cloned().unwrap()))
}

fn with_ffmpeg(ffmpeg: &Path) -> Decoder {
    Decoder::new(Ffmpeg::find(Some(ffmpeg), None, ChildLimits::default()), LIMIT)
}

fn level(samples: impl Iterator<Item = f32>) -> f32 {
    let (n, sum) = samples.fold((0.0f32, 0.0f32), |(n, sum), s| (n + 1.0, sum + s * s));
    (sum / n).sqrt()
}

/// The coding that each file of `formats` must be said to have.
fn coding(name: &str) -> &'static str {
    match name {
        "a.mp3" | "cbr.mp3" | "mp3.avi" | "a.flv" => "mp3",
        "a.flac" | "flac.ogg" | "a.mka" => "flac",
        "vorbis.ogg" | "vp8-vorbis.webm" => "vorbis",
        "a.aiff" | "a.caf" | "a.au" => "pcm_s16be",
        "pcm.mov" => "pcm_s16le",
        "a.wma" | "wmv2.wmv" => "wmav2",
        "a.mpg" => "mp2",
        "adpcm.wav" => "adpcm_ima_wav",
        "ac3.mp4" | "mpeg2.vob" => "ac3",
        opus if opus.contains("opus") => "opus",
        _ => "aac",
    }
}

#[tokio::test]
async fn every_format_keeps_its_rate_its_channels_and_the_name_of_its_coding() {
    let Some(ffmpeg) = encoder() else { return };
    let folder = tempfile::tempdir().unwrap();
    let decoder = with_ffmpeg(&ffmpeg);
    for (name, args, _) in formats() {
        let Some(file) = encode(&ffmpeg, folder.path(), 3.0, name, &args) else {
            continue;
        };
        let (as_is, info) =
            whole(&decoder, &file, Shape::AsIs).await.unwrap_or_else(|e| panic!("{name}: {e:?}"));
        // Opus knows no other rate
        let rate = if name.contains("opus") { 48_000 } else { 44_100 };
        assert_eq!((as_is.rate, as_is.channels), (rate, 1), "{name}");
        assert_eq!(info.codec.as_deref(), Some(coding(name)), "{name}");
        let (studio, _) = whole(&decoder, &file, Shape::Studio).await.unwrap();
        assert_eq!((studio.rate, studio.channels), (48_000, 1), "{name}");
        for block in [&as_is, &studio] {
            let seconds = block.samples.len() as f64 / f64::from(block.rate);
            assert!((seconds - 3.0).abs() < 0.2, "{name}: {seconds} s");
            let middle = &block.samples[block.samples.len() / 4..block.samples.len() * 3 / 4];
            assert!((level(middle.iter().copied()) - 0.3535).abs() < 0.03, "{name}");
        }
    }
}

#[tokio::test]
async fn left_and_right_stay_what_they_are() {
    let Some(ffmpeg) = encoder() else { return };
    let folder = tempfile::tempdir().unwrap();
    let decoder = with_ffmpeg(&ffmpeg);
    let pan = ["-af", "pan=stereo|c0=c0|c1=0*c0"];
    for (name, args) in [
        ("lr.wav", &["-c:a", "pcm_s16le"][..]),
        ("lr.flac", &["-c:a", "flac"]),
        ("lr.m4a", &["-c:a", "aac"]),
        ("lr.webm", &["-c:a", "libopus"]),
        ("lr.ts", &["-c:a", "aac"]),
    ] {
        let Some(file) = encode(&ffmpeg, folder.path(), 2.0, name, &[&pan, args].concat()) else {
            continue;
        };
        for shape in [Shape::AsIs, Shape::Studio] {
            let (block, _) = whole(&decoder, &file, shape).await.unwrap();
            assert_eq!(block.channels, 2, "{name}");
            let of = |side: usize| level(block.samples.iter().skip(side).step_by(2).copied());
            assert!(of(0) > 0.3 && of(1) < 0.01, "{name}: {} {}", of(0), of(1));
        }
    }
}

#[tokio::test]
async fn six_channels_of_a_film_are_heard_in_every_shape() {
    let Some(ffmpeg) = encoder() else { return };
    let folder = tempfile::tempdir().unwrap();
    let decoder = with_ffmpeg(&ffmpeg);
    // speech is in the centre
    let pan = ["-af", "pan=5.1|FC=c0"];
    for (name, args) in [
        ("film.mp4", &["-c:a", "aac"][..]),
        ("film.mkv", &["-c:a", "ac3"]),
        ("film.flac", &["-c:a", "flac"]),
        ("film.wav", &["-c:a", "pcm_s16le"]),
        ("film.ogg", &["-c:a", "libvorbis"]),
    ] {
        let Some(file) = encode(&ffmpeg, folder.path(), 2.0, name, &[&pan, args].concat()) else {
            continue;
        };
        let (as_is, _) =
            whole(&decoder, &file, Shape::AsIs).await.unwrap_or_else(|e| panic!("{name}: {e:?}"));
        assert_eq!(as_is.channels, 6, "{name}");
        let (studio, _) = whole(&decoder, &file, Shape::Studio).await.unwrap();
        let of = |side: usize| level(studio.samples.iter().skip(side).step_by(2).copied());
        assert!(of(0) > 0.05 && (of(0) - of(1)).abs() < 0.01, "{name}: {} {}", of(0), of(1));
        let pcm = decode_with(&decoder, &file).await.unwrap();
        assert!(level(pcm.iter().map(|s| f32::from(*s) / 32_768.0)) > 0.05, "{name}");
    }
}

#[tokio::test]
async fn levels_are_those_of_another_meter() {
    let Some(ffmpeg) = encoder() else { return };
    let folder = tempfile::tempdir().unwrap();
    let decoder = Decoder::new(None, LIMIT);
    let filter = ["-af", "aeval=val(0)*(0.2+0.2*sin(t))|0.5*sin(2*PI*1500*t)*sin(t/3):c=stereo"];
    for name in ["level.wav", "level.flac"] {
        let file = encode(&ffmpeg, folder.path(), 30.0, name, &filter).unwrap();
        let said = std::process::Command::new(&ffmpeg)
            .args(["-nostdin", "-hide_banner", "-i"])
            .arg(&file)
            .args(["-af", "ebur128=peak=true+sample", "-f", "null", "-"])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&said.stderr).into_owned();
        let summary = said.rsplit_once("Summary:").unwrap().1;
        let number = |key: &str, nth: usize| -> f64 {
            let line = summary.lines().filter(|l| l.trim_start().starts_with(key)).nth(nth).unwrap();
            line.split_whitespace().find_map(|w| w.parse().ok()).unwrap()
        };
        let (block, _) = whole(&decoder, &file, Shape::AsIs).await.unwrap();
        let mut meter = loudness::Meter::new(block.rate, block.channels).unwrap();
        meter.add(&block).unwrap();
        let levels = meter.levels();
        let near = |ours: Option<f64>, theirs: f64, off: f64| {
            assert!((ours.unwrap() - theirs).abs() <= off, "{name}: {ours:?}, ffmpeg {theirs}");
        };
        near(levels.loudness, number("I:", 0), 0.1);
        // ffmpeg looks ten times a second, the meter once: on thirty seconds that is up to 1 LU
        near(levels.range, number("LRA:", 0), 1.2);
        // the first peak is that of samples, the second that between them
        near(levels.sample_peak, number("Peak:", 0), 0.1);
        near(levels.true_peak, number("Peak:", 1), 0.2);
    }
}

#[tokio::test]
async fn a_promise_of_hours_of_silence_fills_no_memory() {
    let Some(ffmpeg) = encoder() else { return };
    let folder = tempfile::tempdir().unwrap();
    let args = ["-filter:a", "asetpts=PTS+3600/TB", "-c:a", "flac"];
    let Some(file) = encode(&ffmpeg, folder.path(), 1.0, "late.mka", &args) else {
        return;
    };
    let mut sound = Decoder::new(None, LIMIT).sound(&file, Shape::AsIs, &CancellationToken::new());
    let (mut frames, mut largest) = (0, 0);
    while let Some(block) = sound.next().await.unwrap() {
        frames += block.samples.len();
        largest = largest.max(block.samples.capacity());
    }
    assert!((frames as f64 / 44_100.0 - 3_601.0).abs() < 0.2, "{frames}");
    assert!(largest < 200_000, "{largest} samples at once");
}
