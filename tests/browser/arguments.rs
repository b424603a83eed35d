//! The arguments of the command, as cargo passes them to every test target.

use std::fs;

use crate::playwright::folder;

/// Options of Rust's own test harness that have a value, if it is an argument of its own.
const WITH_VALUE: [&str; 7] = ["--skip", "--test-threads", "--format", "--color", "--logfile", "--shuffle-seed", "-Z"];

#[derive(Debug, Default)]
pub struct Arguments {
    /// Parts of test names. A test runs if its name has any of them; without parts, all run.
    pub filters: Vec<String>,
    /// Starts the stack, and runs no test.
    pub hold: bool,
    list: bool,
}

impl Arguments {
    pub fn read() -> Self {
        let mut read = Self::default();
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--hold" => read.hold = true,
                "--list" => read.list = true,
                // Options of Rust's own test harness: the value of one is no filter.
                option if WITH_VALUE.contains(&option) => drop(arguments.next()),
                option if option.starts_with('-') => {}
                _ => read.filters.push(argument),
            }
        }
        read
    }

    /// Whether any test may match. Filters are often names of other targets' tests, for which no stack should start.
    pub fn select_any(&self) -> bool {
        let matches = |text: &str| self.filters.iter().any(|filter| text.contains(filter.as_str()));
        !self.list && (self.filters.is_empty() || names().iter().any(|name| matches(name)))
    }
}

/// The names of the tests, read from the sources.
fn names() -> Vec<String> {
    let files = fs::read_dir(folder().join("tests")).into_iter().flatten().flatten();
    let sources = files.filter_map(|file| fs::read_to_string(file.path()).ok());
    let names = |source: String| {
        let lines = source.lines().filter(|line| line.trim_start().starts_with("test("));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    sources.flat_map(names).collect()
}
