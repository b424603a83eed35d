"""The file in which everything that functions log is found, a JSON object a line."""

import json
from datetime import datetime

# What the engine itself writes around every invocation.
OF_THE_ENGINE = ("START RequestId:", "END RequestId:", "REPORT RequestId:")


class FunctionLog:
    """Appends lines to the file."""

    def __init__(self, path):
        self.file = open(path, "a", buffering=1, encoding="utf-8")

    def write(self, function, milliseconds, message):
        """Appends what a function, or whatever stands in its place, logged at that time since 1970."""
        time = datetime.fromtimestamp(milliseconds / 1000).isoformat(timespec="milliseconds")
        self.file.write(json.dumps({"function": function, "time": time, "message": message}) + "\n")

    def subscribe(self):
        """Has the engine write here what functions log, as a subscription to all log groups would.

        Following a file costs the engine nothing; asking CloudWatch Logs group by group, again and again, would.
        """
        from ministack.services import cloudwatch_logs

        fan_out = cloudwatch_logs._fanout_to_subscription_filters

        def fan_out_and_write(group, stream, events):
            function = group.rsplit("/", 1)[-1]
            for event in events:
                if not event["message"].startswith(OF_THE_ENGINE):
                    self.write(function, event["timestamp"], event["message"])
            return fan_out(group, stream, events)

        cloudwatch_logs._fanout_to_subscription_filters = fan_out_and_write
