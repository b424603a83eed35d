//! The Reports table: one row per report, kept for 90 days. Its stream drives the events.

mod rows;
mod subjects;
mod table;

pub use table::{ReportCursor, Reports};
