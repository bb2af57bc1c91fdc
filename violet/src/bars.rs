//! Downloads as progress bars on a terminal, as plain lines elsewhere.

use std::{
    collections::HashMap,
    io::IsTerminal as _,
    sync::{Mutex, PoisonError},
};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use inference::models::Progress;

/// Shows what a fetch tells.
pub struct Bars {
    all: MultiProgress,
    bars: Mutex<HashMap<String, ProgressBar>>,
    terminal: bool,
}

impl Default for Bars {
    fn default() -> Self {
        let terminal = std::io::stderr().is_terminal();
        Self { all: MultiProgress::new(), bars: Mutex::default(), terminal }
    }
}

impl Bars {
    fn line(&self, text: &str) {
        if self.terminal {
            // a line above the bars; nothing is lost when it can't be drawn
            let _ = self.all.println(text);
        } else {
            eprintln!("{text}");
        }
    }

    fn with<R>(&self, act: impl FnOnce(&mut HashMap<String, ProgressBar>) -> R) -> R {
        act(&mut self.bars.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Progress for Bars {
    fn started(&self, name: &str, total: u64) {
        if !self.terminal {
            self.line(&format!("    fetching {name} ({:.1} MB)", total as f64 / 1e6));
        }
        let template = "    {msg:<34} {bar:30} {bytes:>10}/{total_bytes:<10} {bytes_per_sec:>12} {eta:>4}";
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        self.with(|bars| {
            let bar = bars.entry(name.to_owned()).or_insert_with(|| self.all.add(ProgressBar::new(total)));
            bar.set_style(style);
            bar.set_length(total);
            bar.set_position(0);
            bar.set_message(name.to_owned());
        });
    }

    fn advanced(&self, name: &str, bytes: u64) {
        self.with(|bars| {
            if let Some(bar) = bars.get(name) {
                bar.inc(bytes);
            }
        });
    }

    fn finished(&self, name: &str) {
        if let Some(bar) = self.with(|bars| bars.remove(name)) {
            bar.finish();
        }
    }

    fn note(&self, text: &str) {
        self.line(&format!("    {text}"));
    }
}
