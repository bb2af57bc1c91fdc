//! Which ffmpeg decodes what the Rust decoders refuse: the system's if it is new enough, else one from a package.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tokio::process::Command;

use super::cache::Cache;
use super::memo;
use super::python::run;

/// Oldest version whose options are used.
const OLDEST: u32 = 4;

/// An ffmpeg of the system.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Found {
    program: PathBuf,
}

/// `VIOLET_FFMPEG`, else the first ffmpeg on the path that runs and is new enough. Remembered while its file is unchanged.
pub(super) async fn of_system(cache: &Cache) -> Option<PathBuf> {
    let surroundings = &cache.surroundings;
    let candidates = match &cache.ffmpeg {
        Some(named) => vec![named.clone()],
        None => surroundings.programs("ffmpeg"),
    };
    if candidates.is_empty() {
        return None;
    }
    let memory = cache.root().join("ffmpeg.json");
    let key = format!("{candidates:?}");
    if let Some(known) = memo::recall::<Found>(&memory, &key, |f| vec![&f.program]) {
        return Some(known.program);
    }
    for program in candidates {
        match major(&program).await {
            Some(major) if major >= OLDEST => {
                let found = Found { program };
                memo::remember(&memory, &key, &found, &[&found.program]);
                return Some(found.program);
            }
            answer => tracing::debug!(program = %program.display(), ?answer, "ffmpeg passed over"),
        }
    }
    None
}

async fn major(program: &Path) -> Option<u32> {
    let mut command = Command::new(program);
    command.arg("-version");
    parse(&String::from_utf8_lossy(&run(command).await.ok()?))
}

/// The major version of `ffmpeg version 5.1.9-0+deb12u1 ..` and `ffmpeg version n7.1 ..`. A build made from the development
/// tree carries no version; it counts as new.
fn parse(text: &str) -> Option<u32> {
    let version = text.strip_prefix("ffmpeg version ")?.split_whitespace().next()?;
    if version.starts_with("N-") || version.starts_with("git-") {
        return Some(u32::MAX);
    }
    let digits: String = version.trim_start_matches('n').chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_version_is_read_from_every_kind_of_build() {
        assert_eq!(super::parse("ffmpeg version 5.1.9-0+deb12u1 Copyright"), Some(5));
        assert_eq!(super::parse("ffmpeg version n9.0.2-17-g2a571b6068-20260930 Copyright"), Some(9));
        assert_eq!(super::parse("ffmpeg version N-109-gabc Copyright"), Some(u32::MAX));
        assert_eq!(super::parse("avconv version 9"), None);
    }
}
