//! The table of routes: the only place that states method, path, types, statuses and problems of the REST API. A test
//! compares it with `template.yaml` (tests/template/routes.rs).

use paloma::domain::{
    Accepted, Action, ArchiveSetting, ChatSettings, ChatView, PinSetting, PrivacyChange, PrivacySettings,
    UnreadSetting, User,
};
use paloma::edge::ProblemKind;
use paloma::edge::api::{
    AddMembersRequest, AddressAnswer, ArchiveChatRequest, ChallengeRequest, ChangeChatRequest, ChangeEmailRequest,
    ChangePasswordRequest, ChangeProfileRequest, ChatPage, ClearRequest, ClearedView, ConfirmEmailRequest,
    ConfirmRequest, CreateChatRequest, DeleteAccountRequest, DeviceListView, DeviceView, EmailView, EnrolTotpRequest,
    ErasureView, ExportView, ForgotRequest, FoundUsers, HiddenView, IssueTicketRequest, LoginAnswer, LoginRequest,
    LogoutRequest, MarkUnreadRequest, MeView, MembershipView, MessagePage, MuteChatRequest, PinChatRequest,
    ReaderMarks, ReceiptRequest, ReceiptsView, RecoveryCodesView, RefreshRequest, RegisterDeviceRequest,
    RegisterRequest, ResetRequest, RoleRequest, SendRequest, TicketView, TotpCodeRequest, TotpSecretView,
};
use paloma::user_pool::Tokens;

use crate::blocks::{BLOCK, LIST_BLOCKS, UNBLOCK};
use crate::message_changes::{DELETE_MESSAGE, EDIT_MESSAGE, REACT, REMOVE_REACTION};
use crate::report::REPORT;
use crate::requests::{ACCEPT_REQUEST, DECLINE_REQUEST};
use crate::route::{Route, empty, json, of};

/// All routes.
pub const ROUTES: &[Route] = &[
    Route::new(
        "POST",
        "/auth/register",
        "register",
        "Mails a code to the address. The answer is the same for every address.",
    )
    .open()
    .body(of::<RegisterRequest>)
    .answers(&[json(202, of::<AddressAnswer>)])
    .limits(&[Action::SendMail]),
    Route::new("POST", "/auth/confirm", "confirmRegistration", "Sets password and name with the code from the mail.")
        .open()
        .body(of::<ConfirmRequest>)
        .answers(&[json(200, of::<User>)])
        .problems_too(&[ProblemKind::Unauthenticated, ProblemKind::Conflict])
        .limits(&[Action::CheckCode]),
    Route::new("POST", "/auth/login", "logIn", "Logs in, or answers with a challenge.")
        .open()
        .body(of::<LoginRequest>)
        .answers(&[json(200, of::<LoginAnswer>)])
        .problems_too(&[ProblemKind::Unauthenticated, ProblemKind::Forbidden, ProblemKind::Conflict])
        .limits(&[Action::CheckPassword, Action::Recover]),
    Route::new("POST", "/auth/challenge", "answerChallenge", "Answers the challenge of a login.")
        .open()
        .body(of::<ChallengeRequest>)
        .answers(&[json(200, of::<LoginAnswer>)])
        .problems_too(&[ProblemKind::Unauthenticated, ProblemKind::Forbidden, ProblemKind::Conflict])
        .limits(&[Action::CheckCode]),
    Route::new("POST", "/auth/refresh", "refresh", "Gets new tokens while the session lasts.")
        .open()
        .body(of::<RefreshRequest>)
        .answers(&[json(200, of::<Tokens>)])
        .problems_too(&[
            ProblemKind::Unauthenticated,
            ProblemKind::Forbidden,
            ProblemKind::Conflict,
            ProblemKind::TooManyRequests,
        ]),
    Route::new(
        "POST",
        "/auth/forgot",
        "forgotPassword",
        "Mails a code to reset the password. The answer is the same for every address.",
    )
    .open()
    .body(of::<ForgotRequest>)
    .answers(&[json(202, of::<AddressAnswer>)])
    .limits(&[Action::SendMail]),
    Route::new("POST", "/auth/reset", "resetPassword", "Sets a new password with a code, and ends all sessions.")
        .open()
        .body(of::<ResetRequest>)
        .answers(&[json(200, of::<AddressAnswer>)])
        .limits(&[Action::CheckCode]),
    Route::new("POST", "/auth/logout", "logOut", "Revokes the refresh token, or ends all sessions.")
        .optional_body(of::<LogoutRequest>)
        .answers(&[empty(204)])
        .problems_too(&[ProblemKind::TooManyRequests]),
    Route::new("GET", "/me", "getMe", "The caller's profile and privacy settings.")
        .answers(&[json(200, of::<MeView>)])
        .problems_too(&[ProblemKind::NotFound]),
    Route::new("PUT", "/me", "changeMe", "Changes the caller's name or avatar.")
        .body(of::<ChangeProfileRequest>)
        .answers(&[json(200, of::<MeView>)])
        .problems_too(&[ProblemKind::NotFound]),
    Route::new("PUT", "/me/privacy", "changePrivacy", "Changes privacy settings, and answers with all of them.")
        .body(of::<PrivacyChange>)
        .answers(&[json(200, of::<PrivacySettings>)])
        .problems_too(&[ProblemKind::NotFound]),
    Route::new(
        "GET",
        "/users",
        "findUsers",
        "Finds one user by address, or the profiles of users who share a chat with the caller.",
    )
    .query(&[
        ("email", "string", "The address of one user. Give either email or ids."),
        ("ids", "string", "Up to 100 user ids, separated by commas."),
        ("cursor", "string", "The cursor of the previous page."),
    ])
    .answers(&[json(200, of::<FoundUsers>)])
    .problems_too(&[ProblemKind::NotFound])
    .limits(&[Action::LookUp]),
    Route::new("PUT", "/me/password", "changePassword", "Changes the password, and ends all sessions.")
        .body(of::<ChangePasswordRequest>)
        .answers(&[empty(204)])
        .problems_too(&[ProblemKind::Forbidden])
        .limits(&[Action::CheckPassword]),
    Route::new(
        "PUT",
        "/me/email",
        "changeEmail",
        "Mails a code to a new address. The answer is the same for every address.",
    )
    .body(of::<ChangeEmailRequest>)
    .answers(&[json(202, of::<EmailView>)])
    .problems_too(&[ProblemKind::Forbidden])
    .limits(&[Action::CheckPassword, Action::SendMail]),
    Route::new("POST", "/me/email/confirm", "confirmEmail", "Sets the new address with the code from the mail.")
        .body(of::<ConfirmEmailRequest>)
        .answers(&[json(200, of::<User>)])
        .problems_too(&[ProblemKind::Forbidden])
        .limits(&[Action::CheckCode]),
    Route::new("POST", "/me/totp", "enrolTotp", "Gets a secret for an authenticator app.")
        .body(of::<EnrolTotpRequest>)
        .answers(&[json(200, of::<TotpSecretView>)])
        .problems_too(&[ProblemKind::Forbidden, ProblemKind::Conflict])
        .limits(&[Action::CheckPassword]),
    Route::new("PUT", "/me/totp", "switchOnTotp", "Switches the second factor on.")
        .body(of::<TotpCodeRequest>)
        .answers(&[json(200, of::<RecoveryCodesView>)])
        .problems_too(&[ProblemKind::Forbidden, ProblemKind::Conflict])
        .limits(&[Action::CheckPassword]),
    Route::new("DELETE", "/me/totp", "switchOffTotp", "Switches the second factor off.")
        .body(of::<TotpCodeRequest>)
        .answers(&[empty(204)])
        .problems_too(&[ProblemKind::Forbidden])
        .limits(&[Action::CheckPassword, Action::CheckCode]),
    Route::new(
        "DELETE",
        "/me",
        "eraseMe",
        "Starts the erasure of the account, which cannot be undone. A repetition needs no password.",
    )
    .optional_body(of::<DeleteAccountRequest>)
    .answers(&[json(202, of::<ErasureView>)])
    .problems_too(&[ProblemKind::Forbidden])
    .limits(&[Action::CheckPassword]),
    Route::new("POST", "/me/export", "exportMe", "Starts today's export of all data, or finds it.")
        .answers(&[json(202, of::<ExportView>)])
        .limits(&[Action::Export]),
    Route::new("GET", "/me/exports/{exportId}", "getExport", "The status of an export, and the link to its file.")
        .answers(&[json(200, of::<ExportView>)]),
    Route::new("POST", "/chats", "createChat", "Creates a chat, or finds the one that an earlier try created.")
        .body(of::<CreateChatRequest>)
        .answers(&[json(201, of::<ChatView>), json(200, of::<ChatView>)])
        .problems_too(&[ProblemKind::Forbidden, ProblemKind::Conflict])
        .limits(&[Action::CreateChat, Action::Invite]),
    Route::new("GET", "/chats", "listChats", "A page of the caller's chats, newest first.")
        .query(&[
            ("limit", "integer", "The size of the page, up to 100; 50 if omitted."),
            ("cursor", "string", "The cursor of the previous page."),
            ("since", "integer", "The asOf of an earlier answer: lists the chats that moved since."),
            ("requests", "boolean", "Whether to list requests of strangers, and nothing else; false if omitted."),
        ])
        .answers(&[json(200, of::<ChatPage>)]),
    Route::new("GET", "/chats/{chatId}", "getChat", "One chat, with the profiles of its members.")
        .answers(&[json(200, of::<ChatView>)]),
    Route::new("GET", "/chats/{chatId}/messages", "listMessages", "A page of messages, sorted by seq.")
        .query(&[
            ("limit", "integer", "The size of the page, up to 100; 50 if omitted."),
            ("before", "integer", "An exclusive seq. Give either before or after."),
            ("after", "integer", "An exclusive seq. Give either before or after."),
            ("changedAfter", "integer", "An exclusive changeSeq: the changes after it. Not with before."),
        ])
        .answers(&[json(200, of::<MessagePage>)]),
    Route::new(
        "POST",
        "/chats/{chatId}/messages",
        "sendMessage",
        "Sends a message. Every try with the same clientMessageId gets the same answer.",
    )
    .body(of::<SendRequest>)
    .answers(&[json(202, of::<Accepted>)])
    .problems_too(&[ProblemKind::Forbidden, ProblemKind::Conflict, ProblemKind::TooManyRequests]),
    Route::new(
        "PUT",
        "/messages/{messageId}/status",
        "acknowledge",
        "Sends a receipt for a message and all before it.",
    )
    .body(of::<ReceiptRequest>)
    .answers(&[json(200, of::<ReaderMarks>)])
    .problems_too(&[ProblemKind::Forbidden]),
    Route::new(
        "POST",
        "/messages/{messageId}/hide",
        "hideMessage",
        "Removes a message from the caller's own view, on all the caller's devices.",
    )
    .answers(&[json(200, of::<HiddenView>)])
    .problems_too(&[ProblemKind::Forbidden]),
    Route::new(
        "POST",
        "/chats/{chatId}/clear",
        "clearChat",
        "Removes the messages up to one from the caller's own view, on all the caller's devices.",
    )
    .body(of::<ClearRequest>)
    .answers(&[json(200, of::<ClearedView>)]),
    Route::new("GET", "/messages/{messageId}/receipts", "listReceipts", "The status of a message for each recipient.")
        .answers(&[json(200, of::<ReceiptsView>)]),
    Route::new("PUT", "/chats/{chatId}/mute", "muteChat", "Mutes a chat until a time, or unmutes it.")
        .body(of::<MuteChatRequest>)
        .answers(&[json(200, of::<ChatSettings>)])
        .problems_too(&[ProblemKind::Forbidden, ProblemKind::Conflict]),
    Route::new("PUT", "/chats/{chatId}/pin", "pinChat", "Pins a chat, or removes the pin. A user can pin 3 chats.")
        .body(of::<PinChatRequest>)
        .answers(&[json(200, of::<PinSetting>)])
        .problems_too(&[ProblemKind::Conflict]),
    Route::new(
        "PUT",
        "/chats/{chatId}/archive",
        "archiveChat",
        "Archives a chat until its next message, or brings it back. A muted chat stays archived.",
    )
    .body(of::<ArchiveChatRequest>)
    .answers(&[json(200, of::<ArchiveSetting>)]),
    Route::new(
        "PUT",
        "/chats/{chatId}/unread",
        "markUnread",
        "Marks a chat as unread until the caller reads or writes there, or ends that.",
    )
    .body(of::<MarkUnreadRequest>)
    .answers(&[json(200, of::<UnreadSetting>)]),
    Route::new("POST", "/chats/{chatId}/members", "addMembers", "Adds users to a group, or finds them there.")
        .body(of::<AddMembersRequest>)
        .answers(&[json(200, of::<MembershipView>)])
        .problems_too(&[ProblemKind::Forbidden, ProblemKind::Conflict])
        .limits(&[Action::Invite]),
    Route::new(
        "DELETE",
        "/chats/{chatId}/members/{userId}",
        "removeMember",
        "Removes a member from a group; with the caller's own id the caller leaves.",
    )
    .answers(&[json(200, of::<MembershipView>)])
    .problems_too(&[ProblemKind::Forbidden, ProblemKind::InvalidField, ProblemKind::TooManyRequests]),
    Route::new("PUT", "/chats/{chatId}/members/{userId}/role", "setRole", "Makes a member an admin, or no admin.")
        .body(of::<RoleRequest>)
        .answers(&[json(200, of::<MembershipView>)])
        .problems_too(&[ProblemKind::Forbidden, ProblemKind::Conflict, ProblemKind::TooManyRequests]),
    Route::new("PATCH", "/chats/{chatId}", "changeChat", "Changes name, picture or permissions of a group.")
        .body(of::<ChangeChatRequest>)
        .answers(&[json(200, of::<MembershipView>)])
        .problems_too(&[ProblemKind::Forbidden, ProblemKind::TooManyRequests]),
    ACCEPT_REQUEST,
    DECLINE_REQUEST,
    EDIT_MESSAGE,
    DELETE_MESSAGE,
    REACT,
    REMOVE_REACTION,
    LIST_BLOCKS,
    BLOCK,
    UNBLOCK,
    REPORT,
    Route::new("POST", "/devices", "registerDevice", "Registers a device for pushes, or finds it.")
        .body(of::<RegisterDeviceRequest>)
        .answers(&[json(201, of::<DeviceView>), json(200, of::<DeviceView>)])
        .problems_too(&[ProblemKind::NotConfigured])
        .limits(&[Action::RegisterDevice]),
    Route::new("GET", "/devices", "listDevices", "The caller's devices.").answers(&[json(200, of::<DeviceListView>)]),
    Route::new(
        "DELETE",
        "/devices/{deviceId}",
        "removeDevice",
        "Removes a device. An unknown device gets the same answer.",
    )
    .answers(&[empty(204)]),
    Route::new("POST", "/ws/tickets", "issueTicket", "Gets a ticket, which opens one socket within 60 s.")
        .optional_body(of::<IssueTicketRequest>)
        .answers(&[json(201, of::<TicketView>)])
        .limits(&[Action::IssueTicket]),
];
