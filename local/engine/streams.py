"""Invokes functions with batches of DynamoDB stream records, as Lambda does.

The engine retries a failed batch as a whole, without end. Lambda also reads the function's report of failed records,
splits batches, discards records after the last retry, waits for the batching window, and notifies the on-failure
destination. This module replaces the engine's poller.

A source reads its stream from a position. Its next batch ends at `Reading.ends[-1]`, or else has as many records as
possible. `batches.py` decides how to continue after an invocation.
"""

import json
import logging
import threading
import time
from dataclasses import dataclass, field

from batches import arrival, settle
from metrics import iterator_age
from ministack.core.arn import ArnParseError, parse_arn
from ministack.core.concurrency import esm_wake
from ministack.core.responses import get_account_id, get_region, new_uuid, request_scope
from ministack.services import dynamodb, eventbridge, lambda_svc
from ministack.services.dynamodb_streams import _DEFAULT_SHARD_ID

SHORTEST_WAIT, LONGEST_WAIT = 0.1, 2.0  # seconds until the next try
POSITIONS, POSITIONS_LOCK = lambda_svc._dynamodb_stream_positions, lambda_svc._dynamodb_stream_positions_lock
LOG = logging.getLogger("streams")


@dataclass
class Reading:
    """The state of a source's current batch, which begins at the source's position."""

    ends: list = field(default_factory=list)  # end positions of batches that were split, the next one last
    failures: int = 0  # failures of the current batch
    not_before: float = 0.0  # monotonic time of the next try
    window_end: float | None = None  # monotonic time until which the batch may grow


@dataclass
class Batch:
    source: dict  # the event source mapping
    function: dict
    records: list  # without the filtered ones
    positions: list  # of these records
    end: int  # the position after the batch, including filtered records


READINGS = {}  # id of the event source mapping → Reading


def install():
    """Replaces the engine's poller of streams."""
    lambda_svc._poll_dynamodb_streams = poll


# ── reading ──


def poll():
    """Starts the next batch of every source that is ready. Returns whether any source had a batch."""
    moved = False
    for account, region, source in lambda_svc._iter_all_esms():
        with request_scope(account, region):
            batch = next_batch(source)
            if batch is None:
                continue
            moved = True
            if batch.records:
                # In the background, since a function may run long. A source has at most one batch in flight.
                lambda_svc._dispatch_esm_batch(source["UUID"], run, batch)
            else:
                move(source, batch.end)
    return moved


def next_batch(source):
    """The next batch of a source, or None. The batch has no records if the filter removes all."""
    table, source_id = table_of(source), source["UUID"]
    if table is None or not source.get("Enabled", True) or lambda_svc._esm_inflight.get(source_id):
        return None
    function, _ = lambda_svc._get_func_record_for_qualifier(source["FunctionName"], source.get("Qualifier"))
    reading = READINGS.setdefault(source_id, Reading())
    if function is None or time.monotonic() < reading.not_before:
        return None
    start = position(source, table)
    while reading.ends and reading.ends[-1] <= start:
        reading.ends.pop()
    limit = reading.ends[-1] - start if reading.ends else int(source.get("BatchSize", 100))
    records = dynamodb.stream_records_since(table, start, limit)
    if not records:
        return None
    # The filter returns the same objects, so they are compared by identity.
    kept = {id(record) for record in lambda_svc._apply_filter_criteria(records, source)}
    positions = [start + offset for offset, record in enumerate(records) if id(record) in kept]
    selected = [record for record in records if id(record) in kept]
    if selected and len(records) < limit and waits_for_window(source, reading):
        return None
    return Batch(source, function, selected, positions, start + len(records))


def waits_for_window(source, reading):
    """Whether the batch may still grow. A window begins with the first record; a retry has none."""
    window = float(source.get("MaximumBatchingWindowInSeconds") or 0)
    if not window or reading.ends or reading.failures:
        return False
    now = time.monotonic()
    if reading.window_end is None:
        reading.window_end = now + window
        wake_after(window)
    return now < reading.window_end


def table_of(source):
    """The name of the table that has this source's stream. None if the source is no stream, or the stream is off."""
    try:
        arn = parse_arn(source.get("EventSourceArn", ""))
    except ArnParseError:
        return None
    if (arn.service, arn.account_id, arn.region) != ("dynamodb", get_account_id(), get_region()):
        return None
    name, _ = lambda_svc._dynamodb_stream_table_from_arn_spec(arn) or (None, None)
    table = dynamodb._tables.get(name) if name else None
    return name if table and table.get("LatestStreamArn") == source["EventSourceArn"] else None


def position(source, table):
    """The position at which the source continues. A change of the source keeps it."""
    lambda_svc._init_stream_position(source["UUID"], source["EventSourceArn"], source.get("StartingPosition", "LATEST"))
    # A stream drops records after a day.
    return max(POSITIONS[source["UUID"]], dynamodb.stream_start_position(table))


def move(source, to):
    with POSITIONS_LOCK:
        if source["UUID"] in POSITIONS:  # False if the source was deleted meanwhile.
            POSITIONS[source["UUID"]] = to


def run(batch):
    """Invokes the function with a batch, and applies the outcome."""
    reading = READINGS[batch.source["UUID"]]
    reading.window_end = None
    reading.not_before = time.monotonic() + SHORTEST_WAIT  # in case the engine itself fails below
    iterator_age(batch.source["FunctionName"], arrival(batch.records[-1]))
    result = lambda_svc._execute_function(batch.function, {"Records": batch.records})
    outcome = settle(batch.source, batch.records, result, reading.failures, time.time())
    succeeded = outcome.done == len(batch.records) and not outcome.discarded
    batch.source["LastProcessingResult"] = f"OK - {outcome.done} records" if succeeded else "FAILED"
    if outcome.discarded:
        notify_discarded(batch, result, outcome.discarded, reading.failures + 1)
    advance(batch, reading, outcome)
    if outcome.retry:
        retry_later(reading)
    else:
        reading.not_before = 0.0


def advance(batch, reading, outcome):
    """Moves to the first record that is not done, and stores the end of the batch that begins there."""
    if outcome.done:
        whole = outcome.done == len(batch.records)
        move(batch.source, batch.end if whole else batch.positions[outcome.done])
    if outcome.retry:
        next_index = outcome.done + outcome.retry
        end = batch.end if next_index == len(batch.records) else batch.positions[next_index]
        for each in (batch.end, end):
            if each not in reading.ends:
                reading.ends.append(each)
    reading.failures = outcome.failures


def retry_later(reading):
    """Schedules a retry. The pause doubles with every failure of the batch."""
    wait = min(SHORTEST_WAIT * 2 ** min(reading.failures, 10), LONGEST_WAIT)
    reading.not_before = time.monotonic() + wait
    wake_after(wait)


def wake_after(seconds):
    """Lets the engine poll again at this time."""
    timer = threading.Timer(seconds, esm_wake.set)
    timer.daemon = True
    timer.start()


# ── discarded records ──


def notify_discarded(batch, result, condition, invocations):
    """Sends a notice about discarded records to the on-failure destination."""
    LOG.warning("%s discards %d records: %s", batch.source["FunctionName"], len(batch.records), condition)
    destination = (batch.source.get("DestinationConfig") or {}).get("OnFailure", {}).get("Destination")
    if destination:
        # Uses the engine's event bus to send JSON to a queue or a topic.
        arn, notice = parse_arn(destination), json.dumps(failure_notice(batch, result, condition, invocations))
        if arn.service == "sqs":
            eventbridge._dispatch_to_sqs(arn, notice)
        else:
            eventbridge._dispatch_to_sns(destination, notice)


def failure_notice(batch, result, condition, invocations):
    """Lambda's notice about discarded stream records: their positions, without their content."""
    first, last = batch.records[0], batch.records[-1]
    function = batch.function.get("config") or batch.function
    answer = {"statusCode": 200, "executedVersion": function.get("Version", "$LATEST")}
    return {
        "requestContext": {
            "requestId": new_uuid(),
            "functionArn": function.get("FunctionArn", ""),
            "condition": condition,
            "approximateInvokeCount": invocations,
        },
        "responseContext": answer | ({"functionError": "Unhandled"} if result.get("error") else {}),
        "version": "1.0",
        "timestamp": iso(time.time()),
        "DDBStreamBatchInfo": {
            "shardId": _DEFAULT_SHARD_ID,
            "startSequenceNumber": first["dynamodb"]["SequenceNumber"],
            "endSequenceNumber": last["dynamodb"]["SequenceNumber"],
            "approximateArrivalOfFirstRecord": iso(arrival(first)),
            "approximateArrivalOfLastRecord": iso(arrival(last)),
            "batchSize": len(batch.records),
            "streamArn": batch.source["EventSourceArn"],
        },
    }


def iso(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
