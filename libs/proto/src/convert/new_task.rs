//! What a client asked for.

use std::time::Duration;

use domain::{NewTask, Timestamp};

use super::{BadField, kind, kind_to_pb, name, optional, options, options_to_pb, parse};
use crate::pb;

/// A task as a client asks for it, and the number of miners if it says one.
///
/// # Errors
/// [`BadField`] naming the first field that does not parse; `wanted` must be 0..=10.
pub fn asked_task(t: &pb::NewTask) -> Result<(NewTask, Option<u8>), BadField> {
    let asked = t.wanted != 0;
    let task = new_task(&pb::NewTask { wanted: t.wanted.max(1), ..t.clone() })?;
    let wanted = asked.then_some(task.wanted);
    Ok((task, wanted))
}

/// From the wire.
///
/// # Errors
/// [`BadField`] naming the first field that does not parse; `wanted` must be 1..=10.
pub fn new_task(t: &pb::NewTask) -> Result<NewTask, BadField> {
    let wanted = u8::try_from(t.wanted).ok().filter(|w| (1..=NewTask::MAX_WANTED).contains(w));
    Ok(NewTask {
        id: parse("id", &t.id)?,
        kind: kind(t.kind)?,
        source: parse("source_language", &t.source_language)?,
        target: optional(&t.target_language).map(|l| parse("target_language", l)).transpose()?,
        options: options(t.options.as_ref())?,
        priority: name::priority(t.priority)?,
        wanted: wanted.ok_or_else(|| BadField::new("wanted", "must be from 1 to 10"))?,
        window: Duration::from_micros(
            u64::try_from(t.window).map_err(|_| BadField::new("window", "is negative"))?,
        ),
        input: parse("input_file", &t.input_file)?,
        input_size: t.input_size,
        submitted_at: Timestamp::from_micros(t.submitted_at),
        deadline: Timestamp::from_micros(t.deadline),
        traceparent: optional(&t.traceparent).map(str::to_owned),
    })
}

/// To the wire.
#[must_use]
pub fn new_task_to_pb(t: &NewTask) -> pb::NewTask {
    pb::NewTask {
        id: t.id.to_string(),
        kind: kind_to_pb(t.kind),
        source_language: t.source.to_string(),
        target_language: t.target.map(|l| l.to_string()).unwrap_or_default(),
        options: options_to_pb(&t.options),
        priority: name::priority_to_pb(t.priority),
        wanted: t.wanted.into(),
        window: i64::try_from(t.window.as_micros()).unwrap_or(i64::MAX),
        input_file: t.input.to_string(),
        input_size: t.input_size,
        submitted_at: t.submitted_at.micros(),
        deadline: t.deadline.micros(),
        traceparent: t.traceparent.clone().unwrap_or_default(),
    }
}
