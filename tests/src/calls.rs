//! Every call that a function makes to AWS: counted, and failed at a chosen one, as if the function had died there.

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

/// Where a function dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    /// Before its call of this number, from 0, leaves.
    Before(usize),
    /// After that call was carried out, before the function learns of it.
    After(usize),
}

/// The calls of one function. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Calls {
    made: Arc<Mutex<Vec<String>>>,
    crash: Option<Crash>,
}

impl Calls {
    /// Calls of a function that dies there, and makes no call after.
    pub fn crashing(crash: Crash) -> Self {
        Self { crash: Some(crash), ..Self::default() }
    }

    /// The operations that were asked for, in order, such as `BatchGetItem`.
    ///
    /// # Panics
    /// When a test has panicked while it looked.
    pub fn made(&self) -> Vec<String> {
        self.made.lock().expect("the calls").clone()
    }

    /// Whether the function lived to make the call at which it dies.
    pub fn crashed(&self) -> bool {
        let made = self.made().len();
        self.crash.is_some_and(|crash| match crash {
            Crash::Before(at) | Crash::After(at) => made > at,
        })
    }

    /// How many of them were carried out, from the first on.
    pub fn carried_out(&self) -> usize {
        let made = self.made().len();
        match self.crash {
            Some(Crash::Before(at)) => made.min(at),
            Some(Crash::After(at)) => made.min(at + 1),
            None => made,
        }
    }

    pub(crate) fn client(&self) -> SharedHttpClient {
        let real = aws_smithy_http_client::Builder::new().build_http();
        SharedHttpClient::new(Watched { calls: self.clone(), real })
    }

    fn note(&self, request: &HttpRequest) -> usize {
        // DynamoDB and SQS name the operation in this header, as `DynamoDB_20120810.PutItem`.
        let target = request.headers().get("x-amz-target").unwrap_or("unnamed.unnamed");
        let mut made = self.made.lock().expect("the calls");
        made.push(target.rsplit('.').next().unwrap_or(target).to_owned());
        made.len() - 1
    }
}

#[derive(Debug)]
struct Watched {
    calls: Calls,
    real: SharedHttpClient,
}

impl HttpClient for Watched {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let real = self.real.http_connector(settings, components);
        SharedHttpConnector::new(WatchedConnector { calls: self.calls.clone(), real })
    }
}

#[derive(Debug)]
struct WatchedConnector {
    calls: Calls,
    real: SharedHttpConnector,
}

impl HttpConnector for WatchedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let number = self.calls.note(&request);
        let dead = || ConnectorError::io("the function has died".into());
        match self.calls.crash {
            Some(Crash::Before(at)) if number >= at => HttpConnectorFuture::ready(Err(dead())),
            Some(Crash::After(at)) if number > at => HttpConnectorFuture::ready(Err(dead())),
            Some(Crash::After(at)) if number == at => {
                let call = self.real.call(request);
                HttpConnectorFuture::new(async move { call.await.and(Err(dead())) })
            }
            _ => self.real.call(request),
        }
    }
}
