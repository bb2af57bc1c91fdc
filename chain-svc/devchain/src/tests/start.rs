//! `start_call`: each check by its name.

use super::kit::World;
use crate::value::num;

fn start(w: &mut World, who: &str, net: u16) -> Result<Vec<String>, String> {
    w.call(who, "start_call", &[("netuid", num(net))])
}

#[test]
fn the_owner_starts_a_subnet_once_and_the_second_time_is_refused_by_first_emission_block_number_already_set()
{
    let mut w = World::new();
    let events = start(&mut w, "//Alice", 49).unwrap();
    assert!(events.contains(&"SubtensorModule.FirstEmissionBlockNumberSet".to_owned()));
    let first: u64 = w.0.now().unwrap().get("FirstEmissionBlockNumber", vec![num(49u16)]).unwrap();
    assert_eq!(first, w.0.head().number + 1);
    assert!(w.get::<bool>("SubtokenEnabled", 49));
    assert_eq!(start(&mut w, "//Alice", 49).unwrap_err(), "FirstEmissionBlockNumberAlreadySet");
}

#[test]
fn an_unknown_subnet_is_refused_by_subnet_not_exists() {
    assert_eq!(start(&mut World::new(), "//Alice", 7).unwrap_err(), "SubnetNotExists");
}

#[test]
fn anybody_else_is_refused_by_not_subnet_owner() {
    assert_eq!(start(&mut World::new(), "//Bob", 49).unwrap_err(), "NotSubnetOwner");
}

#[test]
fn before_the_delay_has_passed_it_is_refused_by_need_waiting_more_blocks_to_star_call() {
    let mut w = World::new();
    w.set_plain("StartCallDelay", 5);
    assert_eq!(start(&mut w, "//Alice", 49).unwrap_err(), "NeedWaitingMoreBlocksToStarCall");
    w.0.advance(2).unwrap();
    assert!(start(&mut w, "//Alice", 49).is_ok());
}
