"""Deploys Paloma to the local engine with the AWS SDK, as `aws cloudformation deploy` does to AWS.

Reads one JSON command per line from stdin, and writes one JSON answer per line to stdout: `{"ok": …}` or
`{"error": "a sentence"}`. The process lives as long as the stack, since loading the SDK takes a second.

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
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from external_resources import ExternalResources
from samtranslator.yaml_helper import yaml_parse

STAGE = "dev"
STACK = f"paloma-{STAGE}"
BUCKET = "paloma-deployment"
OPERATOR = "operator"
DEADLINE_SECONDS = 120
ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
REGION = os.environ["AWS_DEFAULT_REGION"]
DIRECTORY = sys.argv[1]  # for the binaries that the functions run
# Connects to the engine directly, without a proxy.
HTTP = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class DeployError(Exception):
    """An error, as one sentence for the developer who runs the command."""


def client(service):
    """A client of the local engine, without retries: the engine runs on this machine."""
    return boto3.client(service, config=Config(retries={"total_max_attempts": 1}, max_pool_connections=16))


class Deployment:
    """The stack, and the packages that were uploaded for it."""

    def __init__(self):
        self.s3, self.cloudformation = client("s3"), client("cloudformation")
        self.functions, self.iam, self.sts = client("lambda"), client("iam"), client("sts")
        self.user_pools, self.external = client("cognito-idp"), ExternalResources(client)
        self.code = {}  # binary name → S3 key of the latest package, which contains the hash of the binary
        self.deployed = {}  # binary name → S3 key of the deployed package
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
                    raise DeployError(f"The local engine did not answer within {seconds} s.") from None
                time.sleep(0.05)

    def deploy(self, template, architecture, binaries, parameters):
        """Creates or updates the stack with these parameters. Returns its outputs, and the functions with new code."""
        document = self.read(template)
        self.upload(binaries)
        self.point_to_code(document)
        self.point_to_definitions(document, os.path.dirname(template))
        parameters = {"Stage": STAGE, "Architecture": architecture, **self.external.parameters(), **parameters}
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
        self.external.connect(document, parameters, self.outputs)
        functions = self.outdated()
        self.deployed = dict(self.code)
        return {
            "outputs": self.outputs,
            "platformApplications": self.external.platform_applications(),
            "functions": functions,
            "changed": changed,
        }

    def update(self, binaries):
        """Uploads the changed binaries to their functions. Returns the names of these functions."""
        self.upload(binaries)
        outdated = self.outdated()
        for binary in outdated:
            key = self.code[binary]
            name = self.function_name(binary)
            self.functions.update_function_code(FunctionName=name, S3Bucket=BUCKET, S3Key=key)
            self.publish(name)
            self.deployed[binary] = key
        return outdated

    def users(self, api, users, chats):
        """Creates users from `{email, password, name?}`, and logs each in once at this API, which creates their profiles.

        With `chats`, the first user gets a direct chat with the second, and a group with all, which
        the others accept. Returns the users' ids.
        """
        with ThreadPoolExecutor(8) as pool:
            ids = list(pool.map(self.create_user, users))
            tokens = list(pool.map(lambda user: create_profile(api, user), users))
        if chats:
            direct = {"type": "direct", "participants": ids[1:2]}
            group = {"type": "group", "participants": ids[1:], "name": "Friends"}
            for chat, others in ((group, range(1, len(users))), (direct, [1])):
                made = call(users[0], "POST", f"{api}/chats", chat, tokens[0])
                # From then on the users know each other.
                for other in others:
                    call(users[other], "POST", f"{api}/chats/{made['chatId']}/accept", {}, tokens[other])
        return ids

    def credentials(self, function):
        """Temporary credentials of a function's role, for tests of its permissions."""
        arn = self.functions.get_function_configuration(FunctionName=self.function_name(function))["Role"]
        role = arn.rsplit("/", 1)[-1]
        document = self.iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
        trust = self.trust_in_this_account()
        if trust not in document["Statement"]:
            document["Statement"].append(trust)
            self.iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(document))
        return self.assume(arn)

    def variables(self, function):
        """The environment variables of a function, including the secrets of the user pool's clients."""
        configuration = self.functions.get_function_configuration(FunctionName=self.function_name(function))
        return configuration["Environment"]["Variables"]

    def operator(self, policies):
        """Temporary credentials of a role with these policy files, after their placeholders are replaced."""
        role = "-".join([OPERATOR, *(os.path.splitext(os.path.basename(policy))[0] for policy in policies)])
        account = self.sts.get_caller_identity()["Account"]
        placeholders = {"REGION": REGION, "ACCOUNT": account, "STAGE": STAGE, "SUFFIX": ""}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [self.trust_in_this_account()]})
        try:
            self.iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust)
        except self.iam.exceptions.EntityAlreadyExistsException:
            pass
        for policy in policies:
            with open(policy, encoding="utf-8") as file:
                document = file.read()
            for name, value in placeholders.items():
                document = document.replace(name, value)
            self.iam.put_role_policy(RoleName=role, PolicyName=os.path.basename(policy), PolicyDocument=document)
        return self.assume(self.iam.get_role(RoleName=role)["Role"]["Arn"])

    # ── steps ──

    def read(self, template):
        with open(template, encoding="utf-8") as file:
            try:
                return yaml_parse(file.read())
            except Exception as error:
                raise DeployError(f"{template} is not valid YAML: {' '.join(str(error).split())}") from None

    def upload(self, binaries):
        """Uploads a Lambda package of each changed binary."""
        for name, path in binaries.items():
            with open(path, "rb") as file:
                content = file.read()
            content_hash = hashlib.sha256(content).hexdigest()
            key = f"{name}/{content_hash}.zip"
            if self.code.get(name) != key:
                self.put(key, package(copy_binary(f"{name}-{content_hash[:16]}", content)))
                self.code[name] = key

    def publish(self, function):
        """Publishes a version with the function's new code, and moves its aliases to it."""
        aliases = self.functions.list_aliases(FunctionName=function)["Aliases"]
        version = self.functions.publish_version(FunctionName=function)["Version"] if aliases else None
        for alias in aliases:
            self.functions.update_alias(FunctionName=function, Name=alias["Name"], FunctionVersion=version)

    def outdated(self):
        """The functions that do not run the latest uploaded package."""
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
                raise DeployError(
                    f"{logical_id} in template.yaml needs the binary {binary!r}, "
                    "but no package in functions/ builds it."
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
        """Waits until CloudFormation is done, and reads the stack's outputs and resources."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while (stack := self.cloudformation.describe_stacks(StackName=STACK)["Stacks"][0])["StackStatus"].endswith(
            "IN_PROGRESS"
        ):
            if time.monotonic() > deadline:
                raise DeployError(f"The deployment did not finish within {DEADLINE_SECONDS} s.")
            time.sleep(0.1)
        if stack["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            raise DeployError(self.failure(stack, started))
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
        pages = self.cloudformation.get_paginator("list_stack_resources").paginate(StackName=STACK)
        self.resources = {
            summary["LogicalResourceId"]: summary["PhysicalResourceId"]
            for page in pages
            for summary in page["StackResourceSummaries"]
            if "PhysicalResourceId" in summary
        }

    def failure(self, stack, started):
        """Describes the first resource that failed, with the reason."""
        events = self.cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
        for event in sorted(events, key=lambda event: event["Timestamp"]):
            failed = event["ResourceStatus"].endswith("_FAILED") and event["Timestamp"].timestamp() >= started - 1
            if failed and event["LogicalResourceId"] != STACK:
                reason = event.get("ResourceStatusReason", "no reason given")
                return f"The deployment failed at {event['LogicalResourceId']} ({event['ResourceType']}): {reason}"
        return f"The deployment ended as {stack['StackStatus']}: {stack.get('StackStatusReason', 'no reason given')}"

    def function_name(self, binary):
        if binary not in self.logical_ids:
            raise DeployError(f"There is no function {binary!r} in template.yaml.")
        return self.resources[self.logical_ids[binary]]

    def trust_in_this_account(self):
        account = self.sts.get_caller_identity()["Account"]
        return {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}

    def assume(self, role):
        credentials = self.sts.assume_role(RoleArn=role, RoleSessionName="local")["Credentials"]
        return {
            "accessKeyId": credentials["AccessKeyId"],
            "secretAccessKey": credentials["SecretAccessKey"],
            "sessionToken": credentials["SessionToken"],
        }

    def create_user(self, user):
        pool, email, password = self.outputs["UserPoolId"], user["email"], user["password"]
        attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
        try:
            stored = self.user_pools.admin_create_user(
                UserPoolId=pool, Username=email, UserAttributes=attributes, MessageAction="SUPPRESS"
            )["User"]["Attributes"]
        except self.user_pools.exceptions.UsernameExistsException:
            stored = self.user_pools.admin_get_user(UserPoolId=pool, Username=email)["UserAttributes"]
        self.user_pools.admin_set_user_password(UserPoolId=pool, Username=email, Password=password, Permanent=True)
        return next(attribute["Value"] for attribute in stored if attribute["Name"] == "sub")


def resources(document, kind):
    """The resources of a type, without those in loops (Fn::ForEach), which are lists here. The engine expands loops."""
    items = document["Resources"].items()
    return [(name, each) for name, each in items if isinstance(each, dict) and each.get("Type") == kind]


def adapt_apis(document, parameters):
    """Changes the APIs in the template for the engine, and sets the parameter SocketEndpoint.

    Each API gets a fixed id (on AWS it is random), so that the URL for posting to connections is known before the API
    exists. The engine expects CORS settings with the names of the SDK, not of CloudFormation.
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
    raise DeployError(f"{api} in template.yaml has no stage.")


def copy_binary(name, content):
    """Copies a binary to a folder in which cargo does not replace it. Returns the path of the copy."""
    path = os.path.join(DIRECTORY, name)
    with open(path, "wb") as file:
        file.write(content)
    os.chmod(path, 0o755)
    return path


def package(binary):
    """A Lambda package that runs the binary at this path, outside of the package.

    The engine keeps several copies of a package in memory, and reads all of it at each cold start. Fifteen functions
    without optimisation have 600 MB. With the binaries in the packages, a deployment took three times as long.
    """
    entry = zipfile.ZipInfo("bootstrap")
    entry.external_attr = 0o755 << 16
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(entry, f"#!/bin/sh\nexec {shlex.quote(binary)}\n")
    return content.getvalue()


def create_profile(api, user):
    """Logs a user in, which creates the profile, and sets its name. Returns an access token."""
    login = call(user, "POST", f"{api}/auth/login", {"email": user["email"], "password": user["password"]})
    if "name" in user:
        call(user, "PUT", f"{api}/me", {"name": user["name"]}, login["accessToken"])
    return login["accessToken"]


def call(user, method, url, body, token=None):
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(url, json.dumps(body).encode(), headers, method=method)
    try:
        with HTTP.open(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        answer = error.read().decode(errors="replace")[:300]
        raise DeployError(f"{user['email']}: {method} {url} answered {error.code} {answer}") from None


def answer(deployment, line):
    try:
        command = json.loads(line)
        return {"ok": getattr(deployment, command.pop("command"))(**command)}
    except DeployError as error:
        return {"error": str(error)}
    except (BotoCoreError, ClientError, OSError) as error:
        return {"error": f"A call to the local engine failed: {error}"}
    except Exception as error:
        traceback.print_exc()
        return {"error": f"deploy.py failed with {type(error).__name__} (see the stack's deployment.log): {error}"}


if __name__ == "__main__":
    deployment = Deployment()
    for line in sys.stdin:
        print(json.dumps(answer(deployment, line), default=str), flush=True)
