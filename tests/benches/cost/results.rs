//! The counts of a run. `docs/costs/counts.json` keeps those that `docs/costs.md` shows.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde::{Deserialize, Serialize};

use crate::costs::Costs;
use crate::scenario::Scenario;

const FILE: &str = "costs/counts.json";

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Results {
    pub measured: Vec<Measured>,
    pub travel: Option<Medians>,
}

/// The costs of one message of a scenario, in each design.
#[derive(Debug, Serialize, Deserialize)]
pub struct Measured {
    pub name: String,
    /// The day of the run, such as `2026-11-26`.
    pub date: String,
    pub members: usize,
    pub online: usize,
    pub burst: u32,
    pub paloma: Costs,
    pub seed: Costs,
    pub receipt_rows: Costs,
}

/// Median times from a send to the frame, in milliseconds.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Medians {
    pub direct: f64,
    pub large: f64,
}

impl Results {
    /// The counts of the last runs that were written; none before the first.
    pub fn saved() -> Self {
        let Ok(text) = fs::read_to_string(path(FILE)) else { return Self::default() };
        serde_json::from_str(&text).expect("counts as JSON")
    }

    /// Adds the counts of a run in place of older ones, in the order of `names`.
    pub fn update(&mut self, run: Self, names: &[String]) {
        self.measured.retain(|old| run.measured.iter().all(|new| new.name != old.name));
        self.measured.extend(run.measured);
        self.measured.retain(|measured| names.contains(&measured.name));
        self.measured.sort_by_key(|measured| names.iter().position(|name| *name == measured.name));
        self.travel = run.travel.or(self.travel);
    }

    pub fn save(&self) {
        let text = serde_json::to_string_pretty(self).expect("JSON") + "\n";
        fs::write(path(FILE), text).expect("docs/costs/counts.json to be written");
    }

    /// The scenario with this name.
    pub fn of(&self, name: &str) -> &Measured {
        self.measured.iter().find(|measured| measured.name == name).unwrap_or_else(|| panic!("no scenario {name}"))
    }
}

impl Measured {
    pub fn of(scenario: &Scenario, paloma: Costs) -> Self {
        let Scenario { name, members, online, burst, .. } = scenario.clone();
        let (seed, receipt_rows) = (Costs::default(), Costs::default());
        Self { name, date: today(), members, online, burst, paloma, seed, receipt_rows }
    }
}

/// A file in `docs/`.
pub fn path(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs")).join(name)
}

/// Today's date, such as `2026-11-26`.
fn today() -> String {
    let date = Command::new("date").args(["-u", "+%F"]).output().expect("date");
    String::from_utf8(date.stdout).expect("a date").trim().to_owned()
}
