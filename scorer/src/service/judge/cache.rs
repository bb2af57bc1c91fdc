//! References that were made, for further tasks with the same input.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use domain::Sha256;
use proto::client::Made;

/// Longest result that is kept, in bytes.
const LONGEST: usize = 64 << 20;

/// The last few results. The one that was asked for longest ago goes first.
pub(super) struct Cache {
    keep: usize,
    made: Mutex<VecDeque<(Sha256, Arc<Made>)>>,
}

impl Cache {
    pub(super) fn new(keep: usize) -> Self {
        Self { keep, made: Mutex::default() }
    }

    pub(super) fn get(&self, name: Sha256) -> Option<Arc<Made>> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let place = made.iter().position(|(known, _)| *known == name)?;
        let found = made.remove(place)?;
        made.push_back(found.clone());
        Some(found.1)
    }

    pub(super) fn put(&self, name: Sha256, result: Arc<Made>) {
        if result.bytes.len() > LONGEST {
            return;
        }
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.retain(|(known, _)| *known != name);
        made.push_back((name, result));
        while made.len() > self.keep {
            made.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_asked_for_longest_ago_goes_first() {
        let cache = Cache::new(2);
        let result = |n: u8| {
            let (content_type, model) = (String::new(), n.to_string());
            let bytes = bytes::Bytes::new();
            Arc::new(Made { content_type, facts: None, model, model_version: String::new(), bytes })
        };
        let name = |n: u8| Sha256([n; 32]);
        cache.put(name(1), result(1));
        cache.put(name(2), result(2));
        assert!(cache.get(name(1)).is_some());
        cache.put(name(3), result(3));
        assert!(cache.get(name(2)).is_none() && cache.get(name(3)).is_some());
        assert_eq!(cache.get(name(1)).unwrap().model, "1");
    }
}
