"""Deploys the floor beside Paloma: a queue, and a function that posts what it finds there. Prints the queue."""

import io
import json
import sys
import zipfile

import boto3

endpoint, binary, socket_endpoint = sys.argv[1:]
aws = dict(
    endpoint_url=endpoint,
    region_name="us-east-1",
    aws_access_key_id="000000000000",
    aws_secret_access_key="local",
)
iam, sqs, functions = (boto3.client(name, **aws) for name in ("iam", "sqs", "lambda"))

trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
role = iam.create_role(RoleName="floor", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
grant = {"Effect": "Allow", "Action": ["sqs:*", "execute-api:ManageConnections", "logs:*"], "Resource": "*"}
iam.put_role_policy(RoleName="floor", PolicyName="floor", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [grant]}))

package = io.BytesIO()
with zipfile.ZipFile(package, "w") as archive:
    entry = zipfile.ZipInfo("bootstrap")
    entry.external_attr = 0o755 << 16
    with open(binary, "rb") as code:
        archive.writestr(entry, code.read())
functions.create_function(
    FunctionName="floor",
    Runtime="provided.al2023",
    Handler="bootstrap",
    Role=role["Role"]["Arn"],
    Timeout=10,
    MemorySize=256,
    Code={"ZipFile": package.getvalue()},
    Environment={"Variables": {"SOCKET_ENDPOINT": socket_endpoint}},
)
queue = sqs.create_queue(QueueName="floor")["QueueUrl"]
arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
functions.create_event_source_mapping(FunctionName="floor", EventSourceArn=arn, BatchSize=10)
print(queue)
