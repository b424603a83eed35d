//! The arguments of the command, as cargo passes them to every test target.

use std::fs;

use crate::playwright::folder;

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
        for argument in std::env::args().skip(1) {
            match argument.as_str() {
                "--hold" => read.hold = true,
                "--list" => read.list = true,
                // Options of Rust's own test harness, such as --quiet.
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
