//! The parts of a row in the table of routes.

use paloma::domain::Action;
use paloma::edge::ProblemKind;
use schemars::{JsonSchema, Schema, SchemaGenerator};

/// Makes the schema of a type.
pub type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// The schema of `T`.
pub fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// One route of the REST API.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    pub method: &'static str,
    pub path: &'static str,
    pub operation: &'static str,
    pub summary: &'static str,
    pub auth: Auth,
    /// Query parameters: name, type, description.
    pub query: &'static [(&'static str, &'static str, &'static str)],
    pub request: Option<RequestBody>,
    pub answers: &'static [Answer],
    /// The problems that only this route has; [`Route::problems`] adds those that follow from its shape.
    pub own_problems: &'static [ProblemKind],
    pub limits: &'static [Action],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// An access token with the scope `paloma`, which the gateway checks.
    Bearer,
    None,
}

#[derive(Debug, Clone, Copy)]
pub struct RequestBody {
    pub required: bool,
    pub schema: SchemaOf,
}

#[derive(Debug, Clone, Copy)]
pub struct Answer {
    pub status: u16,
    /// None for an answer without a body.
    pub schema: Option<SchemaOf>,
}

impl Route {
    pub const fn new(method: &'static str, path: &'static str, operation: &'static str, summary: &'static str) -> Self {
        Self {
            method,
            path,
            operation,
            summary,
            auth: Auth::Bearer,
            query: &[],
            request: None,
            answers: &[],
            own_problems: &[],
            limits: &[],
        }
    }

    pub const fn open(self) -> Self {
        Self { auth: Auth::None, ..self }
    }

    pub const fn query(self, query: &'static [(&'static str, &'static str, &'static str)]) -> Self {
        Self { query, ..self }
    }

    pub const fn body(self, schema: SchemaOf) -> Self {
        Self { request: Some(RequestBody { required: true, schema }), ..self }
    }

    pub const fn optional_body(self, schema: SchemaOf) -> Self {
        Self { request: Some(RequestBody { required: false, schema }), ..self }
    }

    pub const fn answers(self, answers: &'static [Answer]) -> Self {
        Self { answers, ..self }
    }

    pub const fn problems_too(self, own_problems: &'static [ProblemKind]) -> Self {
        Self { own_problems, ..self }
    }

    pub const fn limits(self, limits: &'static [Action]) -> Self {
        Self { limits, ..self }
    }

    /// The key of the route in the template.
    pub fn key(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The names of the parameters in the path.
    pub fn path_parameters(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }

    /// All problems that the function can answer with, each once, sorted.
    pub fn problems(&self) -> Vec<ProblemKind> {
        let mut kinds = vec![ProblemKind::Unavailable];
        kinds.extend(self.own_problems);
        if self.auth == Auth::Bearer {
            kinds.push(ProblemKind::Unauthenticated);
        }
        if self.request.is_some() {
            kinds.extend([ProblemKind::Malformed, ProblemKind::InvalidField, ProblemKind::TooLarge]);
        }
        if !self.query.is_empty() {
            kinds.push(ProblemKind::InvalidField);
        }
        if self.path.contains('{') {
            kinds.push(ProblemKind::NotFound);
        }
        if !self.limits.is_empty() {
            kinds.push(ProblemKind::TooManyRequests);
        }
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }
}

pub const fn json(status: u16, schema: SchemaOf) -> Answer {
    Answer { status, schema: Some(schema) }
}

pub const fn empty(status: u16) -> Answer {
    Answer { status, schema: None }
}
