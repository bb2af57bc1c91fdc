//! Reading tasks with their leases: three statements for any number of them.

use std::collections::HashMap;

use diesel::prelude::*;
use domain::{Lease, Task};

use super::row::{LeaseRow, ResponseRow, TaskRow};
use crate::StoreError;
use crate::sql::Conn;
use crate::sql::schema::{assignments, miner_responses, tasks};

/// The tasks of these ids, in their order; ids without a task are left out.
pub(crate) fn tasks_of(c: &mut Conn, ids: &[String]) -> Result<Vec<Task>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<TaskRow> =
        tasks::table.filter(tasks::id.eq_any(ids)).select(TaskRow::as_select()).load(c)?;
    let mut leases = leases_of(c, ids)?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in rows {
        let id = row.id.clone();
        let task = row.task(leases.remove(&id).unwrap_or_default())?;
        found.insert(id, task);
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// One task.
pub(crate) fn task(c: &mut Conn, id: String) -> Result<Option<Task>, StoreError> {
    Ok(tasks_of(c, &[id])?.pop())
}

fn leases_of(c: &mut Conn, ids: &[String]) -> Result<HashMap<String, Vec<Lease>>, StoreError> {
    let rows: Vec<(LeaseRow, Option<ResponseRow>)> = assignments::table
        .left_join(miner_responses::table)
        .filter(assignments::task_id.eq_any(ids))
        .order((assignments::task_id, assignments::fence))
        .select((LeaseRow::as_select(), Option::<ResponseRow>::as_select()))
        .load(c)?;
    let mut leases: HashMap<String, Vec<Lease>> = HashMap::new();
    for (row, response) in rows {
        leases.entry(row.task_id.clone()).or_default().push(row.lease(response)?);
    }
    Ok(leases)
}
