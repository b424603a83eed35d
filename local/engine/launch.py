"""Runs MiniStack as the engine of one local stack, in a process group of its own.

Usage: launch.py FUNCTION_LOG

Its settings (port, directories, IAM) are environment variables, set by whoever starts it, who also holds the
other end of its stdin: when that closes, whatever the reason, the engine and the functions it runs end. A
word said there first lets it stay.
"""

import json
import os
import signal
import socketserver
import sys
import threading
from datetime import datetime


def end_with_parent():
    """Ends this process and the functions it runs when the parent closes our stdin, or dies."""
    if not sys.stdin.buffer.read():
        os.killpg(0, signal.SIGKILL)


def load_ahead():
    """Loads what the deployment will need: seconds that pass beside the building of the functions."""
    import ministack.services.cloudformation
    import samtranslator.translator.transform


def write_function_logs(path):
    """Appends what functions log to a file, a JSON object a line, as a subscription to all log groups would.

    Following a file costs the engine nothing; asking CloudWatch Logs group by group, again and again, would.
    """
    from ministack.services import cloudwatch_logs

    log = open(path, "a", buffering=1, encoding="utf-8")
    fan_out = cloudwatch_logs._fanout_to_subscription_filters

    def fan_out_and_write(group, stream, events):
        function = group.rsplit("/", 1)[-1]
        for event in events:
            if not event["message"].startswith(("START RequestId:", "END RequestId:", "REPORT RequestId:")):
                time = datetime.fromtimestamp(event["timestamp"] / 1000).isoformat(timespec="milliseconds")
                line = {"function": function, "time": time, "message": event["message"]}
                log.write(json.dumps(line) + "\n")
        return fan_out(group, stream, events)

    cloudwatch_logs._fanout_to_subscription_filters = fan_out_and_write


if __name__ == "__main__":
    threading.Thread(target=end_with_parent, daemon=True).start()

    # Without this, Nagle's algorithm and delayed acknowledgements cost 100 ms per invocation.
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True
    write_function_logs(sys.argv[1])
    threading.Thread(target=load_ahead, daemon=True).start()

    from ministack.app import main

    sys.argv = ["ministack"]
    main()
