//! Which of this deployment's SNS platform applications serves a platform.

use paloma::domain::Platform;
use paloma::edge::Problem;
use paloma::runtime::{Environment, MissingVariable};

/// The ARNs of the platform applications, as far as this deployment has them. They are parameters of the template:
/// CloudFormation cannot make them, and they hold the secrets of the app.
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

    /// The application that serves this platform.
    pub fn of(&self, platform: Platform) -> Result<&str, Problem> {
        let (application, parameter) = match platform {
            Platform::Fcm => (&self.fcm, "FcmApplicationArn"),
            Platform::Apns => (&self.apns, "ApnsApplicationArn"),
            Platform::ApnsSandbox => (&self.apns_sandbox, "ApnsSandboxApplicationArn"),
        };
        if application.is_empty() {
            let detail = format!(
                "Push through {} is not configured here: whoever deploys sets the parameter {parameter}.",
                platform.as_str()
            );
            return Err(Problem::not_configured(detail));
        }
        Ok(application)
    }
}
