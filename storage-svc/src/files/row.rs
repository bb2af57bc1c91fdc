//! A file as a row, both ways, and the statements on it.

use diesel::prelude::*;
use domain::{FileId, FileMeta, Sha256, Timestamp};

use super::other_bytes;
use crate::StoreError;
use crate::sql::Conn;
use crate::sql::schema::files;
use crate::tasks::read;

#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = files, treat_none_as_null = true)]
struct FileRow {
    id: String,
    sha256: Vec<u8>,
    size: i64,
    content_type: String,
    file_name: Option<String>,
    purpose: String,
    created_at: i64,
    expires_at: i64,
}

impl FileRow {
    fn of(f: &FileMeta) -> Self {
        Self {
            id: f.id.to_string(),
            sha256: f.sha256.0.to_vec(),
            size: f.size.cast_signed(),
            content_type: f.content_type.clone(),
            file_name: f.file_name.clone(),
            purpose: f.purpose.name().into(),
            created_at: f.created_at.micros(),
            expires_at: f.expires_at.micros(),
        }
    }

    fn meta(self) -> Result<FileMeta, StoreError> {
        Ok(FileMeta {
            id: read(&self.id)?,
            sha256: digest(self.sha256)?,
            size: self.size.cast_unsigned(),
            content_type: self.content_type,
            file_name: self.file_name,
            purpose: read(&self.purpose)?,
            created_at: Timestamp::from_micros(self.created_at),
            expires_at: Timestamp::from_micros(self.expires_at),
        })
    }
}

fn digest(bytes: Vec<u8>) -> Result<Sha256, StoreError> {
    bytes.try_into().map(Sha256).map_err(|_| StoreError::damaged("a digest of another length"))
}

/// A file that has not expired by `now`.
pub(crate) fn stat(c: &mut Conn, id: FileId, now: Timestamp) -> Result<Option<FileMeta>, StoreError> {
    let alive = files::table.find(id.to_string()).filter(files::expires_at.gt(now.micros()));
    alive.select(FileRow::as_select()).first(c).optional()?.map(FileRow::meta).transpose()
}

/// The rows of these files, expired or not, in any order.
pub(crate) fn rows_of(c: &mut Conn, ids: &[String]) -> Result<Vec<FileMeta>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = files::table.filter(files::id.eq_any(ids)).select(FileRow::as_select()).load(c)?;
    rows.into_iter().map(FileRow::meta).collect()
}

/// See [`FileStore::insert`](super::FileStore::insert).
pub(super) fn insert(c: &mut Conn, file: &FileMeta) -> Result<FileMeta, StoreError> {
    match stat(c, file.id, file.created_at)? {
        Some(there) if there.sha256 == file.sha256 => Ok(there),
        Some(_) => Err(other_bytes()),
        None => {
            let row = FileRow::of(file);
            diesel::insert_into(files::table)
                .values(&row)
                .on_conflict(files::id)
                .do_update()
                .set(&row)
                .execute(c)?;
            Ok(file.clone())
        }
    }
}

/// See [`FileStore::uses`](super::FileStore::uses).
pub(super) fn uses(c: &mut Conn, sha256: Sha256) -> Result<bool, StoreError> {
    let rows = files::table.filter(files::sha256.eq(sha256.0.to_vec()));
    Ok(rows.select(files::id).first::<String>(c).optional()?.is_some())
}

/// See [`FileStore::forget`](super::FileStore::forget).
pub(super) fn forget(c: &mut Conn, now: Timestamp, limit: u32) -> Result<Vec<Sha256>, StoreError> {
    let over =
        files::table.filter(files::expires_at.le(now.micros())).order(files::expires_at).limit(limit.into());
    let (ids, digests): (Vec<String>, Vec<Vec<u8>>) =
        over.select((files::id, files::sha256)).load::<(String, Vec<u8>)>(c)?.into_iter().unzip();
    if !ids.is_empty() {
        diesel::delete(files::table.filter(files::id.eq_any(&ids))).execute(c)?;
    }
    digests.into_iter().map(digest).collect()
}
