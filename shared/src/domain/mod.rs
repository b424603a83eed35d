//! The rules of a chat, free of any cloud: values that cannot be wrong, a gapless sequence, and watermarks on it.

mod account;
mod body;
mod chat;
mod content;
mod device;
mod domain_event;
mod event;
mod history;
mod id;
mod limit;
mod marks;
mod message;
mod name;
mod presence;
mod recovery_code;
mod secret;
mod sequence;
mod session;
mod status;
mod time;
mod user;

pub use account::{Account, Refusal};
pub use body::{Body, BodyError};
pub use chat::{Chat, ChatKind, Head, LastMessage, MAX_PARTICIPANTS, Member, NewChat, NewChatError};
pub use content::{Content, ContentError, MAX_CONTENT_BYTES};
pub use device::{Device, DeviceToken, DeviceTokenError, Platform, PlatformError, PushEndpoint, TokenFingerprint};
pub use domain_event::{DomainEvent, EVENT_VERSION, Happening, PushFailure, PushTold, ReceiptTold};
pub use event::{ChatSettings, ChatView, ErasedEvent, Event, ProfileSettings, SettingsEvent, StatusEvent};
pub use history::{Bounds, Cut, PageLimit, PageLimitError, Search};
pub use id::{
    ChatId, ClientMessageId, ClientMessageIdError, ConnectionId, DeviceId, ExportId, IdError, MessageId, UserId,
};
pub use limit::{Action, Bucket, Limited, SendLimit, tokens_of_send};
pub use marks::{DeviceMarks, LowestMark, LowestMarks, MOST_DEVICES, Marks};
pub use message::{Accepted, Draft, Message};
pub use name::{Name, NameError};
pub use presence::{Presence, SILENCE};
pub use recovery_code::{RecoveryCode, RecoveryCodeError, RecoveryCodeHash};
pub use secret::{MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH, Password, PasswordError, Secret, SecretError};
pub use sequence::{Seq, SeqError, Watermark};
pub use session::Session;
pub use status::{Receipt, ReceiptError, Status};
pub use time::Timestamp;
pub use user::{Avatar, Email, ProfileError, User};
