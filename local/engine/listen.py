"""Opens a WebSocket connection as a demo user, prints its frames, and sends each typed line as a frame.

Usage: listen.py STACK_JSON EMAIL
"""

import json
import select
import socket
import sys
import time
import urllib.request
from urllib.parse import urlsplit

from printable import printable
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Ping, RejectConnection, Request, TextMessage

# Connects to the engine directly, without a proxy.
HTTP = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def post(url, body, token=None):
    headers = {"content-type": "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    with HTTP.open(urllib.request.Request(url, json.dumps(body).encode(), headers)) as answer:
        return json.load(answer)


def connect(stack, email):
    """Logs in, gets a ticket, and opens the connection."""
    user = next(user for user in stack["users"] if user["email"] == email)
    login = post(f"{stack['apiUrl']}/auth/login", {"email": email, "password": user["password"]})
    ticket = post(f"{stack['apiUrl']}/ws/tickets", {}, login["accessToken"])["ticket"]
    url = urlsplit(stack["webSocketUrl"])
    connection = socket.create_connection((url.hostname, url.port))
    protocol = WSConnection(ConnectionType.CLIENT)
    connection.sendall(protocol.send(Request(host=url.netloc, target=f"{url.path}?ticket={ticket}")))
    return connection, protocol


def print_line(text):
    print(f"{time.strftime('%H:%M:%S')}  {printable(text)}", flush=True)


def listen(connection, protocol):
    """Prints received frames and sends typed lines, until the connection closes."""
    inputs = [connection, sys.stdin]
    while True:
        for ready in select.select(inputs, [], [])[0]:
            if ready is sys.stdin:
                line = sys.stdin.readline()
                if not line:
                    inputs.remove(sys.stdin)
                elif line.strip():
                    connection.sendall(protocol.send(TextMessage(line.strip())))
                continue
            protocol.receive_data(connection.recv(65536) or None)
            for event in protocol.events():
                if isinstance(event, AcceptConnection):
                    print_line('connected; type {"action":"ping"} and Enter to get a pong')
                elif isinstance(event, TextMessage):
                    print_line(event.data)
                elif isinstance(event, Ping):
                    connection.sendall(protocol.send(event.response()))
                elif isinstance(event, RejectConnection):
                    return print_line(f"rejected with status {event.status_code}")
                elif isinstance(event, CloseConnection):
                    return print_line("closed")


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        stack = json.load(file)
    try:
        listen(*connect(stack, sys.argv[2]))
    except KeyboardInterrupt:
        pass
