//! The bucket of exports: one file per export. The file is written in parts, so that neither its size nor its duration
//! is limited. All keys of a user begin with the user's id.
//!
//! | key | object |
//! | --- | --- |
//! | `userId/exportId.jsonl` | the file, once it is finished |
//! | `userId/exportId/…` | working files, until the export ends |

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::presigning::{PresigningConfig, PresigningConfigError};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use serde::{Deserialize, Serialize};

use crate::call_error::{CallError, FailureKind};
use crate::domain::{ExportId, UserId};

/// Minimum size of every part except the last, in bytes (S3's limit).
pub const MIN_PART_BYTES: usize = 5 * 1024 * 1024;

/// Identifies an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Export {
    /// The user who owns the data.
    pub user_id: UserId,
    /// The id of the export, unique for the user.
    pub export_id: ExportId,
}

/// S3's id of a multipart upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UploadId(String);

impl Export {
    /// The key of the file.
    pub fn key(&self) -> String {
        format!("{}/{}.jsonl", self.user_id, self.export_id)
    }

    fn working_key(&self, name: &str) -> String {
        format!("{}{name}", self.working_prefix())
    }

    fn working_prefix(&self) -> String {
        format!("{}/{}/", self.user_id, self.export_id)
    }
}

/// The bucket of exports.
#[derive(Debug, Clone)]
pub struct Exports {
    client: Client,
    bucket: String,
}

impl Exports {
    /// The bucket of this name.
    pub fn new(aws: &SdkConfig, bucket: String) -> Self {
        Self { client: Client::new(aws), bucket }
    }

    /// The bucket's name.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// Begins the multipart upload of an export's file. The bucket's lifecycle removes uploads that are never finished.
    pub async fn begin(&self, export: Export) -> Result<UploadId, CallError> {
        const OPERATION: &str = "CreateMultipartUpload";
        let begun = self
            .client
            .create_multipart_upload()
            .bucket(&self.bucket)
            .key(export.key())
            .content_type("application/jsonl; charset=utf-8")
            .content_disposition("attachment; filename=\"paloma.jsonl\"")
            .send()
            .await
            .map_err(CallError::of(OPERATION))?;
        begun
            .upload_id
            .map(UploadId)
            .ok_or_else(|| CallError::because(OPERATION, FailureKind::Unreadable, "the answer has no upload id"))
    }

    /// Writes a part of the file. A second write of the same part replaces it.
    pub async fn write_part(
        &self,
        export: Export,
        upload: &UploadId,
        number: i32,
        content: Vec<u8>,
    ) -> Result<(), CallError> {
        self.client
            .upload_part()
            .bucket(&self.bucket)
            .key(export.key())
            .upload_id(&upload.0)
            .part_number(number)
            .body(ByteStream::from(content))
            .send()
            .await
            .map_err(CallError::of("UploadPart"))?;
        Ok(())
    }

    /// Makes one file of the parts. Does nothing if the file is finished already.
    pub async fn finish(&self, export: Export, upload: &UploadId) -> Result<(), CallError> {
        if self.is_finished(export).await? {
            return Ok(());
        }
        let request = self.client.list_parts().bucket(&self.bucket).key(export.key()).upload_id(&upload.0);
        let parts = request.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        let parts = parts
            .map_err(CallError::of("ListParts"))?
            .into_iter()
            .map(|part| CompletedPart::builder().set_part_number(part.part_number).set_e_tag(part.e_tag).build());
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts.collect())).build();
        self.client
            .complete_multipart_upload()
            .bucket(&self.bucket)
            .key(export.key())
            .upload_id(&upload.0)
            .multipart_upload(parts)
            .send()
            .await
            .map_err(CallError::of("CompleteMultipartUpload"))?;
        Ok(())
    }

    /// Whether the file is finished.
    pub async fn is_finished(&self, export: Export) -> Result<bool, CallError> {
        match self.client.head_object().bucket(&self.bucket).key(export.key()).send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(|error| error.is_not_found()) => Ok(false),
            Err(error) => Err(CallError::of("HeadObject")(error)),
        }
    }

    /// A link that downloads the file without further authorization, valid for `life`.
    ///
    /// # Errors
    /// The link cannot be signed.
    pub async fn link(&self, export: Export, life: Duration) -> Result<String, CallError> {
        const OPERATION: &str = "signing GetObject";
        let invalid =
            |error: PresigningConfigError| CallError::because(OPERATION, FailureKind::Rejected, error.to_string());
        let life = PresigningConfig::expires_in(life).map_err(invalid)?;
        let request = self.client.get_object().bucket(&self.bucket).key(export.key());
        let signed = request.presigned(life).await.map_err(CallError::of(OPERATION))?;
        Ok(signed.uri().to_owned())
    }

    /// Stores a working file for later steps of the export.
    pub async fn put_working_file(&self, export: Export, name: &str, content: Vec<u8>) -> Result<(), CallError> {
        let put = self.client.put_object().bucket(&self.bucket).key(export.working_key(name));
        put.body(ByteStream::from(content)).send().await.map_err(CallError::of("PutObject"))?;
        Ok(())
    }

    /// Reads a working file.
    ///
    /// # Errors
    /// The file does not exist, or [`CallError`].
    pub async fn working_file(&self, export: Export, name: &str) -> Result<Vec<u8>, CallError> {
        const OPERATION: &str = "GetObject";
        let get = self.client.get_object().bucket(&self.bucket).key(export.working_key(name));
        let body = get.send().await.map_err(CallError::of(OPERATION))?.body.collect().await;
        let body = body.map_err(|error| CallError::because(OPERATION, FailureKind::Unreachable, error.to_string()))?;
        Ok(body.into_bytes().to_vec())
    }

    /// Deletes the working files of an export.
    pub async fn delete_working_files(&self, export: Export) -> Result<(), CallError> {
        self.delete_under(&export.working_prefix()).await?;
        Ok(())
    }

    /// Deletes all files of a user and aborts the unfinished uploads. Returns the number of objects and uploads.
    pub async fn delete_all(&self, user: UserId) -> Result<u64, CallError> {
        let prefix = format!("{user}/");
        let listed = self.client.list_multipart_uploads().bucket(&self.bucket).prefix(&prefix).send().await;
        let uploads = listed.map_err(CallError::of("ListMultipartUploads"))?.uploads.unwrap_or_default();
        let aborted = uploads.len() as u64;
        for upload in uploads {
            let abort = self.client.abort_multipart_upload().bucket(&self.bucket);
            let result = abort.set_key(upload.key).set_upload_id(upload.upload_id).send().await;
            if let Err(error) = result
                && error.code() != Some("NoSuchUpload")
            {
                return Err(CallError::of("AbortMultipartUpload")(error));
            }
        }
        Ok(aborted + self.delete_under(&prefix).await?)
    }

    async fn delete_under(&self, prefix: &str) -> Result<u64, CallError> {
        let mut pages = self.client.list_objects_v2().bucket(&self.bucket).prefix(prefix).into_paginator().send();
        let mut deleted = 0;
        while let Some(page) = pages.next().await {
            for object in page.map_err(CallError::of("ListObjectsV2"))?.contents.unwrap_or_default() {
                let delete = self.client.delete_object().bucket(&self.bucket).set_key(object.key);
                delete.send().await.map_err(CallError::of("DeleteObject"))?;
                deleted += 1;
            }
        }
        Ok(deleted)
    }
}
