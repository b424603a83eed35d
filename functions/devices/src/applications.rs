//! The SNS platform applications of this deployment.

use paloma::domain::Platform;
use paloma::edge::Problem;
use paloma::runtime::{Environment, MissingVariable};

/// The ARNs of the platform applications; empty for a platform that this deployment does not serve. They are parameters
/// of the template, since CloudFormation cannot create platform applications, which hold secrets of the app.
#[derive(Debug, Clone)]
pub(crate) struct Applications {
    fcm: String,
    apns: String,
    apns_sandbox: String,
}

impl Applications {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            fcm: environment.variable("FCM_APPLICATION")?,
            apns: environment.variable("APNS_APPLICATION")?,
            apns_sandbox: environment.variable("APNS_SANDBOX_APPLICATION")?,
        })
    }

    pub fn of(&self, platform: Platform) -> Result<&str, Problem> {
        let (application, parameter) = match platform {
            Platform::Fcm => (&self.fcm, "FcmApplicationArn"),
            Platform::Apns => (&self.apns, "ApnsApplicationArn"),
            Platform::ApnsSandbox => (&self.apns_sandbox, "ApnsSandboxApplicationArn"),
        };
        if application.is_empty() {
            let detail = format!(
                "Push through {} is not configured here. Ask the operators to set the parameter {parameter}.",
                platform.as_str()
            );
            return Err(Problem::not_configured(detail));
        }
        Ok(application)
    }
}
