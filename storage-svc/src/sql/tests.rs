//! What only the database promises.

mod open;
mod plan;
mod writer;

use std::path::Path;

use diesel::connection::{Connection as _, SimpleConnection as _};

use super::{Conn, Sqlite, SqliteOptions, Synchronous};

pub(crate) fn options(folder: &Path) -> SqliteOptions {
    // the tests of what is asked need no disk that obeys; the one of durability asks for FULL itself
    SqliteOptions {
        path: folder.join("test.sqlite"),
        synchronous: Synchronous::Normal,
        readers: 2,
        max_batch: 64,
    }
}

/// A connection of somebody else to the database in `folder`. It waits for locks: a closed database lets go of its file
/// only when its last connection is through.
pub(crate) fn stranger(folder: &Path) -> Conn {
    let mut c = Conn::establish(options(folder).path.to_str().unwrap()).unwrap();
    c.batch_execute("PRAGMA busy_timeout = 20000").unwrap();
    c
}

/// A fresh database and the folder that it lives in.
pub(crate) async fn database() -> (tempfile::TempDir, Sqlite) {
    let root = tempfile::tempdir().unwrap();
    let db = Sqlite::open(options(root.path())).await.unwrap();
    (root, db)
}
