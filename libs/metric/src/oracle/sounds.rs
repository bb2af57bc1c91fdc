//! The sounds that `record.py` makes, sample by sample.

/// The two signals that it makes from `seed`, and their sample rate.
pub(super) fn sounds(seed: u64) -> (Vec<i64>, Vec<i64>, u32) {
    let mut state = seed;
    let mut draw = |below: i64| -> i64 {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % below.unsigned_abs()).cast_signed()
    };
    let rate = [10_000, 10_000, 16_000, 8_000, 24_000][draw(5).unsigned_abs() as usize];
    let length = rate * (6 + draw(9)) / 10;
    let level = draw(4_000);
    let gain = 64 + draw(400);
    let (mut clean, mut noisy, mut loud, mut slow) = (vec![], vec![], 0, 0);
    for i in 0..length {
        if i % (rate / 25) == 0 {
            loud = draw(3) * draw(256);
        }
        slow += ((draw(65_536) - 32_768 - slow) * 3) >> 4;
        let sample = (slow * loud) >> 9;
        clean.push(sample.clamp(-32_768, 32_767));
        noisy.push(
            (((sample * gain) >> 8) + (((draw(65_536) - 32_768) * level) >> 15)).clamp(-32_768, 32_767),
        );
    }
    (clean, noisy, u32::try_from(rate).unwrap())
}
