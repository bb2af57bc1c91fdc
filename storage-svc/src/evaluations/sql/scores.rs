//! How accurate miners are.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text};
use domain::{MinerId, Score};
use proto::client::{MinerScore, Tally};

use super::row::{self, KindRow, RankedRow, ScoreRow};
use crate::StoreError;
use crate::evaluations::ruling::{self, Mark};
use crate::sql::Conn;
use crate::sql::schema::{miner_kind_scores as kinds, miner_scores as scores};
use crate::tasks::read;

/// Adds how a miner did at one task; a name that changed hands begins anew.
pub(super) fn mark(c: &mut Conn, mark: &Mark) -> Result<(), StoreError> {
    let (name, holder) = (mark.miner.as_str(), mark.holder.as_ref());
    let mut there: Option<ScoreRow> =
        scores::table.find(name).select(ScoreRow::as_select()).first(c).optional()?;
    let former: Option<MinerId> = there.as_ref().and_then(|r| r.hotkey.as_deref()).map(read).transpose()?;
    if ruling::changed_hands(former.as_ref(), holder) {
        // its kinds go with it
        diesel::delete(scores::table.find(name)).execute(c)?;
        there = None;
    }
    let before = there.as_ref().map(|r| row::tally(r.accuracy, r.graded, r.missed)).transpose()?;
    let (accuracy, graded, missed) = columns(ruling::tallied(before, mark.accuracy));
    let row = ScoreRow {
        miner: name.to_owned(),
        uid: holder.map(|h| i32::from(h.uid)).or(there.as_ref().and_then(|r| r.uid)),
        hotkey: holder.map(|h| h.hotkey.to_string()).or(there.and_then(|r| r.hotkey)),
        accuracy,
        graded,
        missed,
    };
    let written = diesel::insert_into(scores::table).values(&row).on_conflict(scores::miner);
    written.do_update().set(&row).execute(c)?;

    let kind = kinds::table.find((name, mark.kind.name()));
    let before: Option<KindRow> = kind.select(KindRow::as_select()).first(c).optional()?;
    let before = before.map(|r| row::tally(r.accuracy, r.graded, r.missed)).transpose()?;
    let (accuracy, graded, missed) = columns(ruling::tallied(before, mark.accuracy));
    let (miner, kind) = (name.to_owned(), mark.kind.name().to_owned());
    let row = KindRow { miner, kind, accuracy, graded, missed };
    let written = diesel::insert_into(kinds::table).values(&row).on_conflict((kinds::miner, kinds::kind));
    written.do_update().set(&row).execute(c)?;
    Ok(())
}

fn columns(tally: Tally) -> (i32, i64, i64) {
    (row::column(tally.accuracy), tally.graded.cast_signed(), tally.missed.cast_signed())
}

const RANKED: &str = "SELECT miner, uid, hotkey, accuracy, graded, missed, \
    (SELECT count(*) FROM miner_scores b WHERE b.accuracy > miner_scores.accuracy) AS better FROM miner_scores";

/// The first `limit` miners after `after`, the most accurate first.
pub(super) fn leaders(
    c: &mut Conn,
    limit: u32,
    after: Option<(Score, MinerId)>,
) -> Result<Vec<MinerScore>, StoreError> {
    let text = format!(
        "{RANKED} WHERE (accuracy, miner) < ($1, $2) ORDER BY accuracy DESC, miner DESC LIMIT {limit}"
    );
    // the first page begins after everything: names have no tilde
    let (accuracy, miner) =
        after.map_or((i64::MAX, "~".to_owned()), |(s, m)| (s.billionths().into(), m.to_string()));
    let rows = sql_query(text).bind::<BigInt, _>(accuracy).bind::<Text, _>(miner).load(c)?;
    with_kinds(c, rows)
}

/// One miner.
pub(super) fn of(c: &mut Conn, miner: &MinerId) -> Result<Option<MinerScore>, StoreError> {
    let rows = sql_query(format!("{RANKED} WHERE miner = $1")).bind::<Text, _>(miner.as_str()).load(c)?;
    Ok(with_kinds(c, rows)?.pop())
}

fn with_kinds(c: &mut Conn, rows: Vec<RankedRow>) -> Result<Vec<MinerScore>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<&str> = rows.iter().map(|r| r.miner.as_str()).collect();
    let found: Vec<KindRow> =
        kinds::table.filter(kinds::miner.eq_any(names)).select(KindRow::as_select()).load(c)?;
    let mut of: HashMap<String, Vec<KindRow>> = HashMap::new();
    for kind in found {
        of.entry(kind.miner.clone()).or_default().push(kind);
    }
    rows.into_iter()
        .map(|row| {
            let kinds = of.remove(&row.miner).unwrap_or_default();
            row.score(kinds)
        })
        .collect()
}
