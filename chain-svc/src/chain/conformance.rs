//! What every implementation of [`Chain`] promises, one test for each clause; run in memory and over the RPC of a
//! development chain.

mod reading;
pub(crate) mod rig;
mod writing;

/// A test for every clause, over the rig that `$rig` makes.
macro_rules! clauses {
    ($rig:ident: $($group:ident::{$($clause:ident),+ $(,)?}),+ $(,)?) => {
        $($(
            #[tokio::test]
            async fn $clause() {
                $crate::chain::conformance::$group::$clause(rig::$rig().await).await;
            }
        )+)+
    };
}

macro_rules! all_clauses {
    ($rig:ident) => {
        clauses! { $rig:
            reading::{
                a_snapshot_is_of_one_block_and_names_it,
                a_snapshot_tells_settings_and_neurons,
                heads_rise_and_never_fall,
                a_subnet_that_is_not_there_is_told_by_its_number,
                registration_tells_place_and_price,
                a_chain_that_is_away_is_told_and_comes_back,
            },
            writing::{
                signing_sends_nothing,
                an_axon_is_stored_as_it_was_sent,
                an_axon_is_taken_back,
                an_axon_is_not_announced_twice_before_the_limit,
                a_loopback_axon_is_refused_by_name,
                weights_are_stored_scaled_up,
                a_second_weight_set_before_the_limit_is_refused_by_name,
                weights_without_a_permit_are_refused_by_name,
                a_neuron_named_twice_is_refused_before_one_that_is_not_there,
                open_weights_where_commits_are_wanted_are_refused_by_name,
                commits_are_taken_where_they_are_wanted,
                a_refused_change_takes_the_nonce,
                the_same_bytes_get_into_one_block_only,
                a_transaction_lost_before_it_arrived_is_known_to_be_nowhere_when_its_life_is_over,
                a_transaction_lost_after_it_arrived_is_found,
                a_registration_above_the_limit_costs_nothing,
                a_registration_gives_a_place_and_costs_the_price,
            },
        }
    };
}

mod in_memory {
    use super::rig;
    all_clauses!(memory);
}

mod over_rpc {
    use super::rig;
    all_clauses!(devchain);
}
