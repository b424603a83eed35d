//! The caller's password, email address, erasure and export.

use serde::{Deserialize, Serialize};

use crate::domain::{Email, ExportId, Password, Secret, Timestamp};

/// `PUT /me/password`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ChangePasswordRequest {
    /// The present password.
    pub old_password: Secret,
    /// The new password.
    pub new_password: Password,
}

/// `PUT /me/email`
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ChangeEmailRequest {
    /// The email address.
    pub email: Email,
    /// The password.
    pub password: Secret,
}

/// `POST /me/email/confirm`
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ConfirmEmailRequest {
    /// The code.
    pub code: Secret,
}

/// `DELETE /me`
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct DeleteAccountRequest {
    /// Required to start the erasure. A repetition needs no password.
    #[serde(default)]
    pub password: Option<Secret>,
}

/// The answer to `DELETE /me`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ErasureView {
    /// The id of the erasure.
    pub erasure_id: String,
    /// The status.
    pub status: ErasureStatus,
}

/// The answer to `POST /me/export` and `GET /me/exports/{exportId}`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ExportView {
    /// The id of the export.
    pub export_id: ExportId,
    /// The status.
    pub status: ExportStatus,
    /// The link to the file; only for an export that is ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The end of the validity, in epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// The answer to `PUT /me/email`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct EmailView {
    /// The new address, which the code will prove.
    pub email: Email,
}

/// The status of an erasure.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ErasureStatus {
    /// The erasure runs.
    Running,
    /// The account is erased.
    Erased,
}

/// The status of an export.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ExportStatus {
    /// The export runs.
    Running,
    /// The file can be downloaded.
    Ready,
    /// The export failed.
    Failed,
    /// The file is deleted.
    Expired,
}
