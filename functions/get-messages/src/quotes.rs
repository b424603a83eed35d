//! Quotes of answered messages, as they are when a page is read.

use std::collections::{BTreeSet, HashMap};

use paloma::domain::{Member, Message, MessageId, Reply, Seq};
use paloma::store::{Messages, StoreError};

/// The reader of a page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub member: &'a Member,
    /// The messages that the member has hidden.
    pub hidden: &'a BTreeSet<Seq>,
}

/// Sets the quotes of all replies in these two parts of a page. One call for the messages that the page does not have.
pub(crate) async fn with_quotes(
    messages: &Messages,
    reader: Reader<'_>,
    [mut page, mut changed]: [Vec<Message>; 2],
) -> Result<[Vec<Message>; 2], StoreError> {
    let all = || page.iter().chain(&changed);
    let answered: BTreeSet<MessageId> =
        all().filter_map(|message| Some(message.reply_to.as_ref()?.message_id)).collect();
    if answered.is_empty() {
        return Ok([page, changed]);
    }
    // Of two states of a message, that of `changed` is the newer one.
    let mut known: HashMap<_, _> = all().map(|message| (message.message_id, message.clone())).collect();
    let unknown: Vec<_> = answered.into_iter().filter(|id| !known.contains_key(id)).collect();
    known.extend(reader.read(messages, &unknown).await?.into_iter().map(|message| (message.message_id, message)));
    for message in page.iter_mut().chain(&mut changed) {
        let quote = |reply: Reply| {
            let quoted = known.get(&reply.message_id).filter(|quoted| reader.sees(quoted));
            reply.quoting(quoted.and_then(Message::quote))
        };
        message.reply_to = message.reply_to.take().map(quote);
    }
    Ok([page, changed])
}

impl Reader<'_> {
    async fn read(self, messages: &Messages, ids: &[MessageId]) -> Result<Vec<Message>, StoreError> {
        match self.member.sees_changes_upto() {
            _ if ids.is_empty() => Ok(Vec::new()),
            Some(last) => messages.all_as_of(ids, last, self.member.user_id).await,
            None => messages.all(ids).await,
        }
    }

    fn sees(self, message: &Message) -> bool {
        self.member.visible().shows(message.seq) && !self.hidden.contains(&message.seq)
    }
}
