//! The route of reports to operators.

use paloma::domain::Action;
use paloma::edge::ProblemKind;
use paloma::edge::api::{ReportRequest, ReportView};

use crate::route::{Route, json, of};

pub(crate) const REPORT: Route = Route::new(
    "POST",
    "/reports",
    "report",
    "Reports a message, a user or a chat to the operators, with a copy. A repetition makes no second report.",
)
.body(of::<ReportRequest>)
.answers(&[json(201, of::<ReportView>), json(200, of::<ReportView>)])
.problems_too(&[ProblemKind::NotFound, ProblemKind::Conflict])
.limits(&[Action::Report]);
