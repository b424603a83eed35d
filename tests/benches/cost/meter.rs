//! Reads the counts of the engine (`local/engine/costs.py`), and the bytes of the functions' logs.

use std::time::{Duration, Instant};

use paloma_local::Logs;
use paloma_tests::World;

use crate::costs::{ACCESS_LOG, Costs, Count};
use crate::prices::Assumptions;

/// Time without any work after which the pipeline counts as idle. Relay's batching window is 5 s.
const IDLE: Duration = Duration::from_millis(6_500);
/// Time between two looks at the counts.
const LOOK: Duration = Duration::from_millis(500);
/// Time limit until the pipeline is idle.
const LIMIT: Duration = Duration::from_secs(180);

/// Measures one stretch of time after the other.
pub struct Meter {
    pub world: &'static World,
    http: reqwest::Client,
    logs: Logs,
    pub assumptions: Assumptions,
}

impl Meter {
    pub async fn start(assumptions: Assumptions) -> Self {
        let world = World::counting().await;
        Self { world, http: reqwest::Client::new(), logs: world.stack.logs(), assumptions }
    }

    /// Waits until the pipeline is idle. Returns the costs of the stretch that ends here.
    pub async fn stretch(&mut self) -> Costs {
        let (started, mut quiet, mut costs) = (Instant::now(), Instant::now(), Costs::default());
        while quiet.elapsed() < IDLE {
            tokio::time::sleep(LOOK).await;
            if self.count_into(&mut costs).await {
                quiet = Instant::now();
            }
            assert!(started.elapsed() < LIMIT, "the pipeline is not idle after {LIMIT:?}: {costs:?}");
        }
        self.add_logs(&mut costs);
        costs
    }

    /// The costs since the last stretch, of a design that has no pipeline.
    pub async fn costs(&self) -> Costs {
        let mut costs = Costs::default();
        self.count_into(&mut costs).await;
        costs
    }

    /// Whether there was anything to count.
    async fn count_into(&self, costs: &mut Costs) -> bool {
        let url = format!("{}/_paloma/costs", self.world.description().endpoint_url);
        let answer = self.http.get(url).send().await.expect("the engine's counts");
        let counts: Vec<Count> = answer.json().await.expect("counts as JSON");
        counts.iter().for_each(|count| costs.add(count));
        !counts.is_empty()
    }

    /// Adds the lines that functions have logged, and those that the engine does not write: Lambda's own and the access
    /// logs.
    fn add_logs(&mut self, costs: &mut Costs) {
        for line in self.logs.read() {
            costs.add_line(&line.function, line.message.len());
        }
        let mut requests = 0.0;
        for cost in costs.0.values_mut() {
            cost.log_bytes += cost.all_invocations() * self.assumptions.lambda_log_bytes();
            requests += cost.invocations_by("frame") + cost.invocations_by("rest");
        }
        costs.stage(ACCESS_LOG).log_bytes = requests * self.assumptions.access_log_bytes;
    }
}
