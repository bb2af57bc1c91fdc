//! The dispatcher: gives waiting tasks to free miners and ends what is due. Woken by events (a task came, a slot is free, a
//! miner joined or left) and by the one instant at which time itself changes something; never by a polling timer.

use std::{sync::Arc, time::Duration};

use domain::{ErrorKind, Event, Offer, Outcome, Task, Timestamp};
use proto::RpcError;
use tracing::Instrument as _;

use crate::{
    agenda::{Backoff, PAUSE},
    assign::{Candidate, assign, nobody_is_left},
    core::{Core, all},
    events,
    grant::{Granted, grant},
    miners::Seat,
    trace,
};

/// Waiting tasks looked at together.
const PAGE: u32 = 64;
/// Most that the store gives at once.
const MOST: u32 = 200;
/// A choice that was not made this long after the deadline of its task is not waited for: the first answer is served.
const OVERDUE: Duration = Duration::from_secs(60);

/// Runs until the scheduler stops.
pub(crate) async fn run(core: Arc<Core>) {
    let stop = core.stop.clone();
    tokio::select! {
        () = stop.cancelled() => {}
        () = dispatch(&core) => {}
    }
}

async fn dispatch(core: &Core) {
    core.remember().await;
    let mut backoff = Backoff::default();
    loop {
        match turn(core).await {
            Ok(()) => {
                backoff = Backoff::default();
                core.agenda.wait(core.now()).await;
            }
            Err(e) => {
                tracing::warn!(error = %e, "the task store does not answer, trying again");
                backoff.pause().await;
            }
        }
    }
}

/// Does what the agenda says. What could not be done stays on it.
async fn turn(core: &Core) -> Result<(), RpcError> {
    let now = core.now();
    let mut outcome = Ok(());
    if core.agenda.take_due(now) {
        outcome = expire(core).await;
        if outcome.is_err() {
            core.agenda.due_by(now);
        }
        if now < core.settles_at() {
            core.agenda.due_by(core.settles_at());
        } else {
            // whatever became due may leave nobody to wait for
            core.agenda.assign();
        }
    }
    if core.agenda.take_assign()
        && let Err(e) = give(core).await
    {
        core.agenda.assign();
        outcome = Err(e);
    }
    outcome
}

/// Ends what is due, asks for the choices that are, and notes when the next thing will be.
async fn expire(core: &Core) -> Result<(), RpcError> {
    loop {
        let now = core.now();
        // the choices under way are due until they are made: they must not hide the rest
        let limit = (PAGE + core.choices.known()).min(MOST);
        let due = core.tasks.due(now, limit).instrument(trace::unsampled()).await?;
        let awaits_choice =
            |t: &Task| t.choice_due().is_some_and(|at| at <= now) && now < t.spec.deadline + OVERDUE;
        let (choices, rest): (Vec<Task>, Vec<Task>) = due.tasks.into_iter().partition(awaits_choice);
        let fit = choices.iter().filter(|task| core.choices.ask(task)).count();
        if rest.is_empty() {
            let next = due.next.map(|next| if next <= now { now + PAUSE } else { next });
            let again = (fit < choices.len()).then(|| now + PAUSE);
            next.into_iter().chain(again).for_each(|at| core.agenda.due_by(at));
            return Ok(());
        }
        // every task is tried: one that fails must not hold up the others, nor spin
        let ended = all(rest.iter().map(|task| expire_one(core, task, now))).await;
        ended.into_iter().collect::<Result<Vec<()>, _>>()?;
    }
}

async fn expire_one(core: &Core, task: &Task, now: Timestamp) -> Result<(), RpcError> {
    let after = core.apply(task.spec.id, &Event::Expire, now).instrument(trace::expire_span(task)).await?;
    for miner in events::expired(&after, now) {
        core.miners.note(&miner, after.spec.kind, Outcome::Dropped, now);
    }
    events::ended_without_result(&after, now);
    Ok(())
}

/// Gives tasks to miners until no free miner may take a waiting one.
async fn give(core: &Core) -> Result<(), RpcError> {
    loop {
        let (miners, seats) = core.miners.candidates(|hotkey| core.stake(hotkey));
        let offers = offers_of_the_free(&miners);
        if offers.is_empty() {
            return Ok(());
        }
        let tasks = ready(core, &offers, None, PAGE).await?;
        choose_where_nobody_is_left(core, &miners, &tasks);
        let all_seen = tasks.len() < PAGE as usize;
        let mut given = grant_all(core, &miners, &seats, &tasks).await;
        if given == Given::default() && !all_seen {
            // the head of the queue waits for miners that are busy: what each free one has not tried is asked for alone
            given = give_untried(core, &miners, &seats).await?;
        }
        if given.away {
            return Err(RpcError::new(ErrorKind::Unavailable, "leases could not be stored"));
        }
        if given.stale {
            core.agenda.assign();
        }
        if all_seen || !given.some {
            return Ok(());
        }
    }
}

/// Tasks with an answer that no miner here could be given besides: there is nothing to wait for.
fn choose_where_nobody_is_left(core: &Core, miners: &[Candidate], tasks: &[Task]) {
    let settled = core.now() >= core.settles_at();
    let waits = |t: &&Task| t.provisional().is_some() && t.live().next().is_none();
    for task in tasks.iter().filter(waits).filter(|t| settled && nobody_is_left(miners, t)) {
        // one that does not fit has its window
        core.choices.ask(task);
    }
}

async fn ready(
    core: &Core,
    offers: &[Offer],
    untried_by: Option<&Seat>,
    limit: u32,
) -> Result<Vec<Task>, RpcError> {
    let miner = untried_by.map(|s| &s.miner);
    core.tasks.ready(offers, miner, limit).instrument(trace::unsampled()).await
}

/// What every free miner may take that it has not been given before: one call for each.
async fn give_untried(core: &Core, miners: &[Candidate], seats: &[Seat]) -> Result<Given, RpcError> {
    let free = miners.iter().zip(seats).filter(|(m, _)| m.is_free());
    let found = all(free.map(|(m, seat)| ready(core, &m.offers, Some(seat), m.room().min(PAGE)))).await;
    let mut tasks: Vec<Task> = Vec::new();
    for page in found {
        tasks.extend(page?);
    }
    tasks.sort_by_key(|t| t.spec.id);
    tasks.dedup_by_key(|t| t.spec.id);
    Ok(grant_all(core, miners, seats, &tasks).await)
}

/// What came of a set of choices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Given {
    /// A miner got a task.
    some: bool,
    /// A choice was overtaken by events.
    stale: bool,
    /// The store did not answer.
    away: bool,
}

async fn grant_all(core: &Core, miners: &[Candidate], seats: &[Seat], tasks: &[Task]) -> Given {
    let choices = assign(miners, tasks, core.now(), process::id::random_u64());
    let ended = all(choices.iter().map(|c| grant(core, &seats[c.miner], &tasks[c.task]))).await;
    Given {
        some: ended.contains(&Granted::Sent),
        stale: ended.contains(&Granted::Stale),
        away: ended.contains(&Granted::Away),
    }
}

/// The offers of all free miners, one for each kind.
fn offers_of_the_free(miners: &[Candidate]) -> Vec<Offer> {
    let mut merged: Vec<Offer> = Vec::new();
    for offer in miners.iter().filter(|m| m.is_free()).flat_map(|m| &m.offers) {
        match merged.iter_mut().find(|o| o.kind == offer.kind) {
            Some(known) => known.languages.extend(&offer.languages),
            None => merged.push(offer.clone()),
        }
    }
    for offer in &mut merged {
        offer.languages.sort_unstable();
        offer.languages.dedup();
    }
    merged
}
