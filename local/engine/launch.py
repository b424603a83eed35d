"""Runs MiniStack as the engine of one local stack, in a process group of its own.

Usage: launch.py FUNCTION_LOG PUSH_LOG

The parent process sets the port, the directories and IAM as environment variables. It also holds the other end of
stdin. When stdin closes, the engine and its functions end, even if the parent was killed. They keep running if the
parent wrote a word to stdin first.
"""

import os
import signal
import socketserver
import sys
import threading


def end_with_parent():
    """Ends this process and its functions when the parent closes stdin or dies."""
    if not sys.stdin.buffer.read():
        os.killpg(0, signal.SIGKILL)


def extend_engine(function_log, push_log):
    """Adds the features of AWS that the engine lacks. Call it before the engine starts."""
    import costs
    import event_bus
    import frames
    import metrics
    import outages
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
    frames.install()
    metrics.install()
    user_lookups.install()
    costs.install()
    outages.install()


if __name__ == "__main__":
    threading.Thread(target=end_with_parent, daemon=True).start()

    # Without this, Nagle's algorithm and delayed acknowledgements cost 100 ms per invocation.
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True
    extend_engine(*sys.argv[1:])

    from ministack.app import main

    sys.argv = ["ministack"]
    main()
