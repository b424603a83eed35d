"""Deploys Paloma to the local engine through the AWS SDK, as `aws cloudformation deploy` does to AWS.

A conversation: one JSON command a line on stdin, one JSON answer a line on stdout, `{"ok": …}` or
`{"error": "a sentence"}`. It lasts as long as the stack, so that loading the SDK, a second, is paid once.

Usage: deploy.py DIRECTORY_FOR_BINARIES
"""

import hashlib
import io
import json
import os
import shlex
import sys
import time
import traceback
import urllib.error
import urllib.request
import zipfile
from concurrent.futures import ThreadPoolExecutor

import boto3
from beside import Beside
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from samtranslator.yaml_helper import yaml_parse

STAGE = "dev"
STACK = f"paloma-{STAGE}"
BUCKET = "paloma-deployment"
OPERATOR = "operator"
DEADLINE_SECONDS = 120
ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
REGION = os.environ["AWS_DEFAULT_REGION"]
DIRECTORY = sys.argv[1]  # where binaries are kept while they run
# Straight to the engine, whatever proxy the machine has.
HTTP = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Refused(Exception):
    """What went wrong, in one sentence for whoever runs the command."""


def client(service):
    """A client of the local engine; no retries, since nothing here is on a network."""
    return boto3.client(service, config=Config(retries={"total_max_attempts": 1}, max_pool_connections=16))


class Deployment:
    """The stack: what has been uploaded, and what CloudFormation made of it."""

    def __init__(self):
        self.s3, self.cloudformation = client("s3"), client("cloudformation")
        self.functions, self.iam, self.sts = client("lambda"), client("iam"), client("sts")
        self.people, self.beside = client("cognito-idp"), Beside(client)
        self.code = {}  # binary name → S3 key, which holds the hash of the content
        self.deployed = {}  # the same, of what runs
        self.resources = {}  # logical id → physical id
        self.logical_ids = {}  # binary name → logical id of its function
        self.outputs = {}

    # ── commands ──

    def wait(self, seconds):
        """Returns once the engine answers."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                return HTTP.open(f"{ENDPOINT}/_ministack/health", timeout=2).close()
            except OSError:
                if time.monotonic() > deadline:
                    raise Refused(f"The local engine did not answer within {seconds} s.") from None
                time.sleep(0.05)

    def deploy(self, template, architecture, binaries, parameters):
        """Creates the stack with these parameters, or updates it. Answers with its outputs, and with what has changed."""
        document = self.read(template)
        self.upload(binaries)
        self.point_to_code(document)
        self.point_to_definitions(document, os.path.dirname(template))
        parameters = {"Stage": STAGE, "Architecture": architecture, **self.beside.parameters(), **parameters}
        adapt_apis(document, parameters)
        known = document.get("Parameters", {})
        request = {
            "StackName": STACK,
            "TemplateURL": self.put("template.json", json.dumps(document, default=str).encode()),
            "Parameters": [
                {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items() if key in known
            ],
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        }
        changed = True
        started = time.time()
        try:
            if self.outputs:
                self.cloudformation.update_stack(**request)
            else:
                self.cloudformation.create_stack(**request)
            self.settle(started)
        except ClientError as error:
            if "No updates are to be performed" not in str(error):
                raise
            changed = False
        self.beside.connect(document, parameters, self.outputs)
        functions = self.outdated()
        self.deployed = dict(self.code)
        return {
            "outputs": self.outputs,
            "platformApplications": self.beside.named(),
            "functions": functions,
            "changed": changed,
        }

    def update(self, binaries):
        """Gives functions whose binary has changed their new code. Answers with their names."""
        self.upload(binaries)
        outdated = self.outdated()
        for binary in outdated:
            key = self.code[binary]
            name = self.function_name(binary)
            self.functions.update_function_code(FunctionName=name, S3Bucket=BUCKET, S3Key=key)
            self.publish(name)
            self.deployed[binary] = key
        return outdated

    def users(self, login, users):
        """Makes users, `{email, password}`, and has each log in once at that address, so that Paloma knows them.

        Answers with their ids.
        """
        with ThreadPoolExecutor(8) as pool:
            ids = list(pool.map(self.make_user, users))
            list(pool.map(lambda user: log_in(login, user), users))
        return ids

    def credentials(self, function):
        """Temporary credentials of a function's own role, for trying what it may not do."""
        arn = self.functions.get_function_configuration(FunctionName=self.function_name(function))["Role"]
        role = arn.rsplit("/", 1)[-1]
        document = self.iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
        trust = self.trust_in_this_account()
        if trust not in document["Statement"]:
            document["Statement"].append(trust)
            self.iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(document))
        return self.assume(arn)

    def variables(self, function):
        """The environment variables of a function, the secrets of the user pool's clients among them."""
        configuration = self.functions.get_function_configuration(FunctionName=self.function_name(function))
        return configuration["Environment"]["Variables"]

    def operator(self, policies):
        """Temporary credentials of an operator who may do what those files say, once their capitals name this stack."""
        role = "-".join([OPERATOR, *(os.path.splitext(os.path.basename(policy))[0] for policy in policies)])
        account = self.sts.get_caller_identity()["Account"]
        capitals = {"REGION": REGION, "ACCOUNT": account, "STAGE": STAGE, "SUFFIX": ""}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [self.trust_in_this_account()]})
        try:
            self.iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust)
        except self.iam.exceptions.EntityAlreadyExistsException:
            pass
        for policy in policies:
            with open(policy, encoding="utf-8") as file:
                document = file.read()
            for name, value in capitals.items():
                document = document.replace(name, value)
            self.iam.put_role_policy(RoleName=role, PolicyName=os.path.basename(policy), PolicyDocument=document)
        return self.assume(self.iam.get_role(RoleName=role)["Role"]["Arn"])

    # ── steps ──

    def read(self, template):
        with open(template, encoding="utf-8") as file:
            try:
                return yaml_parse(file.read())
            except Exception as error:
                raise Refused(f"{template} is not valid YAML: {' '.join(str(error).split())}") from None

    def upload(self, binaries):
        """Uploads a Lambda package of each binary, unless it is there."""
        for name, path in binaries.items():
            with open(path, "rb") as file:
                content = file.read()
            content_hash = hashlib.sha256(content).hexdigest()
            key = f"{name}/{content_hash}.zip"
            if self.code.get(name) != key:
                self.put(key, package(keep(f"{name}-{content_hash[:16]}", content)))
                self.code[name] = key

    def publish(self, function):
        """Moves the function's aliases, if it has any, to a version with its new code."""
        aliases = self.functions.list_aliases(FunctionName=function)["Aliases"]
        version = self.functions.publish_version(FunctionName=function)["Version"] if aliases else None
        for alias in aliases:
            self.functions.update_alias(FunctionName=function, Name=alias["Name"], FunctionVersion=version)

    def outdated(self):
        """The functions that run other code than was uploaded last."""
        return [binary for binary in self.logical_ids if self.code[binary] != self.deployed.get(binary)]

    def put(self, key, content):
        try:
            self.s3.put_object(Bucket=BUCKET, Key=key, Body=content)
        except self.s3.exceptions.NoSuchBucket:
            self.s3.create_bucket(Bucket=BUCKET)
            self.s3.put_object(Bucket=BUCKET, Key=key, Body=content)
        return f"{ENDPOINT}/{BUCKET}/{key}"

    def point_to_code(self, document):
        """Sets the CodeUri of every function to its uploaded package, as `sam package` does."""
        self.logical_ids = {}
        for logical_id, resource in resources(document, "AWS::Serverless::Function"):
            binary = resource.get("Metadata", {}).get("BuildProperties", {}).get("Binary")
            if binary not in self.code:
                raise Refused(
                    f"{logical_id} in template.yaml wants the binary {binary!r}, which no package under functions/ builds."
                )
            resource["Properties"]["CodeUri"] = f"s3://{BUCKET}/{self.code[binary]}"
            self.logical_ids[binary] = logical_id

    def point_to_definitions(self, document, folder):
        """Sets the DefinitionUri of every workflow to its uploaded definition, as `sam package` does."""
        for _, resource in resources(document, "AWS::Serverless::StateMachine"):
            path = resource["Properties"]["DefinitionUri"]
            with open(os.path.join(folder, path), "rb") as file:
                content = file.read()
            key = f"{path}/{hashlib.sha256(content).hexdigest()}"
            self.put(key, content)
            resource["Properties"]["DefinitionUri"] = {"Bucket": BUCKET, "Key": key}

    def settle(self, started):
        """Waits for CloudFormation to finish and notes what it made."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while (stack := self.cloudformation.describe_stacks(StackName=STACK)["Stacks"][0])["StackStatus"].endswith(
            "IN_PROGRESS"
        ):
            if time.monotonic() > deadline:
                raise Refused(f"The deployment did not finish within {DEADLINE_SECONDS} s.")
            time.sleep(0.1)
        if stack["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            raise Refused(self.failure(stack, started))
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
        pages = self.cloudformation.get_paginator("list_stack_resources").paginate(StackName=STACK)
        self.resources = {
            summary["LogicalResourceId"]: summary["PhysicalResourceId"]
            for page in pages
            for summary in page["StackResourceSummaries"]
            if "PhysicalResourceId" in summary
        }

    def failure(self, stack, started):
        """The first resource that failed, and why."""
        events = self.cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
        for event in sorted(events, key=lambda event: event["Timestamp"]):
            failed = event["ResourceStatus"].endswith("_FAILED") and event["Timestamp"].timestamp() >= started - 1
            if failed and event["LogicalResourceId"] != STACK:
                reason = event.get("ResourceStatusReason", "no reason given")
                return f"The deployment failed at {event['LogicalResourceId']} ({event['ResourceType']}): {reason}"
        return f"The deployment ended as {stack['StackStatus']}: {stack.get('StackStatusReason', 'no reason given')}"

    def function_name(self, binary):
        if binary not in self.logical_ids:
            raise Refused(f"There is no function {binary!r} in template.yaml.")
        return self.resources[self.logical_ids[binary]]

    def trust_in_this_account(self):
        account = self.sts.get_caller_identity()["Account"]
        return {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}

    def assume(self, role):
        given = self.sts.assume_role(RoleArn=role, RoleSessionName="local")["Credentials"]
        return {
            "accessKeyId": given["AccessKeyId"],
            "secretAccessKey": given["SecretAccessKey"],
            "sessionToken": given["SessionToken"],
        }

    def make_user(self, user):
        pool, email, password = self.outputs["UserPoolId"], user["email"], user["password"]
        attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
        try:
            made = self.people.admin_create_user(
                UserPoolId=pool, Username=email, UserAttributes=attributes, MessageAction="SUPPRESS"
            )["User"]["Attributes"]
        except self.people.exceptions.UsernameExistsException:
            made = self.people.admin_get_user(UserPoolId=pool, Username=email)["UserAttributes"]
        self.people.admin_set_user_password(UserPoolId=pool, Username=email, Password=password, Permanent=True)
        return next(attribute["Value"] for attribute in made if attribute["Name"] == "sub")


def resources(document, kind):
    """The resources of a type that are written out. The engine expands loops (Fn::ForEach), whose values are lists."""
    written = document["Resources"].items()
    return [(name, each) for name, each in written if isinstance(each, dict) and each.get("Type") == kind]


def adapt_apis(document, parameters):
    """What the engine needs said differently about APIs. Sets the parameter SocketEndpoint.

    An API gets a known id (AWS makes one up), so that functions can be told where to post to sockets before
    there is an API; and the engine reads CORS settings in the spelling of the SDK, not of CloudFormation.
    """
    for name, api in resources(document, "AWS::ApiGatewayV2::Api"):
        properties = api["Properties"]
        properties["Tags"] = {**properties.get("Tags", {}), "ms-custom-id": name.lower()}
        if "CorsConfiguration" in properties:
            properties["CorsConfiguration"] = {
                key[0].lower() + key[1:]: value for key, value in properties["CorsConfiguration"].items()
            }
        if properties["ProtocolType"] == "WEBSOCKET":
            stage = socket_stage(document, name, parameters)
            parameters["SocketEndpoint"] = f"{ENDPOINT}/_aws/execute-api/{name.lower()}/{stage}"


def socket_stage(document, api, parameters):
    for _, stage in resources(document, "AWS::ApiGatewayV2::Stage"):
        if stage["Properties"]["ApiId"] == {"Ref": api}:
            name = stage["Properties"]["StageName"]
            return parameters[name["Ref"]] if isinstance(name, dict) else name
    raise Refused(f"{api} in template.yaml has no stage.")


def keep(name, content):
    """Puts a binary where it stays as it is while cargo goes on building. Answers with its path."""
    path = os.path.join(DIRECTORY, name)
    with open(path, "wb") as file:
        file.write(content)
    os.chmod(path, 0o755)
    return path


def package(binary):
    """A Lambda package that runs the binary at that path.

    The engine keeps packages in memory, several times over, and looks at every byte at each cold start. Fifteen
    functions that are not optimised are 600 MB: with the binaries inside, a deployment took three times as long.
    """
    entry = zipfile.ZipInfo("bootstrap")
    entry.external_attr = 0o755 << 16
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(entry, f"#!/bin/sh\nexec {shlex.quote(binary)}\n")
    return content.getvalue()


def log_in(url, user):
    body = json.dumps({"email": user["email"], "password": user["password"]}).encode()
    request = urllib.request.Request(url, body, {"content-type": "application/json"})
    try:
        HTTP.open(request, timeout=30).close()
    except urllib.error.HTTPError as error:
        answer = error.read().decode(errors="replace")[:300]
        raise Refused(f"{user['email']} could not log in: POST /auth/login answered {error.code} {answer}") from None


def answer(deployment, line):
    try:
        command = json.loads(line)
        return {"ok": getattr(deployment, command.pop("command"))(**command)}
    except Refused as refused:
        return {"error": str(refused)}
    except (BotoCoreError, ClientError, OSError) as error:
        return {"error": f"The local engine refused: {error}"}
    except Exception as error:
        traceback.print_exc()
        return {"error": f"{type(error).__name__} in deploy.py, its log has the trace: {error}"}


if __name__ == "__main__":
    deployment = Deployment()
    for line in sys.stdin:
        print(json.dumps(answer(deployment, line), default=str), flush=True)
