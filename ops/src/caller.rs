//! The operator who runs a command, as AWS names the caller.

use crate::{Failure, Stack};

/// The ARN of the caller, such as `arn:aws:sts::123456789012:assumed-role/moderators/ana`. The call needs no
/// permission.
///
/// # Errors
/// When AWS rejects the credentials.
pub async fn arn(stack: &Stack) -> Result<String, Failure> {
    let identity = aws_sdk_sts::Client::new(&stack.aws).get_caller_identity().send().await;
    let identity = identity.map_err(stack.target.failed("sts:GetCallerIdentity", "your credentials"))?;
    identity.arn.ok_or_else(|| Failure::Other("AWS does not name the caller: check your credentials".to_owned()))
}
