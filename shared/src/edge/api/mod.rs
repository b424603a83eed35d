//! The bodies of requests and answers, and the frames of sockets. One file per subject.

mod account;
mod auth;
mod blocks;
mod chats;
mod devices;
#[cfg(feature = "schemas")]
mod frames;
mod members;
mod messages;
mod profile;
mod receipts;
mod reports;
mod requests;
mod sockets;
mod totp;

pub use account::{
    ChangeEmailRequest, ChangePasswordRequest, ConfirmEmailRequest, DeleteAccountRequest, EmailView, ErasureStatus,
    ErasureView, ExportStatus, ExportView,
};
pub use auth::{
    AddressAnswer, AddressStatus, ChallengeRequest, ChallengeView, ConfirmRequest, ForgotRequest, LoginAnswer,
    LoginRequest, LoginView, LogoutRequest, RefreshRequest, RegisterRequest, ResetRequest,
};
pub use blocks::{BlockListView, BlockView};
pub use chats::{
    ArchiveChatRequest, ChatPage, ChatPagePosition, CreateChatRequest, MarkUnreadRequest, MuteChatRequest, NewChatKind,
    PinChatRequest,
};
pub use devices::{DeviceListView, DeviceView, RegisterDeviceRequest};
#[cfg(feature = "schemas")]
pub use frames::{AckResult, ClientFrame, ReplyFrame, ServerFrame};
pub use members::{AddMembersRequest, ChangeChatRequest, MembershipView, RoleRequest};
pub use messages::{
    ClearRequest, ClearedView, EditRequest, HiddenView, MessagePage, ReactionRequest, SendFrame, SendRequest,
};
pub use profile::{ChangeProfileRequest, FoundUsers, MeView, ProfilesView};
pub use receipts::{ReaderMarks, ReceiptFrame, ReceiptRequest, ReceiptView, ReceiptsView};
pub use reports::{ReportRequest, ReportView};
pub use requests::DeclineRequest;
pub use sockets::{IssueTicketRequest, TicketView, TypingFrame, TypingView, UnwatchView, WatchFrame, WatchView};
pub use totp::{EnrolTotpRequest, RecoveryCodesView, TotpCodeRequest, TotpSecretView};
