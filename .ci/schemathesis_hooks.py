"""Schemathesis as the demo user ana: an access token, and ana's own ids in half of all paths."""

import json
import os
import re
import urllib.request

import schemathesis

UUID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
STACK = json.load(open(os.environ["STACK"]))
ANA, BRUNO = STACK["users"][:2]


def post(path, body, token=None):
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(STACK["apiUrl"] + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def token_of(user):
    return post("/auth/login", {"email": user["email"], "password": user["password"]})["accessToken"]


# Once, since the requests of the run use up the limit for logins with this address.
TOKEN = token_of(ANA)


def own_ids():
    chat = post("/chats", {"type": "direct", "participants": [BRUNO["userId"]]}, TOKEN)["chatId"]
    message = post(f"/chats/{chat}/messages", {"content": "Hello", "clientMessageId": "fuzz"}, token_of(BRUNO))
    device = post("/devices", {"platform": "fcm", "token": "fuzz"}, TOKEN)
    export = post("/me/export", {}, TOKEN)
    ids = {"chatId": chat, "messageId": message["messageId"], "deviceId": device["deviceId"]}
    return ids | {"exportId": export["exportId"]}


IDS = own_ids()


@schemathesis.auth(refresh_interval=None)
class Ana:
    def get(self, case, context):
        return TOKEN

    def set(self, case, data, context):
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """An invalid id stays invalid: its request must be rejected."""
    return {name: IDS[name] if use_own(name, value) else value for name, value in (path_parameters or {}).items()}


def use_own(name, value):
    return name in IDS and UUID.fullmatch(str(value)) and int(value[-1], 16) % 2 == 0


@schemathesis.hook
def before_call(context, case, kwargs):
    """The local engine accepts any session of a challenge, which would set the passwords of the demo users."""
    if case.operation.label == "POST /auth/challenge" and isinstance(case.body, dict):
        if case.body.get("email") in [user["email"] for user in STACK["users"]]:
            case.body["email"] = "dora@example.com"
