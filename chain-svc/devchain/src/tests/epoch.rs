//! When epochs fire.

use proptest::prelude::*;

use super::kit::World;
use crate::epoch::Schedule;

fn schedule(tempo: u64, last: u64, pending: u64, since: u64) -> Schedule {
    Schedule { tempo, last, pending, index: 0, since }
}

#[test]
fn an_epoch_is_due_by_tempo_by_trigger_or_when_it_is_overdue_and_never_without_a_tempo() {
    for (s, b, due) in [
        (schedule(10, 100, 0, 9), 109, false),
        (schedule(10, 100, 0, 9), 110, true),
        (schedule(10, 100, 105, 4), 104, false),
        (schedule(10, 100, 105, 5), 105, true),
        (schedule(10, 100, 90, 1), 101, true), // a trigger in the past
        (schedule(360, 100, 0, 50_400), 101, false),
        (schedule(360, 100, 0, 50_401), 101, true),
        (schedule(0, 0, 5, 60_000), 100, false),
        (schedule(10, 200, 0, 0), 100, false), // a last epoch in the future
    ] {
        assert_eq!(s.due(b), due, "{s:?} at {b}");
    }
}

#[test]
fn a_subnet_counts_its_epochs_by_its_tempo() {
    let mut w = World::new();
    w.0.advance(65).unwrap();
    assert_eq!(w.get::<u64>("SubnetEpochIndex", 49), 3); // tempo 20: 20, 40, 60
    assert_eq!(w.get::<u64>("LastEpochBlock", 49), 60);
    assert_eq!(w.get::<u64>("BlocksSinceLastStep", 49), 5);
    assert_eq!(w.get::<u64>("SubnetEpochIndex", 1), 0); // tempo 100
}

#[test]
fn a_triggered_epoch_fires_at_its_block_and_is_forgotten() {
    let mut w = World::new();
    w.set(49, "PendingEpochAt", 5);
    w.0.advance(4).unwrap();
    assert_eq!(w.get::<u64>("LastEpochBlock", 49), 5);
    assert_eq!(w.get::<u64>("PendingEpochAt", 49), 0);
    w.0.advance(20).unwrap();
    assert_eq!(w.get::<u64>("LastEpochBlock", 49), 25);
}

proptest! {
    #[test]
    fn the_next_epoch_is_the_first_block_at_which_one_fires(
        tempo in 0u64..200, last in 0u64..300, pending in 0u64..500, since in prop_oneof![0u64..100, 50_300u64..50_500], now in 100u64..300,
    ) {
        let s = schedule(tempo, last, pending, since);
        let mut walked = s;
        let mut found = None;
        for b in now + 1..now + 1000 {
            if walked.due(b) {
                found = Some(b);
                break;
            }
            walked = walked.step(b);
        }
        prop_assert_eq!(s.next(now), found);
    }
}
