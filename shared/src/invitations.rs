//! The users that a user may add to groups.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use crate::domain::{Circle, Privacy, UserId};
use crate::edge::FieldError;
use crate::store::{Chats, StoreError, Users};

/// The users of a request who cannot be added to a group.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Uninvitable {
    unknown: BTreeSet<UserId>,
    /// Users with a privacy setting that does not let the inviter in.
    unwilling: BTreeSet<UserId>,
}

impl fmt::Display for Uninvitable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let users = if self.unwilling.is_empty() { "unknown users" } else { "users that you cannot add" };
        write!(formatter, "{} {users}", self.len())
    }
}

impl Uninvitable {
    /// Those of these users who are unknown or erased. One call per 100 users.
    pub async fn unknown_among(users: &Users, invited: &[UserId]) -> Result<Self, StoreError> {
        let settings = users.privacy_among(invited).await?;
        Ok(Self { unknown: unknown_among(invited, &settings), unwilling: BTreeSet::new() })
    }

    /// Those of these users who are unknown, or do not let `inviter` add them to groups. One call per 100 users, and
    /// one per 50 users who let only their contacts.
    pub async fn among(
        (users, chats): (&Users, &Chats),
        inviter: UserId,
        invited: &[UserId],
    ) -> Result<Self, StoreError> {
        let settings = users.privacy_among(invited).await?;
        let unknown = unknown_among(invited, &settings);
        let with = |circle: Circle| {
            let users = settings.iter().filter(move |(_, privacy)| privacy.groups == circle);
            users.map(|(user, _)| *user).collect::<Vec<_>>()
        };
        let particular = with(Circle::Contacts);
        let friends = chats.with_contact(&particular, inviter).await?;
        let strangers = particular.into_iter().filter(|user| !friends.contains(user));
        Ok(Self { unknown, unwilling: strangers.chain(with(Circle::Nobody)).collect() })
    }

    /// Whether all users can be added.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of users who cannot be added.
    pub fn len(&self) -> usize {
        self.unknown.len() + self.unwilling.len()
    }

    /// The first of these errors, at most `max`, for the users in the order of the request's field. The reason does not
    /// tell the setting of an unwilling user.
    pub fn errors(&self, field: &str, requested: &[UserId], max: usize) -> Vec<FieldError> {
        let error = |(index, user): (usize, &UserId)| {
            let reason = if self.unknown.contains(user) {
                format!("names {user}, an unknown user")
            } else if self.unwilling.contains(user) {
                format!(
                    "names {user}, a user with privacy settings that do not let you add them: write to them instead"
                )
            } else {
                return None;
            };
            Some(FieldError { field: format!("{field}[{index}]"), reason })
        };
        requested.iter().enumerate().filter_map(error).take(max).collect()
    }
}

fn unknown_among(invited: &[UserId], settings: &HashMap<UserId, Privacy>) -> BTreeSet<UserId> {
    invited.iter().filter(|user| !settings.contains_key(user)).copied().collect()
}
