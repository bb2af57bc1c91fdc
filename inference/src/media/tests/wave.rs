//! Wave files, as they should be and as they are.

use super::{samples::*, *};

#[tokio::test]
async fn every_common_coding_of_a_wave_file_is_decoded() {
    let folder = tempfile::tempdir().unwrap();
    let stereo24 = {
        let path = folder.path().join("stereo24.wav");
        let spec = hound::WavSpec {
            channels: 2,
            sample_rate: 44_100,
            bits_per_sample: 24,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(&path, spec).unwrap();
        for s in tone(44_100, 2.0) {
            writer.write_sample((s * 8_388_607.0) as i32).unwrap();
            writer.write_sample((s * 8_388_607.0) as i32).unwrap();
        }
        writer.finalize().unwrap();
        path
    };
    let make = |name: &str, format: u16, rate: u32, bits: u16, data: Vec<u8>| {
        let size = data.len() as u32;
        put(folder.path(), name, &wave(format, 1, rate, bits, &data, 36 + size, size))
    };
    let files = [
        stereo24,
        make("mulaw.wav", 7, 8_000, 8, tone(8_000, 2.0).into_iter().map(mu_law).collect()),
        make("alaw.wav", 6, 8_000, 8, tone(8_000, 2.0).into_iter().map(a_law).collect()),
        make(
            "float.wav",
            3,
            48_000,
            32,
            tone(48_000, 2.0).iter().flat_map(|s| (*s as f32).to_le_bytes()).collect(),
        ),
        make("u8.wav", 1, 22_050, 8, tone(22_050, 2.0).iter().map(|s| (s * 127.0 + 128.0) as u8).collect()),
        make("s16.wav", 1, 16_000, 16, pcm16(16_000, 2.0)),
        make(
            "s32.wav",
            1,
            32_000,
            32,
            tone(32_000, 2.0).iter().flat_map(|s| ((s * f64::from(i32::MAX)) as i32).to_le_bytes()).collect(),
        ),
    ];
    for file in files {
        let pcm = decode(&file).await.unwrap_or_else(|e| panic!("{}: {e:?}", file.display()));
        assert_eq!(pcm.len(), 32_000, "{}", file.display());
        assert!(is_the_tone(&pcm), "{}", file.display());
    }
}

#[tokio::test]
async fn sixteen_bit_speech_at_16_khz_comes_out_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let file = put(folder.path(), "a.wav", &plain_wave(16_000, 3.7));
    let want: Vec<i16> = pcm16(16_000, 3.7).chunks(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect();
    assert_eq!(decode(&file).await.unwrap(), want);
}

#[tokio::test]
async fn a_streamed_wave_whose_sizes_were_never_written_back_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let data = pcm16(16_000, 2.5);
    for (i, (riff, size)) in
        [(0, 0), (u32::MAX, u32::MAX), (36, 0), (0xffff_ff24, 0xffff_ff00)].into_iter().enumerate()
    {
        let file = put(folder.path(), &format!("{i}.wav"), &wave(1, 1, 16_000, 16, &data, riff, size));
        assert_eq!(decode(&file).await.unwrap().len(), 40_000, "{riff:x} {size:x}");
    }
    // RF64 keeps its true size in a chunk of its own
    let mut long = wave(1, 1, 16_000, 16, &data, u32::MAX, u32::MAX);
    long[..4].copy_from_slice(b"RF64");
    let mut ds64 = b"ds64\x1c\0\0\0".to_vec();
    for n in [(data.len() + 72) as u64, data.len() as u64, 40_000] {
        ds64.extend(n.to_le_bytes());
    }
    ds64.extend([0; 4]);
    long.splice(12..12, ds64);
    assert_eq!(decode(&put(folder.path(), "long.wav", &long)).await.unwrap().len(), 40_000);
}

#[tokio::test]
async fn a_wave_that_was_cut_off_is_broken_where_it_was_cut() {
    // E21
    let folder = tempfile::tempdir().unwrap();
    let whole = plain_wave(16_000, 10.0);
    let cut = |seconds: f64| &whole[..44 + (seconds * 32_000.0) as usize];
    let decoded = |name: &str, bytes: &[u8]| put(folder.path(), name, bytes);
    assert_eq!(decode(&decoded("4.wav", cut(4.5))).await, Err(MediaError::Broken { at_second: 4 }));
    assert_eq!(decode(&decoded("0.wav", cut(0.0))).await, Err(MediaError::Broken { at_second: 0 }));
    // less than a second short: players do not mind, nor do we
    assert_eq!(decode(&decoded("9.wav", cut(9.5))).await.map(|p| p.len()), Ok(152_000));
}

#[tokio::test]
async fn files_without_sound_are_refused_by_name_and_silence_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| put(folder.path(), name, bytes);
    assert_eq!(decode(&file("empty.wav", b"")).await, Err(MediaError::Empty));
    assert_eq!(decode(&file("zero.wav", &plain_wave(44_100, 0.0))).await, Err(MediaError::NoSamples));
    let text = b"Dear Sir or Madam,\nplease find the recording attached.\n";
    assert_eq!(decode(&file("letter.wav", text)).await, Err(MediaError::NotMedia("text")));
    let silence = vec![0u8; 64_000];
    let pcm = decode(&file("silence.wav", &wave(1, 1, 16_000, 16, &silence, 64_036, 64_000))).await.unwrap();
    assert!(pcm.len() == 32_000 && pcm.iter().all(|s| *s == 0));
}

#[tokio::test]
async fn a_recording_over_the_limit_is_refused_with_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let file = put(folder.path(), "a.wav", &plain_wave(16_000, 62.0));
    let limit = Duration::from_secs(60);
    let refused = decode_with(&Decoder::new(None, limit), &file).await.unwrap_err();
    assert_eq!(refused, MediaError::TooLong { limit });
    assert_eq!(refused.to_string(), "the recording is longer than the limit of 1 minutes");
}

#[tokio::test]
async fn decoding_stops_when_it_is_cancelled_and_never_runs_far_ahead() {
    let folder = tempfile::tempdir().unwrap();
    let file = put(folder.path(), "a.wav", &plain_wave(16_000, 60.0));
    let cancel = CancellationToken::new();
    let mut pcm = Decoder::new(None, LIMIT).start(&file, &cancel);
    assert!(pcm.next().await.unwrap().is_some());
    cancel.cancel();
    let mut seconds = 1;
    let end = loop {
        match pcm.next().await {
            Ok(Some(_)) => seconds += 1,
            end => break end,
        }
    };
    assert_eq!(end, Err(MediaError::Cancelled));
    assert!(seconds <= 8, "{seconds} of 60 seconds were decoded ahead");
}
