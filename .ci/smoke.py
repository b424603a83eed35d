"""Whether a deployment works: two people log in, one writes, the other hears it on a socket and finds it in the history.

It makes the two, with made-up addresses, and takes them out of the user pool again. Run it after every deployment, to
whatever account your credentials are for, or to the local engine if AWS_ENDPOINT_URL names it.

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


class Broken(Exception):
    """What does not work, in one sentence."""


class Deployment:
    """A stack, by its outputs."""

    def __init__(self, stack):
        cloudformation = boto3.client("cloudformation")
        described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}
        pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
        self.resources = [resource for page in pages for resource in page["StackResourceSummaries"]]
        self.people = boto3.client("cognito-idp")

    def url(self, output):
        """An address of the deployment, as the local engine serves it where names of APIs do not resolve."""
        url = self.outputs[output]
        if not ENGINE:
            return url
        api, stage = urlsplit(url).hostname.split(".")[0], urlsplit(url).path.strip("/") or "$default"
        engine = ENGINE.replace("http", "ws", 1) if url.startswith("ws") else ENGINE
        return f"{engine}/_aws/execute-api/{api}/{stage}"

    def call(self, method, path, body=None, token=None):
        """Calls the REST API. Answers with what it answers."""
        headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url("ApiUrl") + path, content, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=DEADLINE_SECONDS) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise Broken(f"{method} {path} answered {error.code} {error.read().decode(errors='replace')[:300]}") from None

    def person(self):
        """Makes somebody and logs them in. Their email and what the login answered."""
        email, password = f"smoke-{secrets.token_hex(8)}@example.com", f"Smoke-{secrets.token_urlsafe(16)}-1aA"
        pool = self.outputs["UserPoolId"]
        attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
        self.people.admin_create_user(
            UserPoolId=pool, Username=email, UserAttributes=attributes, MessageAction="SUPPRESS"
        )
        self.people.admin_set_user_password(UserPoolId=pool, Username=email, Password=password, Permanent=True)
        return email, self.call("POST", "/auth/login", {"email": email, "password": password})

    def remove(self, email):
        self.people.admin_delete_user(UserPoolId=self.outputs["UserPoolId"], Username=email)

    def check_logs(self):
        """Every function logs into a group that forgets in time."""
        logs, functions = boto3.client("logs"), boto3.client("lambda")
        for resource in self.resources:
            if resource["ResourceType"] == "AWS::Lambda::Function":
                name = resource["PhysicalResourceId"]
                group = functions.get_function_configuration(FunctionName=name)["LoggingConfig"]["LogGroup"]
                found = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
                if not any(each["logGroupName"] == group and each.get("retentionInDays") for each in found):
                    raise Broken(f"{name} logs into {group}, which keeps everything for ever, or is not there.")


class Socket:
    """A socket of somebody who has logged in."""

    def __init__(self, deployment, token):
        ticket = deployment.call("POST", "/ws/tickets", {}, token)["ticket"]
        url = urlsplit(deployment.url("WebSocketUrl"))
        port = url.port or (443 if url.scheme == "wss" else 80)
        self.connection = socket.create_connection((url.hostname, port), timeout=DEADLINE_SECONDS)
        if url.scheme == "wss":
            self.connection = ssl.create_default_context().wrap_socket(self.connection, server_hostname=url.hostname)
        self.protocol = WSConnection(ConnectionType.CLIENT)
        self.connection.sendall(self.protocol.send(Request(host=url.netloc, target=f"{url.path}?ticket={ticket}")))
        self.hear(lambda event: isinstance(event, AcceptConnection))

    def hear(self, wanted):
        """Waits for such an event."""
        deadline, heard = time.monotonic() + DEADLINE_SECONDS, []
        while time.monotonic() < deadline:
            for event in self.protocol.events():
                if wanted(event):
                    return event
                if isinstance(event, RejectConnection):
                    raise Broken(f"The socket was refused with {event.status_code}.")
                heard.append(event)
            try:
                self.protocol.receive_data(self.connection.recv(65536) or None)
            except TimeoutError:
                break
        raise Broken(f"The socket did not hear it within {DEADLINE_SECONDS} s, but {heard}.")


def message_travels(deployment, ana, bruno):
    """Ana writes; Bruno hears it at once, and finds it later. Answers with the milliseconds until he heard."""
    people = {"type": "direct", "participants": [bruno["user"]["userId"]]}
    chat = deployment.call("POST", "/chats", people, ana["accessToken"])["chatId"]
    listener = Socket(deployment, bruno["accessToken"])
    content = f"Does it work? {secrets.token_hex(4)}"
    began = time.monotonic()
    path, message = f"/chats/{chat}/messages", {"content": content, "clientMessageId": secrets.token_hex(8)}
    accepted = deployment.call("POST", path, message, ana["accessToken"])
    listener.hear(lambda event: isinstance(event, TextMessage) and accepted["messageId"] in event.data)
    took = round((time.monotonic() - began) * 1000)
    history = deployment.call("GET", path, token=bruno["accessToken"])["messages"]
    if [each["content"] for each in history] != [content]:
        raise Broken(f"The history is not the one message, but {history}.")
    return took


def main(stack):
    deployment, people = Deployment(stack), []
    try:
        for _ in range(2):
            people.append(deployment.person())
        took = message_travels(deployment, *(login for _, login in people))
    finally:
        for email, _ in people:
            deployment.remove(email)
    deployment.check_logs()
    print(f"{stack} works: a message was heard {took} ms after it was sent, and is in the history.")


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except Broken as broken:
        sys.exit(f"{sys.argv[1]} does not work: {broken}")
