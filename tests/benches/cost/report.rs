//! The tables of `docs/costs.md`, as Markdown.

use std::fmt::Write;

use crate::costs::{Cost, Costs};
use crate::prices::{Options, Prices, SERVICES};
use crate::results::{Measured, Results};
use crate::scenario::{DIRECT, DIRECT_OF_TEN};

use Options::{Everything, WithoutExtras};

/// Messages of a month: 1,000, 50,000 and 1,000,000 a day.
const MONTHLY_MESSAGES: [f64; 3] = [30e3, 1.5e6, 30e6];

/// One row per scenario.
pub fn messages(results: &Results, prices: &Prices) -> String {
    let rows = results.measured.iter().map(|measured| {
        let total = measured.paloma.total();
        let usd = |options| dollars(prices.total(&measured.paloma, options));
        vec![
            measured.name.clone(),
            one(total.all_calls()),
            one(total.writes),
            one(total.reads),
            one(total.log_bytes / 1024.0),
            usd(Everything),
            usd(WithoutExtras),
        ]
    });
    let head = ["per message", "calls", "write units", "read units", "log KB", "USD per million", "without extras"];
    table(&head, rows)
}

/// One table per scenario, with one row per stage.
pub fn stages(results: &Results, prices: &Prices) -> String {
    let sections = results.measured.iter().map(|Measured { name, date, paloma, .. }| {
        format!("## {}\n\nPer message, counted on {date}.\n\n{}", capital(name), stages_of(paloma, prices))
    });
    sections.collect::<Vec<_>>().join("\n")
}

pub fn stages_of(costs: &Costs, prices: &Prices) -> String {
    let bills = prices.bills(costs, Everything);
    let mut rows: Vec<_> =
        costs.0.iter().map(|(stage, cost)| stage_row(stage, cost, bills[stage].iter().sum())).collect();
    rows.push(stage_row("**together**", &costs.total(), prices.total(costs, Everything)));
    let head = [
        "stage",
        "calls",
        "write units",
        "read units",
        "log KB",
        "invocations",
        "SQS requests",
        "frames",
        "REST calls",
        "events",
        "USD per million",
    ];
    table(&head, rows)
}

fn stage_row(stage: &str, cost: &Cost, usd: f64) -> Vec<String> {
    let figures = [
        cost.all_calls(),
        cost.writes,
        cost.reads,
        cost.log_bytes / 1024.0,
        cost.all_invocations(),
        cost.queue_requests(),
        cost.frames(),
        cost.invocations_by("rest"),
        cost.events.values().sum(),
    ];
    let figures = figures.map(|figure| if figure == 0.0 { String::new() } else { one(figure) });
    [vec![stage.to_owned()], figures.to_vec(), vec![dollars(usd)]].concat()
}

/// The bill of a direct message by service, and by stage.
pub fn bill(results: &Results, prices: &Prices) -> String {
    let (single, ten) = (&results.of(DIRECT).paloma, &results.of(DIRECT_OF_TEN).paloma);
    let columns = [(single, Everything), (single, WithoutExtras), (ten, Everything), (ten, WithoutExtras)];
    let bills = columns.map(|(costs, options)| prices.bills(costs, options));
    let totals = bills.iter().map(|bill| format!("**{}**", dollars(bill.values().flatten().sum()))).collect::<Vec<_>>();
    let together = [vec!["**together**".to_owned()], totals].concat();
    let by_service = SERVICES.iter().enumerate().map(|(index, service)| {
        let sums = bills.iter().map(|bill| dollars(bill.values().map(|of_stage| of_stage[index]).sum()));
        [vec![(*service).to_owned()], sums.collect()].concat()
    });
    let by_stage = single.0.keys().map(|stage| {
        let sums = bills.iter().map(|bill| dollars(bill.get(stage).map_or(0.0, |of_stage| of_stage.iter().sum())));
        [vec![stage.clone()], sums.collect()].concat()
    });
    let options = ["everything on", "without extras", "ten at once", "ten at once, without extras"];
    let head = |first| [vec![first], options.to_vec()].concat();
    format!(
        "{}\n{}",
        table(&head("USD per million messages"), by_service.chain([together])),
        table(&head("by stage"), by_stage)
    )
}

/// Paloma beside the other designs.
pub fn designs(results: &Results, prices: &Prices) -> String {
    let cells = |costs: &Costs| {
        let total = costs.total();
        [one(total.all_calls()), one(total.writes), one(total.reads), dollars(prices.total(costs, Everything))]
    };
    let rows = results.measured.iter().map(|Measured { name, paloma, seed, receipt_rows, .. }| {
        let designs = [paloma, seed, receipt_rows].map(cells);
        let figure = |index: usize| designs.iter().map(|cells| cells[index].clone()).collect::<Vec<_>>().join(" · ");
        vec![name.clone(), figure(0), figure(1), figure(2), figure(3)]
    });
    table(&["Paloma · seed · rows, per message", "calls", "write units", "read units", "USD per million"], rows)
}

/// The bills of a month.
pub fn months(results: &Results, prices: &Prices) -> String {
    let usd = prices.total(&results.of(DIRECT).paloma, Everything);
    // The rows add up to the total as they are shown, in cents.
    let messages = MONTHLY_MESSAGES.map(|messages| (messages * usd / 1e4).round() / 1e2);
    let row = |what: &str, how: &str, usd: [f64; 3]| {
        [vec![what.to_owned(), how.to_owned()], usd.map(monthly).to_vec()].concat()
    };
    let mut rows = vec![
        ["messages a day", "", "1,000", "50,000", "1,000,000"].map(str::to_owned).to_vec(),
        ["users (20 messages a day each)", "", "50", "2,500", "50,000"].map(str::to_owned).to_vec(),
        row("messages", &format!("30 days at {} per million, logs included", dollars(usd)), messages),
    ];
    rows.extend(prices.months.iter().map(|month| row(&month.what, &month.how, month.usd)));
    let sum = [0, 1, 2].map(|size| messages[size] + prices.months.iter().map(|month| month.usd[size]).sum::<f64>());
    let sums = sum.map(|sum| format!("**{}**", monthly(sum)));
    rows.push([vec!["**without Cognito**".to_owned(), String::new()], sums.to_vec()].concat());
    let cognito = ["Cognito, plan Essentials", "0.015 a month for each user beyond 10,000", "0", "0", "600"];
    rows.push(cognito.map(str::to_owned).to_vec());
    table(&["a month", "calculation", "small", "medium", "large"], rows)
}

/// The prices and assumptions.
pub fn list(prices: &Prices) -> String {
    let rows = prices.prices.values().map(|price| {
        let unit = if price.per > 1.0 { " per million" } else { "" };
        vec![price.of.clone(), format!("{}{unit}", price.usd), format!("<{}>", price.source)]
    });
    format!(
        "{}, {}, in USD, without free tiers.\n\n{}",
        prices.region,
        prices.date,
        table(&["price", "USD", "source"], rows)
    )
}

/// The times from a send to the frame.
pub fn travel(results: &Results) -> String {
    let Some(medians) = results.travel else { return String::new() };
    format!(
        "Median time from a send to the frame of the one member who is online, messages in turn: {:.0} ms in\n\
         a direct chat, {:.0} ms in a group of 1,000; ratio {:.2}.\n",
        medians.direct,
        medians.large,
        medians.large / medians.direct
    )
}

fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut text = format!("| {} |\n|{}\n", head.join(" | "), " --- |".repeat(head.len()));
    for row in rows {
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
    text
}

/// With one decimal, and commas between thousands.
pub fn one(figure: f64) -> String {
    if figure < 999.95 { format!("{figure:.1}") } else { thousands(figure) }
}

pub fn dollars(usd: f64) -> String {
    if usd < 999.5 { format!("{usd:.2}") } else { thousands(usd) }
}

fn monthly(usd: f64) -> String {
    if usd < 20.0 { format!("{usd:.2}") } else { thousands(usd) }
}

fn thousands(figure: f64) -> String {
    let digits = format!("{figure:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn capital(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    first.to_uppercase() + rest
}
