//! What this process and everything below it take of the machine (Linux: `/proc`).

use std::{collections::HashSet, fs, io};

/// Seconds of processor of this process, of everything that it started, and of what those waited for.
///
/// # Panics
/// Where there is no `/proc`.
#[must_use]
pub fn cpu_seconds() -> f64 {
    let all = processes().expect("/proc can be read");
    let mut below = HashSet::from([std::process::id()]);
    loop {
        let known = below.len();
        below.extend(all.iter().filter(|p| below.contains(&p.parent)).map(|p| p.id).collect::<Vec<_>>());
        if below.len() == known {
            break;
        }
    }
    let ticks: u64 = all.iter().filter(|p| below.contains(&p.id)).map(|p| p.ticks).sum();
    ticks as f64 / rustix::param::clock_ticks_per_second() as f64
}

/// Resident bytes of all processes whose command line has these words in it.
///
/// # Errors
/// Where there is no `/proc`.
pub fn memory_of(words: &str) -> io::Result<u64> {
    let mut pages = 0;
    for process in processes()? {
        let line = fs::read(format!("/proc/{}/cmdline", process.id)).unwrap_or_default();
        if String::from_utf8_lossy(&line).contains(words) {
            let sizes = fs::read_to_string(format!("/proc/{}/statm", process.id)).unwrap_or_default();
            pages += sizes.split(' ').nth(1).and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
        }
    }
    Ok(pages * rustix::param::page_size() as u64)
}

/// Most bytes that were resident at once in this process since [`forget_peak`].
///
/// # Errors
/// Where there is no `/proc`.
pub fn peak_memory() -> io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
    let kilobytes: u64 = peak.and_then(|n| n.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
    Ok(kilobytes * 1024)
}

/// Begins to look for the peak anew.
///
/// # Errors
/// Where there is no `/proc`.
pub fn forget_peak() -> io::Result<()> {
    fs::write("/proc/self/clear_refs", "5")
}

struct Process {
    id: u32,
    parent: u32,
    /// Its own and those of children that it waited for, in user and system mode.
    ticks: u64,
}

fn processes() -> io::Result<Vec<Process>> {
    let ids = fs::read_dir("/proc")?.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    Ok(ids.filter_map(read).collect())
}

/// One line of `proc(5)`: behind the name in brackets come state, parent, and from the 14th field on the times.
fn read(id: u32) -> Option<Process> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    let ticks = fields.get(11..15)?.iter().filter_map(|n| n.parse::<u64>().ok()).sum();
    Some(Process { id, parent: fields.get(1)?.parse().ok()?, ticks })
}

#[cfg(test)]
mod tests {
    use std::{
        io::Read as _,
        process::{Command, Stdio},
    };

    use super::*;

    #[test]
    fn the_work_of_a_child_counts_while_it_lives_and_when_it_was_waited_for() {
        let before = cpu_seconds();
        let script = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; echo; read x";
        let mut child = Command::new("sh");
        let mut child =
            child.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
        let living = cpu_seconds() - before;
        drop(child.stdin.take());
        child.wait().unwrap();
        let gone = cpu_seconds() - before;
        assert!(living > 0.05 && gone >= living, "{living} {gone}");
    }

    #[test]
    fn memory_is_that_of_the_processes_named() {
        let mine = std::env::args().next().unwrap();
        assert!(memory_of(&mine).unwrap() > 1_000_000);
        assert_eq!(memory_of("no process is called like this").unwrap(), 0);
    }

    #[test]
    fn a_peak_is_seen_after_it_is_over_until_it_is_forgotten() {
        let before = peak_memory().unwrap();
        drop(std::hint::black_box(vec![1u8; 200 << 20]));
        assert!(peak_memory().unwrap() > before + (100 << 20));
        forget_peak().unwrap();
        assert!(peak_memory().unwrap() < before + (100 << 20));
    }
}
