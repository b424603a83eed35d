//! The query of `GET /users`.

use std::collections::HashSet;
use std::str::FromStr;

use paloma::domain::{Email, IdError, UserId};
use paloma::edge::{FieldError, Problem, Request};

/// Maximum number of ids in one request.
const MAX_IDS: usize = 100;

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Search {
    Email(Email),
    /// Without duplicates.
    Ids(Vec<UserId>),
}

/// `ids=a,b,…`
struct Ids(Vec<UserId>);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum IdsError {
    #[error("must be user ids, separated by commas; each {0}")]
    NotIds(#[from] IdError),
    #[error("must be at most {MAX_IDS} user ids, but are {0}")]
    TooMany(usize),
}

impl Search {
    /// # Errors
    /// 400 if `email` and `ids` are both missing or both given, or if one is invalid.
    pub fn of(request: &Request) -> Result<Self, Problem> {
        match (request.query::<String>("email")?, request.query::<Ids>("ids")?) {
            (Some(_), Some(_)) => {
                let alone =
                    |field: &str| FieldError { field: field.to_owned(), reason: "must be given alone".to_owned() };
                Err(Problem::fields(vec![alone("email"), alone("ids")]))
            }
            (None, Some(Ids(ids))) => Ok(Self::Ids(ids)),
            (Some(email), None) => {
                Email::try_from(email).map(Self::Email).map_err(|error| Problem::field("email", error))
            }
            (None, None) => Err(Problem::field("email", "is missing: give email or ids")),
        }
    }
}

impl FromStr for Ids {
    type Err = IdsError;

    fn from_str(text: &str) -> Result<Self, IdsError> {
        let count = text.split(',').count();
        if count > MAX_IDS {
            return Err(IdsError::TooMany(count));
        }
        let mut ids = text.split(',').map(str::parse).collect::<Result<Vec<UserId>, _>>()?;
        let mut seen = HashSet::new();
        ids.retain(|id| seen.insert(*id));
        Ok(Self(ids))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_a_hundred_ids_are_parsed_without_duplicates() {
        let ids: Vec<_> = (0..101).map(|_| UserId::random()).collect();
        let text = |ids: &[UserId]| ids.iter().map(UserId::to_string).collect::<Vec<_>>().join(",");
        assert_eq!(text(&ids[..100]).parse::<Ids>().map(|Ids(ids)| ids).unwrap(), ids[..100]);
        assert_eq!(text(&ids).parse::<Ids>().err(), Some(IdsError::TooMany(101)));
        let [one, other] = [ids[0], ids[1]];
        assert_eq!(text(&[one, other, one]).parse::<Ids>().map(|Ids(ids)| ids).unwrap(), [one, other]);
        for bad in ["", ",", "ana", &format!("{one},"), &format!("{one} {other}")] {
            assert_eq!(bad.parse::<Ids>().err(), Some(IdsError::NotIds(IdError)), "{bad}");
        }
    }
}
