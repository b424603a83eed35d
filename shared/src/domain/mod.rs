//! The rules of the system, without AWS: validated values, the gapless sequence of a chat and the watermarks on it, the
//! members of a chat.
//!
//! Comments name the invariants that they explain by number: "invariant 5" is the fifth one in `docs/decisions.md`.

mod account;
mod actor;
mod avatar;
mod body;
mod change_seq;
mod chat;
mod client_id;
mod content;
mod deleted_counts;
mod device;
mod device_token;
mod domain_event;
mod draft;
mod earlier_content;
mod email;
mod emoji;
mod event;
mod event_details;
mod head;
mod hiding;
mod history;
mod id;
mod last_message;
mod leavers;
mod limit;
mod marks;
mod member;
mod membership;
mod message;
mod message_change;
mod name;
mod new_chat;
mod notice;
mod paging;
mod patch;
mod presence;
mod profile;
mod reaction;
mod reactions;
mod reactions_change;
mod reason;
mod recovery_code;
mod removal;
mod reply;
mod report;
mod request;
mod retention;
mod role;
mod roster;
mod secret;
mod sequence;
mod session;
mod settings;
mod spans;
mod status;
mod text;
mod ticks;
mod time;
mod user;
mod windows;

pub use account::{Account, SendCharge, SessionRejection};
pub use actor::Actor;
pub use avatar::{Avatar, AvatarError};
pub use body::{Body, BodyError, Deletion};
pub use change_seq::ChangeSeq;
pub use chat::{Chat, ChatKind, MAX_PARTICIPANTS, Membership};
pub use client_id::{ClientChatId, ClientChatIdError, ClientMessageId, ClientMessageIdError};
pub use content::{Content, ContentError, MAX_CONTENT_BYTES};
pub use deleted_counts::{DeletedCounts, MAX_DELETED};
pub use device::{Device, Platform, PlatformError, PushEndpoint};
pub use device_token::{DeviceToken, DeviceTokenError, TokenFingerprint};
pub use domain_event::{DomainEvent, EVENT_VERSION, EventDetail};
pub use draft::{Draft, DraftNotice};
pub use earlier_content::{EarlierContent, MAX_EARLIER, MessagePast};
pub use email::{Email, EmailError};
pub use emoji::{Emoji, EmojiError};
pub use event::{ChatView, ErasedEvent, Event, StatusEvent, ViewRole};
pub use event_details::{ChangeDetail, GroupDetail, MessageReport, PushDetail, PushFailure, ReceiptDetail};
pub use head::Head;
pub use hiding::{HiddenMessages, Hiding, MAX_HIDDEN};
pub use history::{Bounds, HistoryBoundary, PageLimit, PageLimitError, Search};
pub use id::{ChatId, ConnectionId, DeviceId, ExportId, IdError, MessageId, ReportId, UserId};
pub use last_message::LastMessage;
pub use leavers::{LEAVERS_LIFE, Leavers, MAX_LEAVERS};
pub use limit::{Action, Bucket, Limited, SendLimit, tokens_of_send};
pub use marks::{DeviceMarks, LowestMark, LowestMarks, MAX_DEVICE_MARKS, Marks};
pub use member::{Block, Farewell, LATEST_MUTE, Member, TYPING_INTERVAL};
pub use membership::{GroupChange, GroupRequest, GroupRequestError, MAX_ADDED};
pub use message::{Accepted, Message, MessageRef};
pub use message_change::{
    ChangeKind, ChangeMembers, ChangeRecord, ChangeRejection, ChangeRequest, DELETION_TIME, EDIT_TIME, MessageChange,
    SummaryChange,
};
pub use name::{Name, NameError};
pub use new_chat::{ChatRequestDigest, NewChat, NewChatError};
pub use notice::{ChatChange, Notice, RemovableField};
pub use paging::{Since, SinceError, as_of_paging};
pub use patch::Patch;
pub use presence::{LIVENESS_TIMEOUT, Presence};
pub use profile::Profile;
pub use reaction::{OwnReaction, Reaction};
pub use reactions::{MAX_REACTION_KINDS, MAX_REACTORS, ReactionKind, Reactions};
pub use reactions_change::ReactionsChange;
pub use reason::{MAX_REASON_CHARACTERS, Reason, ReasonError};
pub use recovery_code::{RecoveryCode, RecoveryCodeError, RecoveryCodeHash};
pub use reply::Reply;
pub use report::{Report, ReportOutcome, ReportTarget, ReportedItem, Resolution};
pub use retention::{Expired, Retention, RetentionError};
pub use role::Role;
pub use roster::{Access, Permission, Roster};
pub use secret::{MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH, Password, PasswordError, Secret, SecretError};
pub use sequence::{Seq, SeqError, Watermark};
pub use session::Session;
pub use settings::{
    ArchiveSetting, BlockSettings, ChatSettings, MAX_PINS, PinSetting, ProfileSettings, RequestAnswer, SettingsEvent,
    UnreadSetting,
};
pub use spans::Span;
pub use status::{Receipt, ReceiptError, Status};
pub use ticks::{DirectMarks, Ticks};
pub use time::Timestamp;
pub use user::User;
pub use windows::{MAX_WINDOWS, Window, Windows};
