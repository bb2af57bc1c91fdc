//! The largest share that one miner may have.

/// Keeps the cutoff below the limit in spite of rounding; the value of the official SDK.
const EPSILON: f64 = 1e-7;

/// Scales `weights` to a sum of 1 with none above `limit`. Within the limit they are only scaled; otherwise all above
/// a cutoff are cut to it, where the cutoff is such that after scaling it is the limit. When even equal shares would
/// exceed the limit (`n * limit <= 1`), shares are equal: the chain refuses them unless `n * limit` is 1.
///
/// `weights` are finite, not negative, with a finite sum above zero.
#[must_use]
pub fn clip_to_max_weight(weights: &[f64], limit: f64) -> Vec<f64> {
    let n = weights.len();
    let count = float(n);
    let total: f64 = weights.iter().sum();
    if count * limit <= 1.0 {
        return vec![1.0 / count; n];
    }
    let mut shares: Vec<f64> = weights.iter().map(|w| w / total).collect();
    let scaled = shares.clone();
    shares.sort_by(f64::total_cmp);
    if shares.last().is_none_or(|largest| *largest <= limit) {
        return scaled;
    }

    // the k smallest shares stay; below[i] is the sum of the shares up to the i-th
    let below: Vec<f64> = shares
        .iter()
        .scan(0.0, |sum, share| {
            *sum += share;
            Some(*sum)
        })
        .collect();
    let stays = |i: usize| shares[i] / (float(n - i - 1) * shares[i] + below[i] + EPSILON) < limit;
    let k = (0..n).filter(|i| stays(*i)).count();
    // k is 1 or more: n equal shares are within the limit here, and the smallest is no larger than those
    let sum = below[k.saturating_sub(1)];
    let cutoff = (limit * sum - EPSILON) / (1.0 - limit * float(n - k)) * total;

    let cut: Vec<f64> = weights.iter().map(|w| w.min(cutoff)).collect();
    let total: f64 = cut.iter().sum();
    cut.into_iter().map(|w| w / total).collect()
}

// a subnet has at most 65536 neurons
#[allow(clippy::cast_precision_loss)]
fn float(count: usize) -> f64 {
    count as f64
}
