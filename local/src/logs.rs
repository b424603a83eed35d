//! What the functions log, as it comes.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use serde::Deserialize;

/// One line that a function logged.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LogLine {
    /// Name of the Lambda function, such as `dev-fan-out`.
    pub function: String,
    /// Local time at which the invocation ended, such as `2026-01-31T12:03:04.123`.
    pub time: String,
    /// The line; JSON if the function itself wrote it.
    pub message: String,
}

/// Follows the log of all functions from the beginning.
#[derive(Debug)]
pub struct Logs {
    path: PathBuf,
    reader: Option<BufReader<File>>,
    // A line that the engine had not written to its end.
    begun: String,
}

impl Logs {
    pub(crate) fn follow(path: PathBuf) -> Self {
        Self { path, reader: None, begun: String::new() }
    }

    /// The lines since the last call. A function's lines come when its invocation ends.
    pub fn read(&mut self) -> Vec<LogLine> {
        if self.reader.is_none() {
            self.reader = File::open(&self.path).ok().map(BufReader::new);
        }
        let Some(reader) = &mut self.reader else { return Vec::new() };
        let mut lines = Vec::new();
        while matches!(reader.read_line(&mut self.begun), Ok(1..)) && self.begun.ends_with('\n') {
            lines.extend(serde_json::from_str(&self.begun).ok());
            self.begun.clear();
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn lines_come_once_and_whole() -> std::io::Result<()> {
        let path = std::env::temp_dir().join(format!("paloma-logs-{}", std::process::id()));
        let mut logs = Logs::follow(path.clone());
        assert_eq!(logs.read(), []);

        let mut file = File::create(&path)?;
        file.write_all(b"{\"function\":\"dev-fan-out\",\"time\":\"t\",\"message\":\"one\"}\n{\"function\":")?;
        assert_eq!(logs.read().len(), 1);
        file.write_all(b"\"dev-typing\",\"time\":\"t\",\"message\":\"two\"}\n")?;
        let lines = logs.read();
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].function, "dev-typing");
        std::fs::remove_file(path)
    }
}
