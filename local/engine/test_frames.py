"""Tests of `frames.py`: frames of one socket overtake each other, and a new or closed socket keeps its order.

They need the engine's packages. Run `../../target/local/engine/bin/python -m unittest` here, or `cargo test`.
"""

import asyncio
import unittest
from unittest.mock import patch

import frames
from ministack.services import apigateway

SOCKET = "socket-1"
TIME_LIMIT = 5  # seconds


async def invoke_frame(event_type="MESSAGE"):
    return await apigateway._invoke_ws_lambda("api", "account", "region", {}, "stage", SOCKET, event_type, "id", "{}")


class Frames(unittest.TestCase):
    def run_with(self, invoke, test):
        """Runs a test with this invocation instead of the engine's, and returns the texts sent to the socket."""

        async def whole():
            connection = {"outbox": asyncio.Queue()}
            with (
                patch.object(apigateway, "_invoke_ws_lambda", invoke),
                patch.dict(apigateway._ws_connections, {SOCKET: connection}),
            ):
                frames.install()
                await asyncio.wait_for(test(), TIME_LIMIT)
                await asyncio.wait_for(asyncio.gather(*frames._running), TIME_LIMIT)
                await invoke_frame("DISCONNECT")
            return [connection["outbox"].get_nowait() for _ in range(connection["outbox"].qsize())]

        return asyncio.run(whole())

    def test_a_frame_overtakes_one_that_takes_longer(self):
        second_started, calls = asyncio.Event(), []

        async def invoke(*arguments, **_):
            calls.append(arguments[6])
            if len(calls) == 1:
                await second_started.wait()
                return {"body": "first"}
            second_started.set()
            return {"body": {"frame": "second"}}

        async def two():
            await invoke_frame()
            await invoke_frame()

        sent = self.run_with(invoke, two)
        self.assertEqual(sorted(sent), sorted(["first", '{"frame": "second"}']))
        self.assertEqual(calls, ["MESSAGE", "MESSAGE", "DISCONNECT"])

    def test_a_socket_has_a_limit_of_frames_at_once_also_after_a_failure(self):
        now, most, failures = 0, 0, 0

        async def invoke(*arguments, **_):
            nonlocal now, most, failures
            if arguments[6] != "MESSAGE":
                return None
            now += 1
            most = max(most, now)
            await asyncio.sleep(0)
            now -= 1
            failures += 1
            if failures == 1:
                raise RuntimeError("a frame that fails")
            return None

        async def many():
            for _ in range(5 * frames.AT_ONCE):
                await invoke_frame()
            while now:
                await asyncio.sleep(0)

        with self.assertLogs("asyncio", "ERROR"):
            self.run_with(invoke, many)
        self.assertEqual((most, failures), (frames.AT_ONCE, 5 * frames.AT_ONCE))


if __name__ == "__main__":
    unittest.main()
