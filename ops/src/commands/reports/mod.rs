//! `paloma reports`: the reports of messages, users and chats that wait for a decision.

mod item;
mod list;
mod resolve;
mod show;

use clap::{Args, Subcommand};
use paloma::domain::ReportId;

use crate::{Failure, Outcome, Output, Stack};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Lists the open reports, the newest first
    List(list::Arguments),
    /// Shows a report with the copy of the item, and the other reports of the same item
    Show {
        /// Id of the report
        #[arg(value_name = "REPORT_ID")]
        report: ReportId,
    },
    /// Resolves a report with a decision and its reason
    Resolve(resolve::Arguments),
}

pub async fn run(arguments: &Arguments, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    match &arguments.action {
        Action::List(arguments) => list::run(arguments, stack, output).await,
        Action::Show { report } => show::run(*report, stack, output).await,
        Action::Resolve(arguments) => resolve::run(arguments, stack, output).await,
    }
}
