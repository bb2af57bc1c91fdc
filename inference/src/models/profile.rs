//! The sets of models.

use serde::Deserialize;

/// A set of artifacts that is prepared together: each artifact lists the profiles that need it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// Every kind of work on a laptop's processor; translations between English and Portuguese only.
    Small,
    /// The same, and an instruct model: all directions of translation, summaries in new words.
    Full,
    /// The full set for a graphics card, with larger checkpoints where their hashes are known.
    Gpu,
}

/// A profile by a name that no profile has.
#[derive(Debug, thiserror::Error)]
#[error("there is no profile {name:?}; the profiles are: {}", Profile::ALL.map(Profile::name).join(", "))]
pub struct UnknownProfile {
    name: String,
}

impl Profile {
    /// Every profile, the smallest first.
    pub const ALL: [Self; 3] = [Self::Small, Self::Full, Self::Gpu];

    /// As settings and options name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Full => "full",
            Self::Gpu => "gpu",
        }
    }
}

impl std::str::FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|p| p.name() == name)
            .ok_or_else(|| UnknownProfile { name: name.to_owned() })
    }
}

impl std::fmt::Display for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_profile_is_refused_by_naming_the_known_ones() {
        let refused = "huge".parse::<Profile>().unwrap_err().to_string();
        assert_eq!(refused, "there is no profile \"huge\"; the profiles are: small, full, gpu");
        for profile in Profile::ALL {
            assert_eq!(profile.to_string().parse::<Profile>().unwrap(), profile);
        }
    }
}
