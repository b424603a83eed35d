//! Reads the results of Angular's builds, one after each change.

use std::io::{BufRead, BufReader, Lines, Read};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde::Deserialize;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::child::OwnedChild;
use crate::error::Error;

/// The number of last lines that explain why a program ended.
const CAUSE_LINES: usize = 15;

/// The result of one build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Build {
    Built(Duration),
    /// Holds the errors. The old files stay.
    Failed(String),
}

/// A running build that builds again after each change, until this value is dropped.
#[derive(Debug)]
pub struct Builds {
    _child: OwnedChild,
    results: UnboundedReceiver<Result<Build, Error>>,
    files: PathBuf,
    /// The errors of the first build, until they are returned.
    first_errors: Option<String>,
}

impl Builds {
    pub(super) fn start(command: &Command, files: PathBuf) -> Result<Self, Error> {
        let (child, stdout) = OwnedChild::start(command)?;
        let (sender, results) = unbounded_channel();
        std::thread::spawn(move || {
            let mut log = BuildLog::new(stdout);
            for build in log.by_ref() {
                let _ = sender.send(Ok(build));
            }
            let _ = sender.send(Err(Error::WebBuild(log.cause())));
        });
        Ok(Self { _child: child, results, files, first_errors: None })
    }

    /// The folder of `index.html`.
    pub fn files(&self) -> &Path {
        &self.files
    }

    /// Waits for the first result, on a thread without a runtime.
    pub(super) fn wait_for_first(&mut self) -> Result<(), Error> {
        let ended = || Err(Error::WebBuild("the build was interrupted".to_owned()));
        match self.results.blocking_recv().unwrap_or_else(ended)? {
            Build::Built(_) => Ok(()),
            Build::Failed(errors) => {
                self.first_errors = Some(errors.clone());
                Err(Error::WebBuild(errors))
            }
        }
    }

    /// Whether the program has ended, so that it reacts to no change.
    pub(super) fn has_ended(&self) -> bool {
        self.results.is_closed()
    }

    /// Waits for the next result. Fails once if the program has ended, and waits for ever after that.
    pub async fn next(&mut self) -> Result<Build, Error> {
        if let Some(errors) = self.first_errors.take() {
            return Ok(Build::Failed(errors));
        }
        match self.results.recv().await {
            Some(result) => result,
            None => std::future::pending().await,
        }
    }
}

/// The results in the output of `ng build`, as JSON between lines of other text.
pub(super) struct BuildLog<R> {
    lines: Lines<BufReader<R>>,
    started: Instant,
    others: Vec<String>,
}

impl<R: Read> BuildLog<R> {
    pub fn new(output: R) -> Self {
        Self { lines: BufReader::new(output).lines(), started: Instant::now(), others: Vec::new() }
    }

    /// The last lines that are no result.
    pub fn cause(&self) -> String {
        cause(&self.others)
    }
}

impl<R: Read> Iterator for BuildLog<R> {
    type Item = Build;

    fn next(&mut self) -> Option<Build> {
        let mut json = String::new();
        for line in self.lines.by_ref().map_while(Result::ok) {
            let in_json = !json.is_empty() || line == "{";
            if in_json {
                json.push_str(&line);
            } else if line.starts_with('❯') {
                self.started = Instant::now();
            } else if !line.trim().is_empty() {
                self.others.push(line.clone());
            }
            if in_json && line == "}" {
                if let Ok(result) = serde_json::from_str::<BuildResult>(&json) {
                    return Some(result.build(self.started.elapsed()));
                }
                json.clear();
            }
        }
        None
    }
}

/// The last lines of a program's output, without npm's own if there are others.
pub(super) fn cause(lines: &[String]) -> String {
    let others: Vec<_> = lines.iter().map(String::as_str).filter(|line| !line.starts_with("npm ")).collect();
    let lines = if others.is_empty() { lines.iter().map(String::as_str).collect() } else { others };
    lines[lines.len().saturating_sub(CAUSE_LINES)..].join("\n")
}

#[derive(Deserialize)]
struct BuildResult {
    errors: Vec<String>,
}

impl BuildResult {
    fn build(self, took: Duration) -> Build {
        if self.errors.is_empty() { Build::Built(took) } else { Build::Failed(self.errors.join("\n")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = r#"
npm warn something
❯ Building...
✔ Building...
{
  "errors": [],
  "outputPaths": {
    "root": "file:///out"
  }
}
Watch mode enabled. Watching for file changes...
❯ Changes detected. Rebuilding...
{
  "errors": ["TS2552: Cannot find name 'signalx'."],
  "warnings": []
}
npm error code 1
"#;

    #[test]
    fn each_build_has_one_result() {
        let mut log = BuildLog::new(LOG.as_bytes());
        assert!(matches!(log.next(), Some(Build::Built(_))));
        assert_eq!(log.next(), Some(Build::Failed("TS2552: Cannot find name 'signalx'.".to_owned())));
        assert_eq!(log.next(), None);
        assert!(log.cause().ends_with("Watching for file changes..."), "{}", log.cause());
    }
}
