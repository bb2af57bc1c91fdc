//! Written text, as every pipeline sees it.

mod abbreviations;
pub mod facts;
pub mod gist;
pub mod layout;
pub mod sentences;
pub mod words;

pub use sentences::{Sentence, clauses, sentences};
