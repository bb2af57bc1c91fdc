//! What [`FileStore`](super::FileStore) and [`Depot`](super::Depot) promise, clause by clause.

mod depot;
mod rows;
