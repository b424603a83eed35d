//! Reports. The report has a copy of the item as the caller sees it, so that an operator can decide after an edit or a
//! deletion.

use paloma::domain::{
    Account, Action, ChatId, Message, MessageId, Permission, Report, ReportTarget, ReportedItem, Session, Timestamp,
    UserId,
};
use paloma::edge::api::{ReportRequest, ReportView};
use paloma::edge::{ChatAccess, LogFields, Problem, Request, Response, admit, charge, enter};

use crate::People;

impl People {
    /// Answers 201, and 200 if the caller has reported the item before.
    ///
    /// # Errors
    /// 400 unless the request names one item of another user, 404 for an item that the caller may not see, 409 for a
    /// message without content, 429 above the limit of reports.
    pub(crate) async fn report(&self, request: &Request) -> Result<Response, Problem> {
        let session = request.session()?;
        let body = self.admitted_if_invalid(session, request.body::<ReportRequest>()).await?;
        let target = self.admitted_if_invalid(session, body.target()).await?;
        let item = match target {
            ReportTarget::Message(message) => self.copy_of_message(session, message).await?,
            ReportTarget::User(user) => self.copy_of_user(session, user).await?,
            ReportTarget::Chat(chat) => self.copy_of_chat(session, chat).await?,
        };
        let report = Report::new(session.user_id, item, body.reason, Timestamp::now());
        let (report, is_new) = self.reports.put(report).await?;
        let fields = LogFields { repeated: !is_new, ..fields_of(&report.item) };
        Ok(Response::json(if is_new { 201 } else { 200 }, &ReportView::from(&report))?.with_log_fields(fields))
    }

    /// A caller without a session any more gets 401, also for an invalid body.
    async fn admitted_if_invalid<T>(&self, session: Session, parsed: Result<T, Problem>) -> Result<T, Problem> {
        if parsed.is_err() {
            admit(&self.accounts, session).await?;
        }
        parsed
    }

    /// A message inside of the caller's windows that the caller has not hidden. A former member and a blocker see it
    /// as it was when they left or blocked.
    async fn copy_of_message(&self, session: Session, message_id: MessageId) -> Result<ReportedItem, Problem> {
        let Some((message, past)) = self.messages.message_with_past(message_id).await? else {
            admit(&self.accounts, session).await?;
            return Err(Problem::not_found("message"));
        };
        let ChatAccess { account, member, .. } =
            enter(&self.accounts, &self.chats, session, message.chat_id, "message", Permission::Read).await?;
        let is_visible = member.visible().shows(message.seq);
        if !is_visible || (member.hiding.hidden_version > 0 && self.hides(&account, &message).await?) {
            return Err(Problem::not_found("message"));
        }
        if message.sender_id == session.user_id {
            return Err(Problem::field("messageId", "is your own message: delete it instead"));
        }
        let seen = match member.sees_changes_upto() {
            Some(last) => message.as_of(last, session.user_id, &past),
            None => message,
        };
        let copy = ReportedItem::of_message(&seen).ok_or_else(gone)?;
        // The messages of an erased user lose their content after the profile.
        if !self.users.unknown_among(&[seen.sender_id]).await?.is_empty() {
            return Err(gone());
        }
        self.charge_report(&account).await?;
        Ok(copy)
    }

    async fn hides(&self, account: &Account, message: &Message) -> Result<bool, Problem> {
        Ok(self.chats.hidden(message.chat_id, account.user_id).await?.contains(&message.seq))
    }

    /// A user that the caller shares a chat with, or shared one. The search may read many chats, so it takes the token
    /// first.
    async fn copy_of_user(&self, session: Session, user: UserId) -> Result<ReportedItem, Problem> {
        let account = admit(&self.accounts, session).await?;
        if user == session.user_id {
            return Err(Problem::field("userId", "is your own id: name another user"));
        }
        self.charge_report(&account).await?;
        let mut from = None;
        loop {
            let known = self.chats.known_users(session.user_id, &[user], from).await?;
            if known.found.contains(&user) {
                break;
            }
            from = Some(known.next.ok_or_else(|| Problem::not_found("user"))?);
        }
        let profile = self.users.profiles(&[user]).await?.pop();
        profile.map(ReportedItem::from).ok_or_else(|| Problem::not_found("user"))
    }

    /// A chat of the caller, also a group that the caller has left, as it was then.
    async fn copy_of_chat(&self, session: Session, chat_id: ChatId) -> Result<ReportedItem, Problem> {
        let account = admit(&self.accounts, session).await?;
        let view = self.chats.views(&[chat_id], session.user_id).await?.pop();
        let (chat, _, member) = view.ok_or_else(|| Problem::not_found("chat"))?;
        self.charge_report(&account).await?;
        let chat = match member.farewell.as_ref().filter(|_| !member.is_current()) {
            Some(farewell) => chat.as_left(farewell),
            None => chat,
        };
        Ok(ReportedItem::of_chat(chat))
    }

    async fn charge_report(&self, account: &Account) -> Result<(), Problem> {
        charge(&self.accounts, account, &[(Action::Report, 1)]).await
    }
}

/// 409: nothing is left to copy.
fn gone() -> Problem {
    Problem::conflict("This message has no content to report: report its sender, or the chat.")
}

fn fields_of(item: &ReportedItem) -> LogFields {
    match *item {
        ReportedItem::Message { chat_id, message_id, seq, .. } => {
            LogFields { chat_id: Some(chat_id), message_id: Some(message_id), seq: Some(seq), ..LogFields::default() }
        }
        ReportedItem::Chat { chat_id, .. } => LogFields { chat_id: Some(chat_id), ..LogFields::default() },
        ReportedItem::User { .. } => LogFields::default(),
    }
}
