//! Two plots as SVG, readable on light and dark backgrounds.

use std::fmt::Write;

use crate::costs::Costs;
use crate::prices::{Bill, Options, Prices};
use crate::report;
use crate::results::Results;
use crate::scenario::{DIRECT, DIRECT_OF_TEN};

/// The costs of one design in a measurement.
type CostsOf = fn(&crate::results::Measured) -> &Costs;

const WIDTH: f64 = 760.0;
const STYLE: &str = "<style>text{font:13px system-ui,sans-serif;fill:#24292f}.axis{stroke:#8c959f;fill:none}\
                     .grid{stroke:#8c959f;stroke-opacity:.3}\
                     @media(prefers-color-scheme:dark){text{fill:#e6edf3}}</style>\n";

/// Services that share a colour: their name, their indices in the bill, the colour.
const SHARES: [(&str, &[usize], &str); 6] = [
    ("DynamoDB", &[0, 1], "#3b82f6"),
    ("Lambda", &[2, 3], "#f59e0b"),
    ("SQS", &[4], "#a855f7"),
    ("API Gateway", &[5, 6], "#10b981"),
    ("logs, traces", &[7, 9], "#94a3b8"),
    ("events, push", &[8, 10], "#ef4444"),
];

/// Dollars of a direct message, one bar per design.
pub fn dollars(results: &Results, prices: &Prices) -> String {
    let (one, ten) = (results.of(DIRECT), results.of(DIRECT_OF_TEN));
    let bill = |costs: &Costs, options| sum(prices.bills(costs, options).into_values());
    let bars = [
        ("seed", bill(&one.seed, Options::Everything)),
        ("a row per receipt", bill(&one.receipt_rows, Options::Everything)),
        ("Paloma, everything on", bill(&one.paloma, Options::Everything)),
        ("Paloma, without extras", bill(&one.paloma, Options::WithoutExtras)),
        ("Paloma, ten at once", bill(&ten.paloma, Options::Everything)),
    ];
    let (left, top, height) = (170.0, 62.0, 26.0);
    let most = bars.iter().map(|(_, bill)| bill.iter().sum::<f64>()).fold(0.0, f64::max);
    let scale = (WIDTH - left - 70.0) / most;
    let mut body = words(0.0, 16.0, "USD per million direct messages, delivered and read");
    for (index, (name, _, colour)) in SHARES.iter().enumerate() {
        let x = index as f64 * 122.0;
        let _ = writeln!(body, r#"<rect x="{x}" y="30" width="12" height="12" fill="{colour}"/>"#);
        body += &words(x + 17.0, 41.0, name);
    }
    for (row, (name, bill)) in bars.iter().enumerate() {
        let y = top + row as f64 * (height + 10.0);
        let mut x = left;
        body += &words(0.0, y + 18.0, name);
        for (_, indices, colour) in SHARES {
            let width = indices.iter().map(|index| bill[*index]).sum::<f64>() * scale;
            let _ =
                writeln!(body, r#"<rect x="{x:.1}" y="{y}" width="{width:.1}" height="{height}" fill="{colour}"/>"#);
            x += width;
        }
        body += &words(x + 8.0, y + 18.0, &report::dollars(bill.iter().sum()));
    }
    svg(top + bars.len() as f64 * (height + 10.0), &body)
}

/// Write units of a message by the size of its chat, with one member online, on logarithmic axes.
pub fn groups(results: &Results) -> String {
    let sizes: Vec<_> = results.measured.iter().filter(|measured| is_point(measured.online, measured.burst)).collect();
    let sizes: Vec<_> = sizes.into_iter().filter(|measured| measured.members > 2 || measured.name == DIRECT).collect();
    let designs: [(&str, &str, CostsOf); 3] = [
        ("Paloma", "#3b82f6", |measured| &measured.paloma),
        ("seed", "#f59e0b", |measured| &measured.seed),
        ("a row per receipt", "#ef4444", |measured| &measured.receipt_rows),
    ];
    let (left, right, top, bottom) = (46.0, 620.0, 40.0, 270.0);
    let x = |members: f64| left + members.log10() / 3.0 * (right - left);
    let y = |units: f64| bottom - units.max(1.0).log10() / 4.0 * (bottom - top);
    let mut body = words(0.0, 16.0, "Write units per message by members of the chat, one of them online");
    for (exponent, label) in ["1", "10", "100", "1,000", "10,000"].iter().enumerate() {
        let at = y(10_f64.powi(i32::try_from(exponent).unwrap_or_default()));
        let _ = writeln!(body, r#"<path class="grid" d="M{left} {at:.1}H{right}"/>"#);
        body += &words(0.0, at + 4.0, label);
    }
    let mut taken: Vec<f64> = Vec::new();
    for (name, colour, of) in designs {
        let points: Vec<_> = sizes.iter().map(|each| (x(each.members as f64), y(of(each).total().writes))).collect();
        let line: Vec<_> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = writeln!(
            body,
            r#"<polyline points="{}" fill="none" stroke="{colour}" stroke-width="2.5"/>"#,
            line.join(" ")
        );
        for (x, y) in &points {
            let _ = writeln!(body, r#"<circle cx="{x:.1}" cy="{y:.1}" r="4" fill="{colour}"/>"#);
        }
        if let Some((x, mut y)) = points.last().copied() {
            while taken.iter().any(|other| (other - y).abs() < 15.0) {
                y += 15.0;
            }
            taken.push(y);
            body += &words(x + 10.0, y + 4.0, name);
        }
    }
    for each in &sizes {
        let label = report::one(each.members as f64).trim_end_matches(".0").to_owned();
        body += &words(x(each.members as f64) - 8.0, bottom + 20.0, &label);
    }
    svg(bottom + 28.0, &body)
}

fn is_point(online: usize, burst: u32) -> bool {
    online == 1 && burst == 1
}

fn sum(bills: impl Iterator<Item = Bill>) -> Bill {
    bills.fold(Bill::default(), |mut sum, bill| {
        sum.iter_mut().zip(bill).for_each(|(sum, part)| *sum += part);
        sum
    })
}

fn words(x: f64, y: f64, words: &str) -> String {
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\">{words}</text>\n")
}

fn svg(height: f64, body: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\">\n{STYLE}{body}</svg>\n"
    )
}
