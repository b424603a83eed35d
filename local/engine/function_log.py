"""Writes the log lines of all functions to one file, as JSON lines."""

import json
from datetime import datetime

# Lines that the engine adds to every invocation.
ENGINE_PREFIXES = ("START RequestId:", "END RequestId:", "REPORT RequestId:")


class FunctionLog:
    def __init__(self, path):
        self.file = open(path, "a", buffering=1, encoding="utf-8")

    def write(self, function, milliseconds, message):
        """Appends a line of a function, or of a phone, that was logged at this time since 1970."""
        time = datetime.fromtimestamp(milliseconds / 1000).isoformat(timespec="milliseconds")
        self.file.write(json.dumps({"function": function, "time": time, "message": message}) + "\n")

    def subscribe(self):
        """Makes the engine write every log line here too, like a subscription filter on all log groups.

        Reading the file costs the engine nothing, unlike polling CloudWatch Logs for each log group.
        """
        from ministack.services import cloudwatch_logs

        fan_out = cloudwatch_logs._fanout_to_subscription_filters

        def fan_out_and_write(group, stream, events):
            function = group.rsplit("/", 1)[-1]
            for event in events:
                if not event["message"].startswith(ENGINE_PREFIXES):
                    self.write(function, event["timestamp"], event["message"])
            return fan_out(group, stream, events)

        cloudwatch_logs._fanout_to_subscription_filters = fan_out_and_write
