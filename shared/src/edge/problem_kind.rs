//! The kinds of problems. The list is complete: clients may rely on it.

/// A kind of problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProblemKind {
    /// 400: the request cannot be parsed.
    Malformed,
    /// 400: some fields are invalid.
    InvalidField,
    /// 401: the caller is unknown.
    Unauthenticated,
    /// 403: the caller lacks the permission.
    Forbidden,
    /// 404: the object does not exist, or the caller cannot access it.
    NotFound,
    /// 409: other data exists already.
    Conflict,
    /// 413: the request exceeds a size limit.
    TooLarge,
    /// 429: the request exceeds a rate limit.
    TooManyRequests,
    /// 501: the deployment does not have this feature.
    NotConfigured,
    /// 503: the request could not be finished.
    Unavailable,
}

impl ProblemKind {
    /// All kinds.
    pub const ALL: [Self; 10] = [
        Self::Malformed,
        Self::InvalidField,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::Conflict,
        Self::TooLarge,
        Self::TooManyRequests,
        Self::NotConfigured,
        Self::Unavailable,
    ];

    /// The kind for programs: a URN that never changes.
    pub const fn urn(self) -> &'static str {
        match self {
            Self::Malformed => "urn:paloma:problem:malformed",
            Self::InvalidField => "urn:paloma:problem:invalid-field",
            Self::Unauthenticated => "urn:paloma:problem:unauthenticated",
            Self::Forbidden => "urn:paloma:problem:forbidden",
            Self::NotFound => "urn:paloma:problem:not-found",
            Self::Conflict => "urn:paloma:problem:conflict",
            Self::TooLarge => "urn:paloma:problem:too-large",
            Self::TooManyRequests => "urn:paloma:problem:too-many-requests",
            Self::NotConfigured => "urn:paloma:problem:not-configured",
            Self::Unavailable => "urn:paloma:problem:unavailable",
        }
    }

    /// The kind in words.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Malformed => "The request is malformed",
            Self::InvalidField => "A field is invalid",
            Self::Unauthenticated => "You are not logged in",
            Self::Forbidden => "You are not allowed to do this",
            Self::NotFound => "Not found",
            Self::Conflict => "Conflict with existing data",
            Self::TooLarge => "The request is too large",
            Self::TooManyRequests => "Too many requests",
            Self::NotConfigured => "Not configured in this deployment",
            Self::Unavailable => "Temporarily unavailable",
        }
    }

    /// The HTTP status code.
    pub const fn status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::InvalidField => 400,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::TooLarge => 413,
            Self::TooManyRequests => 429,
            Self::NotConfigured => 501,
            Self::Unavailable => 503,
        }
    }
}
