//! Writes the tables into `docs/costs.md`, between the comments `<!-- NAME: … -->` and `<!-- end -->`, and the plots.

use std::fs;

use crate::plot;
use crate::prices::Prices;
use crate::report;
use crate::results::{Results, path};

const FILE: &str = "costs.md";
const END: &str = "<!-- end -->";
const STAGES: &str =
    "# Costs by stage\n\nWritten by `cargo bench --bench cost -- --write`. [Costs](../costs.md) explains it.\n\n";

pub fn write(results: &Results, prices: &Prices) {
    let blocks = [
        ("messages", report::messages(results, prices)),
        ("bill", report::bill(results, prices)),
        ("designs", report::designs(results, prices)),
        ("travel", report::travel(results)),
        ("months", report::months(results, prices)),
        ("prices", report::list(prices)),
    ];
    let mut text = fs::read_to_string(path(FILE)).expect("docs/costs.md");
    for (name, block) in blocks {
        text = replaced(&text, name, &block);
    }
    fs::write(path(FILE), text).expect("docs/costs.md to be written");
    fs::write(path("costs/stages.md"), STAGES.to_owned() + &report::stages(results, prices)).expect("a file");
    fs::write(path("costs/dollars.svg"), plot::dollars(results, prices)).expect("a file");
    fs::write(path("costs/groups.svg"), plot::groups(results)).expect("a file");
}

/// The text with another content between the comments of a block.
fn replaced(text: &str, name: &str, block: &str) -> String {
    let from = text.find(&format!("<!-- {name}")).unwrap_or_else(|| panic!("docs/costs.md has no block {name}"));
    let start = from + text[from..].find("-->").expect("the end of a comment") + 3;
    let end = start + text[start..].find(END).unwrap_or_else(|| panic!("the block {name} has no end"));
    format!("{}\n{block}{}", &text[..start], &text[end..])
}
