//! Reads the JSON lines that the engine appends to a file.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::marker::PhantomData;
use std::path::PathBuf;

use serde::de::DeserializeOwned;

/// Follows a file from its beginning. The file may not exist yet.
#[derive(Debug)]
pub struct Lines<T> {
    path: PathBuf,
    reader: Option<BufReader<File>>,
    /// The beginning of a line that the engine has not finished.
    partial: String,
    item: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Lines<T> {
    pub(crate) fn follow(path: PathBuf) -> Self {
        Self { path, reader: None, partial: String::new(), item: PhantomData }
    }

    /// Returns the complete lines since the last call.
    pub fn read(&mut self) -> Vec<T> {
        if self.reader.is_none() {
            self.reader = File::open(&self.path).ok().map(BufReader::new);
        }
        let Some(reader) = &mut self.reader else { return Vec::new() };
        let mut lines = Vec::new();
        while matches!(reader.read_line(&mut self.partial), Ok(1..)) && self.partial.ends_with('\n') {
            lines.extend(serde_json::from_str(&self.partial).ok());
            self.partial.clear();
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::logs::{LogLine, Logs};

    #[test]
    fn each_line_is_returned_once_and_complete() -> std::io::Result<()> {
        let path = std::env::temp_dir().join(format!("paloma-lines-{}", std::process::id()));
        let mut logs = Logs::follow(path.clone());
        assert_eq!(logs.read(), Vec::<LogLine>::new());

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
