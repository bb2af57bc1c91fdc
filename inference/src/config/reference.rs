//! Settings of work for a validator.

use std::{net::SocketAddr, time::Duration};

use process::config::duration;
use process::exit::BadSetup;
use serde::Deserialize;

use super::{Config, blank};
use crate::reference;

/// Settings of work for a validator.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// Where it is served; none: nowhere.
    #[serde(with = "blank")]
    pub listen: Option<SocketAddr>,
    /// Pieces of work at once.
    pub at_once: usize,
    /// Longest input, in bytes.
    pub max_bytes: u64,
    /// Time for one piece of work.
    #[serde(with = "duration")]
    pub time: Duration,
}

impl Config {
    /// How references are made; `None`: they are not.
    ///
    /// # Errors
    /// When there is neither a scheduler to work for nor anybody else.
    pub(crate) fn reference(&self) -> Result<Option<reference::Options>, BadSetup> {
        let Reference { listen, at_once, max_bytes, time } = self.reference;
        match listen {
            None if self.scheduler.is_empty() => Err(BadSetup(
                "there is nobody to work for: set scheduler, or reference.listen for a validator on this machine"
                    .to_owned(),
            )),
            None => Ok(None),
            Some(_) if at_once == 0 => Err(BadSetup("reference.at_once must be at least 1".to_owned())),
            Some(listen) => Ok(Some(reference::Options {
                listen,
                at_once,
                max_bytes,
                time,
                patience: self.worker.model_patience,
                max_media: self.media.max_length,
                transcription: self.worker()?.transcription,
                scratch: self.data_dir.join("reference"),
                drain: self.worker.drain,
            })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(env: &[(&str, &str)]) -> Result<Option<reference::Options>, BadSetup> {
        let env = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Config::load(None, env).unwrap().reference()
    }

    #[test]
    fn a_miner_makes_no_references_unless_it_is_told_where() {
        assert!(reference(&[]).unwrap().is_none());
        let told = [("INFERENCE__REFERENCE__LISTEN", "127.0.0.1:7103")];
        assert_eq!(reference(&told).unwrap().unwrap().listen.port(), 7_103);
    }

    #[test]
    fn a_service_with_nobody_to_work_for_does_not_start() {
        let said = reference(&[("INFERENCE__SCHEDULER", "")]).unwrap_err().0;
        assert!(said.contains("scheduler") && said.contains("reference.listen"), "{said}");
        let alone = [("INFERENCE__SCHEDULER", ""), ("INFERENCE__REFERENCE__LISTEN", "127.0.0.1:7103")];
        assert!(reference(&alone).unwrap().is_some());
    }
}
