//! The counts of the engine, and the bytes of the functions' logs.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use paloma_tests::World;
use serde::Deserialize;

/// Time without a call after which the pipeline counts as idle.
const IDLE: Duration = Duration::from_secs(5);
/// Time limit until the pipeline is idle.
const LIMIT: Duration = Duration::from_secs(120);

/// Measures one stretch of time after the other.
pub struct Meter {
    pub world: &'static World,
    http: reqwest::Client,
}

/// The costs of a stretch of time, by function.
#[derive(Debug, Default)]
pub struct Costs(BTreeMap<String, Cost>);

/// The costs of one function.
#[derive(Debug, Default)]
struct Cost {
    /// Calls by operation.
    calls: BTreeMap<String, u64>,
    reads: f64,
    writes: f64,
    log_bytes: usize,
}

/// A count as `local/engine/costs.py` reports it.
#[derive(Debug, Deserialize)]
struct Count {
    role: String,
    operation: String,
    calls: u64,
    reads: f64,
    writes: f64,
}

impl Meter {
    pub async fn start() -> Self {
        Self { world: World::counting().await, http: reqwest::Client::new() }
    }

    /// Waits until the pipeline is idle, and starts a new stretch.
    pub async fn reset(&self) {
        self.idle().await;
    }

    /// The costs since the last reset, when the pipeline is idle again.
    pub async fn costs(&self, mut logs: paloma_local::Logs) -> Costs {
        let mut costs = self.idle().await;
        for line in logs.read() {
            let function = line.function.split_once('-').map_or(line.function.as_str(), |(_, name)| name).to_owned();
            costs.0.entry(function).or_default().log_bytes += line.message.len() + 1;
        }
        costs
    }

    /// Waits until no function has called AWS for a while, and returns all counts until then.
    async fn idle(&self) -> Costs {
        let (started, mut costs) = (Instant::now(), Costs::default());
        loop {
            tokio::time::sleep(IDLE).await;
            let counts = self.counts().await;
            if counts.is_empty() {
                return costs;
            }
            counts.into_iter().for_each(|count| costs.add(count));
            assert!(started.elapsed() < LIMIT, "the pipeline is not idle after {LIMIT:?}: {costs:?}");
        }
    }

    async fn counts(&self) -> Vec<Count> {
        let url = format!("{}/_paloma/costs", self.world.description().endpoint_url);
        let answer = self.http.get(url).send().await.expect("the engine's counts");
        answer.json().await.expect("counts as JSON")
    }
}

impl Costs {
    fn add(&mut self, count: Count) {
        let cost = self.0.entry(function_of(&count.role)).or_default();
        *cost.calls.entry(count.operation).or_default() += count.calls;
        cost.reads += count.reads;
        cost.writes += count.writes;
    }

    pub fn print(&self, name: &str, messages: u32) {
        let per = |value: f64| value / f64::from(messages);
        println!("\n{name}\n  {:<28} {:>7} {:>7} {:>7} {:>8}", "", "calls", "writes", "reads", "log KB");
        let mut total = (0.0, 0.0, 0.0, 0.0);
        for (function, cost) in &self.0 {
            let calls = per(cost.calls.values().sum::<u64>() as f64);
            let row = (calls, per(cost.writes), per(cost.reads), per(cost.log_bytes as f64) / 1024.0);
            let operations: Vec<_> =
                cost.calls.iter().map(|(operation, calls)| format!("{operation} {:.2}", per(*calls as f64))).collect();
            println!(
                "  {function:<28} {:>7.2} {:>7.2} {:>7.2} {:>8.2}   {}",
                row.0,
                row.1,
                row.2,
                row.3,
                operations.join(", ")
            );
            total = (total.0 + row.0, total.1 + row.1, total.2 + row.2, total.3 + row.3);
        }
        println!("  {:<28} {:>7.2} {:>7.2} {:>7.2} {:>8.2}", "total", total.0, total.1, total.2, total.3);
    }
}

/// The function with a role, such as `fan-out` for `paloma-dev-FanOutFunctionRole-…`.
fn function_of(role: &str) -> String {
    let Some(name) = role.split('-').find_map(|part| part.strip_suffix("FunctionRole")) else { return role.to_owned() };
    name.chars().fold(String::new(), |mut kebab, letter| {
        if letter.is_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.extend(letter.to_lowercase());
        kebab
    })
}
