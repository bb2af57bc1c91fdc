//! What a store says when it can't do what it was asked.

use std::io;

use domain::{ErrorKind, Refused};

/// Why an operation of a store failed. Its text is fit for callers: one sentence without internal detail; the cause is
/// the source.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct StoreError {
    /// What it means for the caller.
    pub kind: ErrorKind,
    message: String,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl StoreError {
    /// An error that is its own explanation.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// The same with what lies behind it.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// There is no task of that name.
    #[must_use]
    pub fn no_task() -> Self {
        Self::new(ErrorKind::NotFound, "there is no such task")
    }

    /// There is no file of that name, or not any more.
    #[must_use]
    pub fn no_file() -> Self {
        Self::new(ErrorKind::NotFound, "there is no such file, or it has expired")
    }

    /// No room: the disk is full, or nearly.
    #[must_use]
    pub fn full() -> Self {
        Self::new(ErrorKind::StorageFull, "the storage is full")
    }

    /// The store is away; whether a change happened is not known.
    #[must_use]
    pub fn away() -> Self {
        Self::new(ErrorKind::Unavailable, "the store is away; try again")
    }

    /// What is stored does not read back: a fault of ours or of the disk.
    #[must_use]
    pub fn damaged(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::new(ErrorKind::Internal, "a stored record can't be read").because(source)
    }
}

impl From<Refused> for StoreError {
    fn from(refused: Refused) -> Self {
        Self::new(ErrorKind::Conflict, refused.to_string())
    }
}

impl From<io::Error> for StoreError {
    fn from(e: io::Error) -> Self {
        match e.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::full().because(e),
            _ => Self::away().because(e),
        }
    }
}

impl From<diesel::result::Error> for StoreError {
    fn from(e: diesel::result::Error) -> Self {
        use diesel::result::{DatabaseErrorKind as Kind, Error};
        match &e {
            // SQLite's result codes reach us as their fixed texts only
            Error::DatabaseError(_, info) if info.message().contains("disk is full") => {
                Self::full().because(e)
            }
            Error::DatabaseError(Kind::UniqueViolation, _) => {
                Self::new(ErrorKind::Conflict, "something of that name exists").because(e)
            }
            Error::DatabaseError(
                Kind::CheckViolation | Kind::NotNullViolation | Kind::ForeignKeyViolation,
                _,
            )
            | Error::NotFound
            | Error::QueryBuilderError(_)
            | Error::DeserializationError(_)
            | Error::SerializationError(_) => Self::new(ErrorKind::Internal, "the store failed").because(e),
            _ => Self::away().because(e),
        }
    }
}

impl From<StoreError> for tonic::Status {
    fn from(e: StoreError) -> Self {
        proto::status(e.kind, e.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_from_a_store_that_is_away() {
        // R11
        assert_eq!(
            StoreError::from(io::Error::from(io::ErrorKind::StorageFull)).kind,
            ErrorKind::StorageFull
        );
        assert_eq!(StoreError::from(io::Error::other("x")).kind, ErrorKind::Unavailable);
        let full = |m: &str| {
            diesel::result::Error::DatabaseError(
                diesel::result::DatabaseErrorKind::Unknown,
                Box::new(m.to_owned()),
            )
        };
        assert_eq!(StoreError::from(full("database or disk is full")).kind, ErrorKind::StorageFull);
        assert_eq!(StoreError::from(full("database is locked")).kind, ErrorKind::Unavailable);
    }
}
