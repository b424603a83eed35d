//! One deployment: its outputs and resources, from CloudFormation. The same on AWS and on the local engine.

use std::collections::{BTreeMap, HashMap};

use aws_config::SdkConfig;
use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use paloma::dead_letters::QueueName;
use paloma::runtime::Environment;

use crate::Failure;
use crate::access;
use crate::failure::Target;
use crate::hints::CommandHints;
use crate::options::GlobalOptions;
use crate::queue::StackQueue;

/// The stack parameters that the functions get as environment variables.
const LIMITS: [&str; 4] = ["SendBurst", "SendsPerSecond", "RareCallsFactor", "SignUpsPerDay"];

/// A deployment of Paloma.
#[derive(Debug)]
pub struct Stack {
    pub name: String,
    /// Turns failed calls into errors that name the region.
    pub target: Target,
    /// The configuration of all clients.
    pub aws: SdkConfig,
    pub hints: CommandHints,
    outputs: BTreeMap<String, String>,
    parameters: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Function {
    /// Such as `dev-fan-out`.
    pub name: String,
    /// Its id in the template, such as `FanOutFunction`.
    pub logical_id: String,
}

impl Function {
    pub fn log_group(&self) -> String {
        format!("/aws/lambda/{}", self.name)
    }
}

impl Stack {
    /// Reads the stack's outputs and parameters.
    ///
    /// # Errors
    /// When there is no such stack.
    pub async fn find(global: &GlobalOptions) -> Result<Self, Failure> {
        let (aws, target) = access::load(global).await?;
        let name = global.stack.clone();
        let client = aws_sdk_cloudformation::Client::new(&aws);
        let described = client.describe_stacks().stack_name(&name).send().await.map_err(|error| {
            // CloudFormation has no error code of its own for a stack that does not exist.
            if error.code() == Some("ValidationError") {
                return Failure::NoStack { name: name.clone(), region: target.region.clone() };
            }
            target.failed("cloudformation:DescribeStacks", &format!("the stack {name}"))(error)
        })?;
        let Some(stack) = described.stacks.unwrap_or_default().pop() else {
            return Err(Failure::NoStack { name, region: target.region });
        };
        let outputs = stack
            .outputs
            .unwrap_or_default()
            .into_iter()
            .filter_map(|output| Some((output.output_key?, output.output_value?)))
            .collect();
        let parameters = stack.parameters.unwrap_or_default().into_iter();
        let parameters =
            parameters.filter_map(|parameter| Some((parameter.parameter_key?, parameter.parameter_value?))).collect();
        Ok(Self { name, hints: CommandHints::of(global, &target), target, aws, outputs, parameters })
    }

    /// The stage, which is the parameter `Stage`.
    pub fn stage(&self) -> &str {
        self.parameters.get("Stage").map_or("dev", String::as_str)
    }

    /// An output of the stack.
    ///
    /// # Errors
    /// When the stack has no such output.
    pub fn output(&self, name: &str) -> Result<&str, Failure> {
        let output = self.outputs.get(name).map(String::as_str);
        output.ok_or_else(|| Failure::NoOutput { stack: self.name.clone(), output: name.to_owned() })
    }

    /// Its queues, in the order of the pipeline.
    pub fn queues(&self) -> [StackQueue; QueueName::ALL.len()] {
        let environment = self.environment();
        QueueName::ALL.map(|name| StackQueue::of(name, &environment))
    }

    pub async fn functions(&self) -> Result<Vec<Function>, Failure> {
        Ok(self
            .resources("AWS::Lambda::Function")
            .await?
            .into_iter()
            .map(|(logical_id, name)| Function { name, logical_id })
            .collect())
    }

    /// Its resources of one type: logical id → physical id.
    pub async fn resources(&self, kind: &str) -> Result<BTreeMap<String, String>, Failure> {
        let client = aws_sdk_cloudformation::Client::new(&self.aws);
        let pages = client.list_stack_resources().stack_name(&self.name).into_paginator().items().send();
        let resources = pages.collect::<Result<Vec<_>, _>>().await;
        let action = "cloudformation:ListStackResources";
        let resources = resources.map_err(self.target.failed(action, &format!("the stack {}", self.name)))?;
        Ok(resources
            .into_iter()
            .filter(|resource| resource.resource_type() == Some(kind))
            .filter_map(|resource| Some((resource.logical_resource_id?, resource.physical_resource_id?)))
            .collect())
    }

    /// The environment variables of the functions, from which `paloma` makes its stores and queues.
    pub fn environment(&self) -> Environment {
        let mut variables = HashMap::new();
        for (name, value) in &self.outputs {
            if ["Table", "Queue", "Function", "EventBus"].iter().any(|kind| name.ends_with(kind)) {
                variables.insert(in_capitals(name), value.clone());
            }
        }
        for name in LIMITS {
            if let Some(value) = self.parameters.get(name) {
                variables.insert(in_capitals(name), value.clone());
            }
        }
        if let Some(endpoint) = self.socket_endpoint() {
            variables.insert("SOCKET_ENDPOINT".to_owned(), endpoint);
        }
        Environment::new(self.aws.clone(), variables)
    }

    /// The endpoint that posts to sockets and closes them. On AWS it is the URL of the WebSocket API with `https`. The
    /// names of the local engine do not resolve, so there it is a path of the engine's own address.
    fn socket_endpoint(&self) -> Option<String> {
        let url = self.outputs.get("WebSocketUrl")?;
        let address = url.split_once("://")?.1;
        let Some(engine) = &self.target.engine else { return Some(format!("https://{address}")) };
        let (host, stage) = address.split_once('/')?;
        Some(format!("{engine}/_aws/execute-api/{}/{stage}", host.split('.').next()?))
    }
}

/// `MessageStatusTable` → `MESSAGE_STATUS_TABLE`.
fn in_capitals(name: &str) -> String {
    let mut capitals = String::new();
    for character in name.chars() {
        if character.is_uppercase() && !capitals.is_empty() {
            capitals.push('_');
        }
        capitals.extend(character.to_uppercase());
    }
    capitals
}
