//! A Lambda that does nothing but post from SQS to a socket. The benchmark compares the pipeline with it (`cargo
//! bench`).

use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use paloma::domain::ConnectionId;
use paloma::runtime::Environment;
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let sockets = Environment::of_process().await.sockets()?;
    let sockets = &sockets;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<SqsEvent>| async move {
        for record in event.payload.records {
            let job: Value = serde_json::from_str(record.body.as_deref().unwrap_or_default())?;
            let connection = ConnectionId::new(job["connectionId"].as_str().unwrap_or_default());
            sockets.post(&connection, job["frame"].to_string().as_bytes()).await;
        }
        Ok::<_, Error>(())
    }))
    .await
}
