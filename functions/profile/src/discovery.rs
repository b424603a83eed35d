//! The search for a user by address.

use paloma::domain::{Email, User, UserId};
use paloma::edge::Problem;

use crate::Profile;

impl Profile {
    /// The user with this address, unless the user's privacy settings keep the searcher out. Three reads, the last two
    /// at the same time. They are the same for every address, so that the time of the answer does not tell an unknown
    /// address from a user who hides.
    pub(crate) async fn discover(&self, searcher: UserId, email: &Email) -> Result<Option<User>, Problem> {
        let owner = self.accounts.owner_of(email).await?;
        let read = owner.unwrap_or(searcher);
        let alone = [read];
        let (found, with_contact) =
            tokio::try_join!(self.users.with_privacy(read), self.chats.with_contact(&alone, searcher))?;
        let has_address = |user: &User| owner.is_some() && user.email.as_ref() == Some(email);
        let Some((user, settings)) = found.filter(|(user, _)| has_address(user)) else { return Ok(None) };
        let admits = settings.privacy.discoverable_by_email.admits(with_contact.contains(&read));
        Ok((admits || read == searcher).then_some(user))
    }
}
