//! The content of a message before an edit, for users who must not see the edit.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Body, ChangeSeq, Content, Deletion, Head, Message, Timestamp, UserId};

/// The limit of contents before edits that a message keeps, of up to 16 KB each: a row has at most 400 KB. The oldest
/// one makes room, and then members who left before the next one see none.
pub const MAX_EARLIER: usize = 8;

/// Difference of clocks within which a message may have been sent before a member left.
const CLOCK_SKEW: Duration = Duration::from_secs(60);

/// The content of a message before an edit. A member who left the group before the edit sees it, and never the new one.
/// So does a blocker of the sender as long as the block lasts. It is deleted with the content of the message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EarlierContent {
    /// The content.
    #[serde(deserialize_with = "Content::of_row")]
    pub content: Content,
    /// The version of the message with this content.
    pub version: ChangeSeq,
    /// The time of the edit that wrote this content, in epoch milliseconds; absent for the content as it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
}

/// The part of a message's row that no client sees.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MessagePast {
    /// The contents before edits that members who left, or a blocker, may still see.
    pub earlier: Vec<EarlierContent>,
    /// The version of the message when its content was written. `None` if the message has not changed since.
    pub content_version: Option<ChangeSeq>,
}

impl MessagePast {
    /// The change that wrote the content of this message. Its reactions may have changed since.
    pub fn content_version_of(&self, message: &Message) -> ChangeSeq {
        self.content_version.unwrap_or(message.version)
    }
}

/// The contents that a message keeps after its next edit, if that adds one to those which it keeps so far: a member may
/// have left the group since the last edit, or has blocked the sender since.
pub(super) fn kept_after_edit(message: &Message, past: &MessagePast, head: &Head) -> Option<Vec<EarlierContent>> {
    let (earlier, version) = (&past.earlier, past.content_version_of(message));
    let is_direct = head.roster.is_direct();
    let may_see = if is_direct {
        head.roster.is_blocked() && version <= head.blocked_change
    } else {
        // The time tells about a message without an edit, and the change about an edit.
        let left_at = head.roster.leavers().last_at;
        version <= head.left_change && left_at.is_some_and(|at| at.plus(CLOCK_SKEW) >= message.created_at)
    };
    let content = message.body.content().filter(|_| may_see)?.clone();
    let last = EarlierContent { content, version, edited_at: message.edited_at };
    // A blocker needs the content as of the block, and earlier blocks have ended.
    let before = if is_direct { &[] } else { &earlier[earlier.len().saturating_sub(MAX_EARLIER - 1)..] };
    Some(before.iter().cloned().chain([last]).collect())
}

impl Message {
    /// This message as it was for `reader` after change `upto` of its chat. The deletion of its content holds for all.
    /// Reactions as they were then are not kept: if they changed later, the reader's own one is left.
    #[must_use]
    pub fn as_of(self, upto: ChangeSeq, reader: UserId, past: &MessagePast) -> Self {
        if self.version <= upto || self.body.content().is_none() {
            return self;
        }
        let reactions = self.reactions.as_ref().and_then(|reactions| reactions.only_of(reader));
        let content_version = past.content_version_of(&self);
        if content_version <= upto {
            return Self { version: content_version, reactions, ..self };
        }
        let earlier = past.earlier.iter().filter(|earlier| earlier.version <= upto);
        match earlier.max_by_key(|earlier| earlier.version).cloned() {
            Some(EarlierContent { content, version, edited_at }) => {
                Self { body: Body::Content(content), version, edited_at, reactions, ..self }
            }
            // The content made room for later ones: see `MAX_EARLIER`. The new content stays hidden.
            None => {
                let deletion = Deletion { at: self.edited_at.unwrap_or(self.created_at), by: self.sender_id.into() };
                Self { body: Body::Deleted(deletion), edited_at: None, reactions: None, ..self }
            }
        }
    }
}

#[cfg(test)]
#[path = "earlier_content_tests.rs"]
mod tests;
