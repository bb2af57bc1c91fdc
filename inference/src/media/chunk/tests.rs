use proptest::prelude::*;

use super::*;

/// Frames of speech (`true`) and silence, in seconds.
fn frames(parts: &[(bool, f32)]) -> Vec<f32> {
    let of = |(speech, s): &(bool, f32)| vec![if *speech { 0.9 } else { 0.01 }; (s * 31.25).round() as usize];
    parts.iter().flat_map(of).collect()
}

fn plan_in(pieces: &[&[f32]], total: u64) -> (Vec<Plan>, Vec<Step>) {
    let mut planner = Planner::new(ChunkConfig::default());
    let mut steps = Vec::new();
    for piece in pieces {
        let needed = planner.needs_from();
        let new = planner.push(piece);
        assert!(
            new.iter().all(|s| !matches!(s, Step::Take(t) if t.start < needed)),
            "asked for what was let go"
        );
        steps.extend(new);
    }
    steps.extend(planner.finish(total));
    let plans =
        steps.iter().filter_map(|s| if let Step::Cut(p) = s { Some(p.clone()) } else { None }).collect();
    (plans, steps)
}

fn plan(probabilities: &[f32]) -> Vec<Plan> {
    plan_in(&[probabilities], probabilities.len() as u64 * FRAME).0
}

fn seconds(samples: u64) -> f32 {
    samples as f32 / SECOND as f32
}

#[test]
fn silence_has_no_windows() {
    assert_eq!(plan(&frames(&[(false, 600.0)])), []);
    assert_eq!(plan(&[]), []);
}

#[test]
fn short_regions_far_apart_share_one_window_and_keep_their_times() {
    let plans = plan(&frames(&[(false, 9.6), (true, 1.92), (false, 96.0), (true, 3.2), (false, 48.0)]));
    assert_eq!(plans.len(), 1);
    let plan = &plans[0];
    assert_eq!(plan.spans.len(), 2);
    assert!((seconds(plan.len()) - 5.92).abs() < 0.001, "{}", seconds(plan.len()));
    assert_eq!(plan.begin_in_file(0), 9_400);
    let joint = (plan.spans[0].end - plan.spans[0].start) * 1000 / SECOND;
    assert_eq!((plan.end_in_file(joint), plan.begin_in_file(joint)), (11_720, 107_320));
    assert_eq!(plan.end_in_file(999_999), 110_920);
}

#[test]
fn a_pause_within_a_sentence_is_kept_as_it_is() {
    let plans = plan(&frames(&[(true, 4.0), (false, 0.8), (true, 4.0), (false, 2.0)]));
    assert_eq!(plans.len(), 1);
    assert_eq!(plans[0].spans.len(), 1);
}

#[test]
fn cuts_fall_in_the_pause_nearest_to_28_seconds() {
    let sentences: Vec<(bool, f32)> = (0..20).flat_map(|_| [(true, 5.0), (false, 0.5)]).collect();
    let plans = plan(&frames(&sentences));
    for window in &plans[..plans.len() - 1] {
        assert!((25.0..=30.0).contains(&seconds(window.len())), "{}", seconds(window.len()));
    }
    assert!(plans.windows(2).all(|w| w[0].end() <= w[1].start()), "a cut in a pause repeats nothing");
}

#[test]
fn speech_without_a_pause_is_cut_at_29_seconds_and_a_second_is_heard_twice() {
    let plans = plan(&frames(&[(true, 100.0)]));
    assert_eq!(seconds(plans[0].len()), 29.0);
    for pair in plans.windows(2) {
        assert_eq!(pair[0].end() - pair[1].start(), SECOND);
    }
    assert_eq!(plans.last().unwrap().end(), 100 * SECOND);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_frame_of_speech_is_in_a_window_in_order(
        parts in proptest::collection::vec((0.0f32..=1.0, 1usize..400), 0..40),
        cut in 0u64..FRAME,
        piece in 1usize..2_000,
    ) {
        let probabilities: Vec<f32> = parts.iter().flat_map(|(p, n)| vec![*p; *n]).collect();
        let total = (probabilities.len() as u64 * FRAME).saturating_sub(cut);
        let pieces: Vec<&[f32]> = probabilities.chunks(piece).collect();
        let (plans, steps) = plan_in(&pieces, total);

        for plan in &plans {
            prop_assert!(!plan.is_empty() && plan.len() <= WINDOW_SAMPLES as u64);
            prop_assert!(plan.spans.iter().all(|s| s.start < s.end && s.end <= total));
            prop_assert!(plan.spans.windows(2).all(|w| w[0].end <= w[1].start));
            let length = plan.len() * 1000 / SECOND;
            let times: Vec<u64> = (0..=length + 5).map(|ms| plan.begin_in_file(ms)).collect();
            prop_assert!(times.is_sorted() && (0..=length).all(|ms| plan.end_in_file(ms) <= plan.begin_in_file(ms)));
        }
        let overlap = ChunkConfig::default().overlap;
        prop_assert!(plans.windows(2).all(|w| w[0].start() < w[1].start() && w[1].start() + overlap >= w[0].end()));

        for (i, p) in probabilities.iter().enumerate().filter(|(_, p)| **p >= 0.5) {
            let (start, end) = (i as u64 * FRAME, ((i as u64 + 1) * FRAME).min(total));
            let covered = (start..end).all(|at| plans.iter().any(|w| w.spans.iter().any(|s| (s.start..s.end).contains(&at))));
            prop_assert!(covered, "frame {} at {}", i, p);
        }

        // what is taken between two cuts is exactly the window
        let mut taken = 0;
        for step in &steps {
            match step {
                Step::Take(span) => taken += span.end - span.start,
                Step::Cut(plan) => prop_assert_eq!(std::mem::take(&mut taken), plan.len()),
            }
        }
        prop_assert_eq!(taken, 0);

        // pieces do not change the plan
        prop_assert_eq!(plan_in(&[&probabilities], total).0, plans);
    }
}
