//! What validators say of miners.

use diesel::prelude::*;
use domain::consensus::{Merged, Told, merge};
use proto::client::{MinersReport, Said};

use super::row::{MergedRow, ToldRow};
use crate::StoreError;
use crate::evaluations::told;
use crate::sql::Conn;
use crate::sql::schema::{merged_reports as merged, miner_reports as reports};

/// See [`Evaluations::report`](crate::evaluations::Evaluations::report).
pub(super) fn report(c: &mut Conn, report: &MinersReport) -> Result<Vec<Merged>, StoreError> {
    let mut all = Vec::new();
    for one in told(report) {
        let row = ToldRow::of(&one);
        let written = diesel::insert_into(reports::table).values(&row);
        written.on_conflict((reports::uid, reports::validator)).do_update().set(&row).execute(c)?;
        let uid = one.status.uid;
        match merge(&of(c, uid)?, report.validators, report.at) {
            Some(now) => {
                let row = MergedRow::of(&now);
                let written = diesel::insert_into(merged::table).values(&row).on_conflict(merged::uid);
                written.do_update().set(&row).execute(c)?;
                all.push(now);
            }
            None => drop(diesel::delete(merged::table.find(i32::from(uid))).execute(c)?),
        }
    }
    Ok(all)
}

fn of(c: &mut Conn, uid: u16) -> Result<Vec<Told>, StoreError> {
    let rows = reports::table.filter(reports::uid.eq(i32::from(uid))).order(reports::validator);
    rows.select(ToldRow::as_select()).load(c)?.into_iter().map(ToldRow::told).collect()
}

/// What is said of one miner.
pub(super) fn said(c: &mut Conn, uid: u16) -> Result<Said, StoreError> {
    let row = merged::table.find(i32::from(uid)).select(MergedRow::as_select()).first(c).optional()?;
    Ok(Said { told: of(c, uid)?, merged: row.map(MergedRow::merged).transpose()? })
}

/// What all say of the first `limit` miners after `after`.
pub(super) fn page(c: &mut Conn, limit: u32, after: Option<u16>) -> Result<Vec<Merged>, StoreError> {
    let later = merged::table.filter(merged::uid.gt(after.map_or(-1, i32::from))).order(merged::uid);
    let rows = later.limit(limit.into()).select(MergedRow::as_select()).load(c)?;
    rows.into_iter().map(MergedRow::merged).collect()
}
