//! The caller's own reaction to each message of a page.

use std::collections::{BTreeSet, HashMap};

use paloma::domain::{Emoji, Message, MessageId, UserId};
use paloma::store::{StoreError, StoredReactions};

/// Sets `mine` in the reactions of these two parts of a page. One call if summaries do not tell, since they name only
/// the first people; otherwise none.
pub(crate) async fn with_own_reactions(
    stored: &StoredReactions,
    user: UserId,
    [mut page, mut changed]: [Vec<Message>; 2],
) -> Result<[Vec<Message>; 2], StoreError> {
    let is_untold = |message: &&Message| message.reactions.as_ref().is_some_and(|reactions| !reactions.tells(user));
    let untold: BTreeSet<_> = page.iter().chain(&changed).filter(is_untold).map(|message| message.message_id).collect();
    let read = if untold.is_empty() {
        Vec::new()
    } else {
        stored.of_user(user, &untold.into_iter().collect::<Vec<_>>()).await?
    };
    let own: HashMap<MessageId, Emoji> =
        read.into_iter().map(|reaction| (reaction.message_id, reaction.emoji)).collect();
    for message in page.iter_mut().chain(&mut changed) {
        let Some(reactions) = message.reactions.take() else { continue };
        let mut reactions = reactions.seen_by(user);
        reactions.mine = reactions.mine.or_else(|| own.get(&message.message_id).cloned());
        message.reactions = Some(reactions);
    }
    Ok([page, changed])
}
