"""Tests a deployment: one user sends a message, and another receives it by WebSocket and finds it in the history.

The script creates both users in the user pool, with random addresses, and deletes them at the end. Run it after every
deployment. It uses the account of your credentials, or the local engine if AWS_ENDPOINT_URL is set.

Usage: smoke.py STACK_NAME (with boto3 and wsproto: target/local/engine/bin/python has both)
"""

import json
import os
import secrets
import socket
import ssl
import sys
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import boto3
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, RejectConnection, Request, TextMessage

DEADLINE_SECONDS = 30
ENGINE = os.environ.get("AWS_ENDPOINT_URL")


class SmokeTestFailure(Exception):
    """A failure, as one sentence for the operator."""


class Deployment:
    def __init__(self, stack):
        cloudformation = boto3.client("cloudformation")
        description = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in description.get("Outputs", [])}
        pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
        self.resources = [resource for page in pages for resource in page["StackResourceSummaries"]]
        self.user_pools = boto3.client("cognito-idp")

    def url(self, output):
        """The URL in an output. The local engine has its own URLs, since host names of APIs do not resolve locally."""
        url = self.outputs[output]
        if not ENGINE:
            return url
        api, stage = urlsplit(url).hostname.split(".")[0], urlsplit(url).path.strip("/") or "$default"
        engine = ENGINE.replace("http", "ws", 1) if url.startswith("ws") else ENGINE
        return f"{engine}/_aws/execute-api/{api}/{stage}"

    def call(self, method, path, body=None, token=None):
        """Calls the REST API, and returns the body of its answer."""
        headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url("ApiUrl") + path, content, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=DEADLINE_SECONDS) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            answer = error.read().decode(errors="replace")[:300]
            raise SmokeTestFailure(f"{method} {path} answered {error.code} {answer}") from None

    def create_user(self):
        """Creates a user and logs in. Returns the email and the answer to the login."""
        email, password = f"smoke-{secrets.token_hex(8)}@example.com", f"Smoke-{secrets.token_urlsafe(16)}-1aA"
        pool = self.outputs["UserPoolId"]
        attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
        self.user_pools.admin_create_user(
            UserPoolId=pool, Username=email, UserAttributes=attributes, MessageAction="SUPPRESS"
        )
        self.user_pools.admin_set_user_password(UserPoolId=pool, Username=email, Password=password, Permanent=True)
        return email, self.call("POST", "/auth/login", {"email": email, "password": password})

    def remove(self, email):
        self.user_pools.admin_delete_user(UserPoolId=self.outputs["UserPoolId"], Username=email)

    def check_logs(self):
        """Checks that the log group of every function has a retention."""
        logs, functions = boto3.client("logs"), boto3.client("lambda")
        for resource in self.resources:
            if resource["ResourceType"] == "AWS::Lambda::Function":
                name = resource["PhysicalResourceId"]
                group = functions.get_function_configuration(FunctionName=name)["LoggingConfig"]["LogGroup"]
                found = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
                if not any(each["logGroupName"] == group and each.get("retentionInDays") for each in found):
                    raise SmokeTestFailure(f"The log group {group} of {name} is missing, or has no retention.")


class Socket:
    """A WebSocket connection of a user who has logged in."""

    def __init__(self, deployment, token):
        ticket = deployment.call("POST", "/ws/tickets", {}, token)["ticket"]
        url = urlsplit(deployment.url("WebSocketUrl"))
        port = url.port or (443 if url.scheme == "wss" else 80)
        self.connection = socket.create_connection((url.hostname, port), timeout=DEADLINE_SECONDS)
        if url.scheme == "wss":
            self.connection = ssl.create_default_context().wrap_socket(self.connection, server_hostname=url.hostname)
        self.protocol = WSConnection(ConnectionType.CLIENT)
        self.connection.sendall(self.protocol.send(Request(host=url.netloc, target=f"{url.path}?ticket={ticket}")))
        self.wait_for(lambda event: isinstance(event, AcceptConnection))

    def wait_for(self, is_expected):
        """Waits for an event for which the predicate is true."""
        deadline, others = time.monotonic() + DEADLINE_SECONDS, []
        while time.monotonic() < deadline:
            for event in self.protocol.events():
                if is_expected(event):
                    return event
                if isinstance(event, RejectConnection):
                    raise SmokeTestFailure(f"The WebSocket connection was rejected with status {event.status_code}.")
                others.append(event)
            try:
                self.protocol.receive_data(self.connection.recv(65536) or None)
            except TimeoutError:
                break
        raise SmokeTestFailure(f"The frame did not arrive within {DEADLINE_SECONDS} s. Other events: {others}.")


def send_message(deployment, ana, bruno):
    """Ana sends a message, Bruno receives it and finds it in the history. Returns the milliseconds until he got it."""
    request = {"type": "direct", "participants": [bruno["user"]["userId"]]}
    chat = deployment.call("POST", "/chats", request, ana["accessToken"])["chatId"]
    listener = Socket(deployment, bruno["accessToken"])
    content = f"Does it work? {secrets.token_hex(4)}"
    started = time.monotonic()
    path, message = f"/chats/{chat}/messages", {"content": content, "clientMessageId": secrets.token_hex(8)}
    accepted = deployment.call("POST", path, message, ana["accessToken"])
    listener.wait_for(lambda event: isinstance(event, TextMessage) and accepted["messageId"] in event.data)
    milliseconds = round((time.monotonic() - started) * 1000)
    history = deployment.call("GET", path, token=bruno["accessToken"])["messages"]
    if [each["content"] for each in history] != [content]:
        raise SmokeTestFailure(f"The history should have the one message, but is {history}.")
    return milliseconds


def main(stack):
    deployment, users = Deployment(stack), []
    try:
        for _ in range(2):
            users.append(deployment.create_user())
        milliseconds = send_message(deployment, *(login for _, login in users))
    finally:
        for email, _ in users:
            deployment.remove(email)
    deployment.check_logs()
    print(f"{stack} works: a message arrived {milliseconds} ms after it was sent, and is in the history.")


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except SmokeTestFailure as failure:
        sys.exit(f"{sys.argv[1]} does not work: {failure}")
