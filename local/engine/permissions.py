"""What IAM is asked for, as AWS asks for it.

On AWS, who may send, remove or hide one message of SQS may do so with ten at once: IAM knows no actions of batches. A
stream of DynamoDB is a resource of its own. To look at one event source mapping is not to list them all. And a log group
whose events are searched ends with `:*`. The engine asks for actions of batches, for streams as such, for the list, and
for the name of the log group alone.
"""

import json

from ministack.core import iam_actions
from ministack.services import dynamodb_streams

BATCHES = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}

# In `arn:aws:logs:REGION:ACCOUNT:log-group:NAME`.
LOG_GROUP_COLONS = 6


def install():
    """Has the engine ask for what AWS asks for."""
    extract_action, extract_resource = iam_actions.extract_iam_action, iam_actions.extract_resource_arn

    def action_as_on_aws(service, method, path, *more):
        action = extract_action(service, method, path, *more)
        if action == "lambda:ListEventSourceMappings" and not path.rstrip("/").endswith("event-source-mappings"):
            return "lambda:GetEventSourceMapping"
        return BATCHES.get(action, action)

    def resource_as_on_aws(service, method, path, headers, body, *more):
        stream = stream_of(body) if service == "dynamodbstreams" else None
        resource = stream or extract_resource(service, method, path, headers, body, *more)
        return f"{resource}:*" if service == "logs" and resource.count(":") == LOG_GROUP_COLONS else resource

    iam_actions.extract_iam_action, iam_actions.extract_resource_arn = action_as_on_aws, resource_as_on_aws


def stream_of(body):
    """The ARN of the stream that a request names, itself or by an iterator."""
    request = json.loads(body or b"{}")
    iterator = dynamodb_streams._decode_iterator(request.get("ShardIterator") or "") or {}
    return request.get("StreamArn") or iterator.get("arn")
