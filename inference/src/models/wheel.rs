//! Pinned archives of package registries, and what a wheel's name says of the Pythons and machines it is for.

use serde::Deserialize;

/// Newest C library that a wheel may ask for: the one that the sidecar itself needs.
const GLIBC: (u32, u32) = (2, 35);

/// A pinned archive of the package index.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wheel {
    /// File name; the index page of [`Wheel::package`] links it.
    pub file: String,
    /// Bytes of the archive.
    pub size: u64,
    /// Bytes of what is kept, unpacked.
    pub unpacked: u64,
    /// What the archive is.
    pub sha256: String,
    /// Only members under these prefixes are unpacked; empty: all.
    #[serde(default)]
    pub keep: Vec<String>,
}

/// A registry whose archives are found by their paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Registry {
    /// npm: gzipped tarballs.
    Npm,
    /// A mirror of Debian: packages.
    Debian,
}

impl Registry {
    /// What it is called in sentences.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Npm => "npm registry",
            Self::Debian => "Debian mirror",
        }
    }
}

/// A pinned archive of another registry than the package index.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Archive {
    /// Where it lies.
    pub registry: Registry,
    /// Its path there, relative to the registry's address.
    pub path: String,
    /// Bytes of the archive.
    pub size: u64,
    /// What the archive is.
    pub sha256: String,
}

impl Archive {
    /// Its file name: the last part of the path.
    #[must_use]
    pub fn file(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }
}

impl Wheel {
    /// The name the index knows the package by: the first part of the file name, normalised as PEP 503 says.
    #[must_use]
    pub fn package(&self) -> String {
        let name = self.file.split('-').next().unwrap_or_default();
        name.to_ascii_lowercase().replace(['_', '.'], "-")
    }

    /// Its version: the second part of the file name.
    #[must_use]
    pub fn version(&self) -> &str {
        self.file.split('-').nth(1).unwrap_or_default()
    }

    /// Whether it can be used by this CPython on Linux with glibc on this machine, by the tags of its file name (PEP 425).
    #[must_use]
    pub fn fits(&self, machine: &str, python: (u32, u32)) -> bool {
        let Some(stem) = self.file.strip_suffix(".whl") else {
            return false;
        };
        let mut tags = stem.rsplit('-');
        let (Some(platforms), Some(abis), Some(pythons)) = (tags.next(), tags.next(), tags.next()) else {
            return false;
        };
        let abi = |wanted: &str| abis.split('.').any(|a| a == wanted);
        let fits_python = pythons.split('.').any(|tag| {
            let own = format!("cp{}{}", python.0, python.1);
            if let Some(since) = tag.strip_prefix("cp3").and_then(|minor| minor.parse::<u32>().ok()) {
                let same = tag == own && (abi(&own) || abi("none"));
                same || (abi("abi3") && python.0 == 3 && since <= python.1)
            } else {
                tag == format!("py{}", python.0) && abi("none")
            }
        });
        fits_python && platforms.split('.').any(|p| fits_platform(p, machine))
    }
}

fn fits_platform(tag: &str, machine: &str) -> bool {
    if tag == "any" {
        return true;
    }
    let Some(rest) = tag.strip_suffix(machine).and_then(|rest| rest.strip_suffix('_')) else {
        return false;
    };
    match rest {
        "manylinux1" | "manylinux2010" | "manylinux2014" => true,
        _ => rest.strip_prefix("manylinux_").and_then(|v| v.split_once('_')).is_some_and(|(major, minor)| {
            let version = major.parse::<u32>().ok().zip(minor.parse::<u32>().ok());
            version.is_some_and(|v| v <= GLIBC)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(file: &str, machine: &str, minor: u32) -> bool {
        let wheel =
            Wheel { file: file.to_owned(), size: 0, unpacked: 0, sha256: String::new(), keep: Vec::new() };
        wheel.fits(machine, (3, minor))
    }

    #[test]
    fn a_wheel_fits_the_pythons_and_machines_of_its_tags() {
        let pure = "a_b-1.0-py3-none-any.whl";
        assert!(fits(pure, "x86_64", 9) && fits(pure, "aarch64", 12));
        assert!(fits("a-1.0-py2.py3-none-any.whl", "x86_64", 11));
        assert!(!fits("a-1.0-py2-none-any.whl", "x86_64", 11));
        let exact = "a-1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl";
        assert!(fits(exact, "x86_64", 11));
        assert!(!fits(exact, "x86_64", 12) && !fits(exact, "aarch64", 11));
        let stable = "a-1.0-1-cp310-abi3-manylinux_2_28_aarch64.whl";
        assert!(fits(stable, "aarch64", 10) && fits(stable, "aarch64", 12) && !fits(stable, "aarch64", 9));
        assert!(fits("a-1.0-py3-none-manylinux2014_x86_64.whl", "x86_64", 9));
    }

    #[test]
    fn another_system_a_newer_c_library_and_no_wheel_do_not_fit() {
        for file in [
            "a-1.0-py3-none-musllinux_1_2_x86_64.whl",
            "a-1.0-py3-none-win_amd64.whl",
            "a-1.0-py3-none-manylinux_2_39_x86_64.whl",
            "a-1.0-py3-none-linux_x86_64.whl",
            "a-1.0.tar.gz",
            "a.whl",
        ] {
            assert!(!fits(file, "x86_64", 11), "{file}");
        }
    }
}
