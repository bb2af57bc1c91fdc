//! What the process and its machine do, by `/proc`. What the machine does not tell is left out.

use std::{fs, path::Path};

use super::Row;

/// The machine, for the run's first page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Machine {
    pub host: String,
    /// Kernel and processor, such as `Linux-6.1.0-x86_64`.
    pub os: String,
    pub cpus: u32,
    /// Bytes.
    pub memory: u64,
    /// Total and used bytes of the file system with the run.
    pub disk: Option<(u64, u64)>,
}

/// Measures the process; the share of the processors is since the last measurement.
#[derive(Debug, Default)]
pub(super) struct Meter {
    last: Option<(i64, u64)>,
}

/// What `/proc/self/stat` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stat {
    /// Processor time in ticks of the kernel.
    ticks: u64,
    threads: u64,
    /// Resident pages.
    pages: u64,
}

impl Machine {
    /// The machine this runs on, and the file system of `folder`.
    pub(super) fn here(folder: &Path) -> Self {
        let kernel = |name: &str| {
            fs::read_to_string(format!("/proc/sys/kernel/{name}")).unwrap_or_default().trim().to_owned()
        };
        let cpus = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            host: kernel("hostname"),
            os: format!("{}-{}-{}", kernel("ostype"), kernel("osrelease"), std::env::consts::ARCH),
            cpus: u32::try_from(cpus).unwrap_or(u32::MAX),
            memory: memory(&read("/proc/meminfo")).map_or(0, |(total, _)| total),
            disk: disk(folder),
        }
    }
}

impl Meter {
    /// What is used now (`micros` since the epoch), under the names that the site draws as system metrics.
    pub(super) fn sample(&mut self, micros: i64, folder: &Path) -> Row {
        let mut row = Row::default();
        let machine = memory(&read("/proc/meminfo"));
        if let Some(stat) = stat(&read("/proc/self/stat")) {
            if let Some(share) = self.share(micros, stat.ticks) {
                row.number("cpu", share);
            }
            let resident = stat.pages as f64 * rustix::param::page_size() as f64;
            row.count("proc.cpu.threads", stat.threads);
            row.number("proc.memory.rssMB", resident / MEGA);
            if let Some((total, _)) = machine {
                row.number("proc.memory.percent", 100.0 * resident / total as f64);
            }
        }
        if let Some((total, available)) = machine {
            row.number("proc.memory.availableMB", available as f64 / MEGA);
            row.number("memory_percent", 100.0 * (1.0 - available as f64 / total as f64));
        }
        if let Some((total, used)) = disk(folder) {
            row.number("disk./.usageGB", used as f64 / MEGA / 1024.0);
            row.number("disk./.usagePercent", 100.0 * used as f64 / total as f64);
        }
        row
    }

    /// Percent of all processors that this process had since the last measurement.
    fn share(&mut self, micros: i64, ticks: u64) -> Option<f64> {
        let (then, before) = self.last.replace((micros, ticks))?;
        let cpus = std::thread::available_parallelism().map_or(1, usize::from);
        let seconds = ticks.saturating_sub(before) as f64 / rustix::param::clock_ticks_per_second() as f64;
        let passed = (micros - then) as f64 / 1e6;
        (passed > 0.0).then(|| 100.0 * seconds / passed / cpus as f64)
    }
}

const MEGA: f64 = 1024.0 * 1024.0;

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// Total and available bytes.
fn memory(meminfo: &str) -> Option<(u64, u64)> {
    let field = |name: &str| {
        let line = meminfo.lines().find_map(|l| l.strip_prefix(name))?;
        Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
    };
    Some((field("MemTotal:")?, field("MemAvailable:")?))
}

fn stat(stat: &str) -> Option<Stat> {
    // the name of the program is in brackets and may hold anything; the fields after it are numbered from 3
    let (_, fields) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
    Some(Stat { ticks: field(14)? + field(15)?, threads: field(20)?, pages: field(24)? })
}

/// Total and used bytes of the file system of `folder`.
fn disk(folder: &Path) -> Option<(u64, u64)> {
    let stats = rustix::fs::statvfs(folder).ok()?;
    let total = stats.f_blocks * stats.f_frsize;
    Some((total, total.saturating_sub(stats.f_bfree * stats.f_frsize))).filter(|_| total > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_with_brackets_and_spaces_in_its_name_is_measured() {
        let text =
            "42 (a ) (b) S 1 42 42 0 -1 4194560 100 0 0 0 150 50 0 0 20 0 7 0 12345 99999 2048 184467 1";
        assert_eq!(stat(text), Some(Stat { ticks: 200, threads: 7, pages: 2048 }));
        assert_eq!(stat("42 (a"), None);
        assert_eq!(stat(""), None);
    }

    #[test]
    fn memory_is_read_in_bytes() {
        let text = "MemTotal:       24684092 kB\nMemFree:  1 kB\nMemAvailable:   22424234 kB\n";
        assert_eq!(memory(text), Some((24_684_092 * 1024, 22_424_234 * 1024)));
        assert_eq!(memory("MemTotal: 5 kB\n"), None);
    }

    #[test]
    fn the_share_of_the_processors_is_since_the_last_measurement() {
        let mut meter = Meter::default();
        assert_eq!(meter.share(1_000_000, 500), None, "there is nothing to compare with");
        let ticks = rustix::param::clock_ticks_per_second();
        let cpus = std::thread::available_parallelism().map_or(1, usize::from) as u64;
        assert_eq!(meter.share(3_000_000, 500 + ticks * cpus), Some(50.0), "one of two seconds on each");
        assert_eq!(meter.share(3_000_000, 900), None, "no time has passed");
    }

    #[test]
    fn this_process_takes_memory_and_threads_and_lies_on_a_disk() {
        let row = Meter::default().sample(1, Path::new("."));
        let values: std::collections::BTreeMap<_, _> = row.values().collect();
        for name in ["proc.memory.rssMB", "proc.cpu.threads", "memory_percent", "disk./.usagePercent"] {
            assert!(values[name].as_f64().unwrap() > 0.0, "{name}: {values:?}");
        }
        assert!(!values.contains_key("cpu"), "a first measurement has no share");
    }
}
