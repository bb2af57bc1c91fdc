//! What Violet talks about: ids, kinds of task, languages, the life of a task, transcripts.
//!
//! Pure values and pure functions. Nothing here is async, does I/O, reads a clock or draws a random number:
//! time, chance and ids come in as arguments.

pub mod agree;
pub mod analysis;
pub mod canonical;
pub mod caption;
pub mod consensus;
pub mod error;
pub mod fanout;
pub mod file;
pub mod grade;
pub mod id;
pub mod kind;
pub mod language;
pub mod lease;
pub mod miner;
pub mod options;
pub mod priority;
pub mod receipt;
pub mod record;
pub mod result;
pub mod score;
pub mod task;
pub mod time;
pub mod transcript;

pub use agree::{Agreed, medoid};
pub use analysis::{Analysis, Clipping, Stretch};
pub use error::ErrorKind;
pub use file::{FileMeta, FilePurpose, Sha256};
pub use id::{FileId, LeaseId, MinerId, TaskId, ValidatorId};
pub use kind::TaskKind;
pub use language::{Language, SourceLanguage};
pub use lease::{Fence, Lease, LeaseEnd};
pub use miner::{ModelCard, Need, Offer, Quality};
pub use options::{AudioFormat, DocumentFormat, SummaryMode, TaskOptions};
pub use priority::Priority;
pub use receipt::{Proof, Receipt, Work};
pub use record::{MinerRecord, Outcome, Tally};
pub use result::{AudioFacts, DocumentFacts, Facts, Summary, Translation};
pub use score::Score;
pub use task::{Answer, Event, FailReason, Failure, NewTask, Output, Refused, Response, Task, TaskState};
pub use time::Timestamp;
pub use transcript::{Segment, Transcript, Word};

/// A name on the wire or in a column that this deployment does not know, with the names it knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} \"{got}\": use one of {}", allowed.join(", "))]
pub struct UnknownName {
    /// What kind of name was expected, as a caller would say it ("language").
    pub what: &'static str,
    /// What came instead, cut to a printable length.
    pub got: String,
    /// Every name that would have been accepted.
    pub allowed: &'static [&'static str],
}

impl UnknownName {
    /// Keeps at most 40 characters of `got`, without control characters: it is printed to users and logs.
    #[must_use]
    pub fn new(what: &'static str, got: &str, allowed: &'static [&'static str]) -> Self {
        let got = got.chars().filter(|c| !c.is_control()).take(40).collect();
        Self { what, got, allowed }
    }
}

/// An enum whose values have one name each, the same on the wire, in a column and in a log.
///
/// Writes `name()`, `ALL`, `NAMES`, `FromStr`, `Display` and serde by that name.
#[macro_export]
#[doc(hidden)]
macro_rules! named {
    ($(#[$meta:meta])* $what:literal $vis:vis enum $ty:ident { $($(#[$vmeta:meta])* $variant:ident = $name:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(into = "&'static str", try_from = "std::borrow::Cow<'static, str>")]
        $vis enum $ty { $($(#[$vmeta])* $variant),+ }

        impl $ty {
            /// Every value, in the order of its definition.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// Every name, in the same order.
            pub const NAMES: &'static [&'static str] = &[$($name),+];
            /// The one name of this value.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
        impl std::str::FromStr for $ty {
            type Err = $crate::UnknownName;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                match s { $($name => Ok(Self::$variant),)+ _ => Err($crate::UnknownName::new($what, s, Self::NAMES)) }
            }
        }
        impl std::fmt::Display for $ty {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.name()) }
        }
        impl From<$ty> for &'static str { fn from(v: $ty) -> Self { v.name() } }
        impl TryFrom<std::borrow::Cow<'_, str>> for $ty {
            type Error = $crate::UnknownName;
            fn try_from(s: std::borrow::Cow<'_, str>) -> Result<Self, Self::Error> { s.parse() }
        }
    };
}
