//! The connection to AWS, or to the local engine that emulates AWS on this machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider, SharedHttpClient};
use aws_smithy_http_client::tls;
use serde::Deserialize;

use crate::failure::{Failure, Target};
use crate::options::GlobalOptions;

/// The description of a local stack, relative to the root of the repository.
const DESCRIPTION: &str = "target/local/stack.json";

/// The account of the local engine. As an access key, it is the engine's administrator.
pub const LOCAL_ACCOUNT: &str = "000000000000";
/// The secret key of the engine's administrator. The engine checks signed links with it.
pub const LOCAL_SECRET: &str = "test";

/// The part of `stack.json` that is read. Everything else comes from CloudFormation, as on AWS.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Description {
    endpoint_url: String,
    region: String,
}

/// The configuration of all clients, and their target.
///
/// # Errors
/// When there is no local stack, or no region is configured.
pub async fn load(global: &GlobalOptions) -> Result<(SdkConfig, Target), Failure> {
    match &global.local {
        Some(path) => Ok(local(&describe(path.clone())?)),
        None => on_aws(global).await,
    }
}

/// It ignores the environment, which may have credentials of a real AWS account.
fn local(Description { endpoint_url, region }: &Description) -> (SdkConfig, Target) {
    let administrator = Credentials::new(LOCAL_ACCOUNT, LOCAL_SECRET, None, None, "local");
    let aws = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .endpoint_url(endpoint_url)
        .region(Region::new(region.clone()))
        .credentials_provider(SharedCredentialsProvider::new(administrator))
        .http_client(https())
        .timeout_config(timeouts())
        .retry_config(retries())
        .build();
    (aws, Target { region: region.clone(), engine: Some(endpoint_url.clone()) })
}

async fn on_aws(global: &GlobalOptions) -> Result<(SdkConfig, Target), Failure> {
    let loader = aws_config::defaults(BehaviorVersion::v2026_01_12());
    let loader = loader.http_client(https()).timeout_config(timeouts()).retry_config(retries());
    let loader = match &global.region {
        Some(region) => loader.region(Region::new(region.clone())),
        None => loader,
    };
    let loader = match &global.profile {
        Some(profile) => loader.profile_name(profile),
        None => loader,
    };
    let aws = loader.load().await;
    let region = aws.region().ok_or(Failure::NoRegion)?.to_string();
    Ok((aws, Target { region, engine: None }))
}

fn https() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new()
        .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
        .build_https()
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .operation_attempt_timeout(Duration::from_secs(10))
        .operation_timeout(Duration::from_secs(40))
        .build()
}

fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(4)
}

/// Reads the description of a local stack: the given file, or the nearest one in this folder or above.
fn describe(path: Option<PathBuf>) -> Result<Description, Failure> {
    let path = path.or_else(nearest).ok_or(Failure::NoLocalStack)?;
    let text =
        fs::read(&path).map_err(|error| Failure::Description { path: path.clone(), cause: error.to_string() })?;
    serde_json::from_slice(&text).map_err(|error| Failure::Description { path, cause: error.to_string() })
}

fn nearest() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    here.ancestors().map(|folder: &Path| folder.join(DESCRIPTION)).find(|path| path.is_file())
}
