//! Fewer channels from many. Pure.

/// Half the power.
const HALF: f32 = std::f32::consts::FRAC_1_SQRT_2;

/// Shares of each channel that comes in, for each that goes out; never louder than the loudest that came in.
pub(super) struct Downmix {
    channels: usize,
    /// One row for each channel that goes out; `None`: the channel of the same number, as it is.
    rows: Option<Vec<Vec<f32>>>,
}

impl Downmix {
    /// One channel is the mean of all. Two of more than two are left and right with the centre in both and those beside
    /// and behind on their side, as films are heard on two loudspeakers; the low-frequency channel is left out. Channels
    /// come in the order of wave files, which all decoders here keep. More than came in repeats them.
    pub(super) fn new(channels: usize, to: usize) -> Self {
        let rows = match to {
            _ if to == channels => None,
            1 => Some(vec![vec![1.0; channels]]),
            2 if channels > 2 => Some(vec![side(channels, 0), side(channels, 1)]),
            _ => Some((0..to).map(|at| one(channels, at % channels)).collect()),
        };
        let rows = rows.map(|mut rows| {
            let loudest = rows.iter().map(|r| r.iter().sum::<f32>()).fold(f32::MIN_POSITIVE, f32::max);
            rows.iter_mut().flatten().for_each(|share| *share /= loudest);
            rows
        });
        Self { channels, rows }
    }

    /// The channel of that number out of samples of all channels in turn. Replaces what is in `out`.
    pub(super) fn plane(&self, at: usize, interleaved: &[f32], out: &mut Vec<f32>) {
        out.clear();
        let frames = interleaved.chunks_exact(self.channels);
        match &self.rows {
            None if self.channels == 1 => out.extend_from_slice(interleaved),
            None => out.extend(frames.map(|f| f[at])),
            Some(rows) => {
                let row = &rows[at];
                out.extend(frames.map(|f| f.iter().zip(row).map(|(s, share)| s * share).sum::<f32>()));
            }
        }
    }
}

/// Only that channel.
fn one(channels: usize, at: usize) -> Vec<f32> {
    (0..channels).map(|n| if n == at { 1.0 } else { 0.0 }).collect()
}

/// The shares of one loudspeaker, 0 left, 1 right.
fn side(channels: usize, which: usize) -> Vec<f32> {
    let (centre, low) = (channels == 3 || channels >= 5, channels >= 6);
    let behind = 2 + usize::from(centre) + usize::from(low);
    // with seven the first behind stands in the middle
    let middle = if channels == 7 { Some(behind) } else { None };
    (0..channels)
        .map(|n| match n {
            0 | 1 => f32::from(u8::from(n == which)),
            2 if centre => HALF,
            3 if low => 0.0,
            _ if Some(n) == middle => HALF * HALF,
            _ if (n - behind - usize::from(middle.is_some())) % 2 == which => HALF,
            _ => 0.0,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mixed(channels: usize, to: usize, at: usize, frame: &[f32]) -> f32 {
        let mut out = vec![9.0];
        Downmix::new(channels, to).plane(at, frame, &mut out);
        assert_eq!(out.len(), 1);
        out[0]
    }

    #[test]
    fn one_channel_is_the_mean_of_all() {
        for (frame, mean) in [(&[0.5, -0.5][..], 0.0), (&[0.3, 0.6, 0.9], 0.6), (&[0.25; 6], 0.25)] {
            assert!((mixed(frame.len(), 1, 0, frame) - mean).abs() < 1e-6, "{frame:?}");
        }
    }

    #[test]
    fn left_stays_left_the_centre_is_in_both_and_nothing_gets_louder() {
        for channels in 3..=12 {
            let full = vec![1.0; channels];
            assert!(mixed(channels, 2, 0, &full) <= 1.000_01 && mixed(channels, 2, 1, &full) <= 1.000_01);
            let left = one(channels, 0);
            assert!(mixed(channels, 2, 0, &left) > 0.2 && mixed(channels, 2, 1, &left) == 0.0, "{channels}");
        }
        let centre = one(6, 2);
        assert_eq!(mixed(6, 2, 0, &centre), mixed(6, 2, 1, &centre));
        assert!(mixed(6, 2, 0, &centre) > 0.2);
        assert_eq!(mixed(6, 2, 0, &one(6, 3)), 0.0, "the low-frequency channel");
        assert!(mixed(6, 2, 0, &one(6, 4)) > 0.2 && mixed(6, 2, 0, &one(6, 5)) == 0.0, "those behind");
    }

    #[test]
    fn as_many_channels_go_through_and_more_repeat() {
        assert_eq!(mixed(2, 2, 1, &[0.1, 0.7]), 0.7);
        assert_eq!([0, 1].map(|at| mixed(1, 2, at, &[0.4])), [0.4, 0.4]);
    }
}
