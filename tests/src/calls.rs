//! Records every call that a function makes to AWS, and can fail all calls from a chosen one on, like a crash. Can also
//! answer reads of many rows as a throttled table does.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use serde_json::{Value, json};

/// The call at which a function crashes. Calls are numbered from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    /// Before the call is sent.
    Before(usize),
    /// After AWS has carried out the call, before the function gets the answer.
    After(usize),
}

/// The calls of one function. Clones share the list.
#[derive(Debug, Clone, Default)]
pub struct Calls {
    made: Arc<Mutex<Vec<String>>>,
    crash: Option<Crash>,
    unprocessed: Arc<AtomicUsize>,
    counted_as: Option<String>,
}

/// The work of a function that AWS charges for.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Work {
    pub calls: u32,
    /// Units of DynamoDB.
    pub reads: f64,
    pub writes: f64,
}

impl Calls {
    /// Calls of a function that crashes there: no later call is sent.
    pub fn crashing(crash: Crash) -> Self {
        Self { crash: Some(crash), ..Self::default() }
    }

    /// Calls of a function for which DynamoDB leaves the keys of its first BatchGetItems unprocessed, as it does for a
    /// throttled table.
    pub fn leaving_unprocessed(reads: usize) -> Self {
        Self { unprocessed: Arc::new(AtomicUsize::new(reads)), ..Self::default() }
    }

    /// Calls with the units that DynamoDB charges for them: see [`World::work_of`](crate::World::work_of).
    pub fn counted() -> Self {
        Self { counted_as: Some(format!("test-{:016x}", fastrand::u64(..))), ..Self::default() }
    }

    /// The name under which the engine counts these calls.
    pub(crate) fn counted_as(&self) -> &str {
        self.counted_as.as_deref().expect("counted calls")
    }

    /// The operations that the function called, in order, such as `BatchGetItem`.
    pub fn made(&self) -> Vec<String> {
        self.made.lock().expect("the calls").clone()
    }

    /// Whether the function came as far as the call at which it crashes.
    pub fn crashed(&self) -> bool {
        let made = self.made().len();
        self.crash.is_some_and(|crash| match crash {
            Crash::Before(at) | Crash::After(at) => made > at,
        })
    }

    /// The number of calls that AWS carried out.
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
        SharedHttpClient::new(RecordingClient { calls: self.clone(), real })
    }

    /// The answer that leaves all keys of a BatchGetItem unprocessed, as long as there are some left to give.
    fn unprocessed(&self, request: &HttpRequest) -> Option<HttpResponse> {
        request.headers().get("x-amz-target").filter(|target| target.ends_with(".BatchGetItem"))?;
        self.unprocessed.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).ok()?;
        let body: Value = serde_json::from_slice(request.body().bytes()?).ok()?;
        let answer = json!({ "Responses": {}, "UnprocessedKeys": body["RequestItems"] });
        Some(HttpResponse::new(200.try_into().ok()?, answer.to_string().into()))
    }

    fn record(&self, request: &HttpRequest) -> usize {
        // DynamoDB and SQS name the operation in this header, as `DynamoDB_20120810.PutItem`.
        let is_post = request.uri().contains("/@connections/") && request.method() == "POST";
        let unnamed = if is_post { "execute-api.PostToConnection" } else { "unnamed.unnamed" };
        let target = request.headers().get("x-amz-target").unwrap_or(unnamed);
        let mut made = self.made.lock().expect("the calls");
        made.push(target.rsplit('.').next().unwrap_or(target).to_owned());
        made.len() - 1
    }
}

#[derive(Debug)]
struct RecordingClient {
    calls: Calls,
    real: SharedHttpClient,
}

impl HttpClient for RecordingClient {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let real = self.real.http_connector(settings, components);
        SharedHttpConnector::new(RecordingConnector { calls: self.calls.clone(), real })
    }
}

#[derive(Debug)]
struct RecordingConnector {
    calls: Calls,
    real: SharedHttpConnector,
}

impl HttpConnector for RecordingConnector {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        if let Some(name) = self.calls.counted_as.clone() {
            request.headers_mut().insert("x-paloma-counted-as", name);
        }
        let number = self.calls.record(&request);
        if let Some(answer) = self.calls.unprocessed(&request) {
            return HttpConnectorFuture::ready(Ok(answer));
        }
        let crashed = || ConnectorError::io("the function crashed".into());
        match self.calls.crash {
            Some(Crash::Before(at)) if number >= at => HttpConnectorFuture::ready(Err(crashed())),
            Some(Crash::After(at)) if number > at => HttpConnectorFuture::ready(Err(crashed())),
            Some(Crash::After(at)) if number == at => {
                let call = self.real.call(request);
                HttpConnectorFuture::new(async move { call.await.and(Err(crashed())) })
            }
            _ => self.real.call(request),
        }
    }
}
