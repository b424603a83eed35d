//! Measures the scenarios one after the other, and prints what it finds.

use std::time::Instant;

use paloma_tests::World;

use crate::cast::{Cast, Chat};
use crate::conversation;
use crate::costs::Costs;
use crate::designs::{Design, Functions};
use crate::meter::Meter;
use crate::prices::{Options, Prices};
use crate::report;
use crate::results::{Measured, Medians, Results};
use crate::scenario::{DIRECT, LARGE, Scenario, scenarios};
use crate::travel::Travel;

/// Measures the scenarios with one of these words in their name, or all.
pub async fn all(prices: &Prices, wanted: &[&String]) -> Results {
    let started = Instant::now();
    let mut meter = Meter::start(prices.assumptions.clone()).await;
    let mut cast = Cast::of(meter.world).await;
    eprintln!("Users: {:.0?}", started.elapsed());
    let is_wanted = |each: &Scenario| wanted.is_empty() || wanted.iter().any(|name| each.name.contains(name.as_str()));
    let groups = scenarios().map(|group| group.into_iter().filter(is_wanted).collect::<Vec<_>>());
    let mut results = Results::default();
    let mut chats = Vec::new();
    for group in &groups {
        let first = chats.len();
        for scenario in group {
            chats.push(begin(meter.world, &mut cast, scenario).await);
        }
        meter.stretch().await;
        for (scenario, chat) in group.iter().zip(&mut chats[first..]) {
            let paloma = without_round(&mut meter, &mut cast, scenario, chat).await;
            print(scenario, &paloma, prices);
            results.measured.push(Measured::of(scenario, paloma));
        }
    }
    let groups = groups.concat();
    results.travel = travel(&mut cast, &groups, &mut chats).await;
    println!("\n{}", report::travel(&results));
    meter.stretch().await;
    let functions = Functions::deploy(meter.world, &cast).await;
    for (scenario, measured) in groups.iter().zip(&mut results.measured) {
        measured.seed = Design::Seed.measure(&meter, &functions, scenario, &cast).await;
        measured.receipt_rows = Design::ReceiptRows.measure(&meter, &functions, scenario, &cast).await;
    }
    eprintln!("All: {:.0?}", started.elapsed());
    results
}

/// The costs of a message of a scenario. A group moves up in the lists of its members once in ten minutes of the clock,
/// a small one once a minute: if that happens, the scenario is measured again.
async fn without_round(meter: &mut Meter, cast: &mut Cast, scenario: &Scenario, chat: &mut Chat) -> Costs {
    loop {
        cast.ping().await;
        conversation::run(meter.world, cast, scenario, chat).await;
        let mut costs = meter.stretch().await;
        // Of each batch: the head, and the sender's limit.
        let others = 2.0 * f64::from(scenario.bursts);
        let moves = costs.stage("update-summaries").calls_of("UpdateItem") - others;
        if scenario.is_direct() || moves < scenario.members as f64 / 2.0 {
            return costs.per(scenario.messages());
        }
    }
}

async fn begin(world: &'static World, cast: &mut Cast, scenario: &Scenario) -> Chat {
    let mut chat = cast.chat(world, scenario).await;
    conversation::begin(world, cast, scenario, &mut chat).await;
    chat
}

/// Compares the direct chat with the group of 1,000, if both are measured.
async fn travel(cast: &mut Cast, scenarios: &[Scenario], chats: &mut [Chat]) -> Option<Medians> {
    let index = |name: &str| scenarios.iter().position(|scenario| scenario.name == name);
    let [direct, large] = chats.get_disjoint_mut([index(DIRECT)?, index(LARGE)?]).expect("two chats");
    let travel = Travel::measure(cast, direct, large).await;
    let milliseconds = |time: std::time::Duration| time.as_secs_f64() * 1_000.0;
    Some(Medians { direct: milliseconds(travel.direct), large: milliseconds(travel.large) })
}

fn print(scenario: &Scenario, costs: &Costs, prices: &Prices) {
    println!("\n{}, of {} messages", scenario.name, scenario.messages());
    print!("{}", report::stages_of(costs, prices));
    for (stage, cost) in &costs.0 {
        let calls: Vec<_> = cost.calls.iter().map(|(operation, calls)| format!("{operation} {calls:.2}")).collect();
        if !calls.is_empty() {
            println!("  {stage}: {}", calls.join(", "));
        }
    }
    println!("  without extras: {} USD", report::dollars(prices.total(costs, Options::WithoutExtras)));
}
