"""Runs MiniStack as the engine of one local stack, in a process group of its own.

Usage: launch.py FUNCTION_LOG PUSH_LOG

Its settings (port, directories, IAM) are environment variables, set by whoever starts it, who also holds the
other end of its stdin: when that closes, whatever the reason, the engine and the functions it runs end. A
word said there first lets it stay.
"""

import os
import signal
import socketserver
import sys
import threading


def end_with_parent():
    """Ends this process and the functions it runs when the parent closes our stdin, or dies."""
    if not sys.stdin.buffer.read():
        os.killpg(0, signal.SIGKILL)


def complete(function_log, push_log):
    """Adds what the engine lacks, before it starts."""
    import event_bus
    import metrics
    import permissions
    import phones
    import platform_endpoints
    import sam_parameters
    import streams
    import user_lookups
    from function_log import FunctionLog

    log = FunctionLog(function_log)
    log.subscribe()
    permissions.install()
    platform_endpoints.install()
    sam_parameters.install()
    phones.install(push_log, log)
    streams.install()
    event_bus.install()
    metrics.install()
    user_lookups.install()


if __name__ == "__main__":
    threading.Thread(target=end_with_parent, daemon=True).start()

    # Without this, Nagle's algorithm and delayed acknowledgements cost 100 ms per invocation.
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True
    complete(*sys.argv[1:])

    from ministack.app import main

    sys.argv = ["ministack"]
    main()
