//! A run as it is given to our writer, and so what everybody must find in it.

use process::clock::Clock;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

use super::{
    chance::{closed, free, graded, measured, setting, word},
    *,
};

/// All that goes into a run.
pub(super) struct Written {
    pub id: String,
    pub settings: Settings,
    pub config: Map<String, Value>,
    machine: Machine,
    /// In microseconds since the epoch, as all times here.
    pub began: i64,
    told: Vec<(i64, Told)>,
    pub exit_code: i32,
    pub ended: i64,
}

/// What is told a run while it goes on.
enum Told {
    Row(Row),
    Stats(Row),
}

impl Written {
    /// The committed one.
    pub(super) fn committed() -> Self {
        let (mut told, mut now) = (Vec::new(), BEGAN);
        for number in 1..=ROUNDS {
            for one in 1..=TASKS / ROUNDS {
                now += 250_000;
                let one = (number - 1) * (TASKS / ROUNDS) + one;
                told.push((now, Told::Row(task(one).row(one))));
            }
            now += 1_000_001;
            told.push((now, Told::Stats(sample(number))));
            told.push((now, Told::Row(round(number).row())));
        }
        let (settings, config, machine) = (settings(Path::new("")), config(), machine());
        let (id, ended) = (ID.to_owned(), now + 2_000_000);
        Self { id, settings, config, machine, began: BEGAN, told, exit_code: 0, ended }
    }

    /// One of today, with names and values by chance. Its last word is a row.
    pub(super) fn today(seed: u64) -> Self {
        let mut chance = StdRng::seed_from_u64(seed);
        let began = Clock::system().micros();
        let id = run_id(&mut chance);
        let mut settings = settings(Path::new(""));
        settings.project = format!("violet-{}", run_id(&mut chance));
        settings.entity = Some(format!("team_{}", run_id(&mut chance)));
        settings.name = Some(word(&mut chance));
        let mut config = config();
        for number in 0..20 {
            config.insert(format!("set_{number}"), setting(&mut chance, 3));
        }
        let (mut told, mut now) = (Vec::new(), began);
        for number in 1..=chance.random_range(2..5) {
            for _ in 0..chance.random_range(20..60) {
                now += chance.random_range(1..20_000_000);
                let row = if chance.random_bool(0.2) { free(&mut chance) } else { graded(&mut chance) };
                told.push((now, Told::Row(row)));
            }
            told.push((now, Told::Stats(measured(&mut chance))));
            now += chance.random_range(1..20_000_000);
            told.push((now, Told::Row(closed(&mut chance, number).row())));
        }
        let (exit_code, ended) = (chance.random_range(0..100), now + 2_000_000);
        Self { id, settings, config, machine: machine(), began, told, exit_code, ended }
    }

    /// Writes it into `dir` and says in which folder it is.
    pub(super) fn write(&self, dir: &Path, mode: Mode) -> PathBuf {
        let mut settings = self.settings.clone();
        (settings.mode, settings.dir) = (mode, dir.to_owned());
        let machine = self.machine.clone();
        let beginning =
            Beginning { settings: &settings, id: &self.id, program: "scorer", config: &self.config, machine };
        let mut run = Run::begin(&beginning, self.began).unwrap();
        let folder = run.folder().to_owned();
        for (now, told) in &self.told {
            match told {
                Told::Row(row) => run.row(row, *now).unwrap(),
                Told::Stats(sample) => run.stats(sample, *now).unwrap(),
            }
        }
        run.finish(self.exit_code, self.ended).unwrap();
        folder
    }

    /// The lines of its history.
    pub(super) fn history(&self) -> Vec<Value> {
        let rows = self.told.iter().filter_map(|(now, told)| match told {
            Told::Row(row) => Some((now, row)),
            Told::Stats(_) => None,
        });
        let line = |(step, (now, row)): (usize, (&i64, &Row))| {
            let mut line = object(row);
            line.insert("_step".to_owned(), step.into());
            line.insert("_timestamp".to_owned(), (*now as f64 / 1e6).into());
            line.insert("_runtime".to_owned(), ((now - self.began) as f64 / 1e6).into());
            Value::Object(line)
        };
        rows.enumerate().map(line).collect()
    }

    /// The measurements of the system, each with its time.
    pub(super) fn stats(&self) -> Vec<(i64, Map<String, Value>)> {
        let stats = self.told.iter().filter_map(|(now, told)| match told {
            Told::Stats(sample) => Some((*now, object(sample))),
            Told::Row(_) => None,
        });
        stats.collect()
    }

    /// What was last said of each name, and how many whole seconds it took.
    pub(super) fn summary(&self) -> Value {
        let mut all = Map::new();
        for line in self.history() {
            all.extend(line.as_object().unwrap().clone());
        }
        all.insert("_wandb".to_owned(), json!({"runtime": self.runtime()}));
        Value::Object(all)
    }

    pub(super) fn runtime(&self) -> i64 {
        (self.ended - self.began) / 1_000_000
    }
}

fn object(row: &Row) -> Map<String, Value> {
    row.values().map(|(name, value)| (name.to_owned(), value.clone())).collect()
}
