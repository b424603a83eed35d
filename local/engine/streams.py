"""DynamoDB streams as event sources of functions, as AWS runs them.

The engine tries a batch that fails again and again, whole. AWS also reads which records the function reports as
failed, splits batches, gives up, and tells the on-failure destination; so does this, in place of the engine's own.

A source reads its stream from a position on. What it tries next is a batch that ends at `Reading.ends[-1]`, or else
as many records as there are. What comes of it is decided in `batches.py`.
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
    """Where a source is with the batch that begins at its position."""

    ends: list = field(default_factory=list)  # positions at which batches end that were split, the next one last
    failures: int = 0  # how often the batch has failed as it is
    not_before: float = 0.0  # when it may be tried again


@dataclass
class Batch:
    """What a function is invoked with."""

    source: dict  # the event source mapping
    function: dict
    records: list  # those that the filter lets through
    positions: list  # where they are
    end: int  # the position behind the batch, filtered records included


READINGS = {}  # id of the event source mapping → Reading


def install():
    """Has the engine's poller read streams this way."""
    lambda_svc._poll_dynamodb_streams = poll


# ── the reading ──


def poll():
    """Begins to try the next batch of every source that may. Says whether any has moved."""
    moved = False
    for account, region, source in lambda_svc._iter_all_esms():
        with request_scope(account, region):
            batch = next_batch(source)
            if batch is None:
                continue
            moved = True
            if batch.records:
                # Beside the other sources, as a function may take its time; one batch of a source at once.
                lambda_svc._dispatch_esm_batch(source["UUID"], run, batch)
            else:
                move(source, batch.end)
    return moved


def next_batch(source):
    """The batch to be tried now, without records if the filter wants none of them."""
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
    # A filter keeps or drops the very objects.
    kept = {id(record) for record in lambda_svc._apply_filter_criteria(records, source)}
    chosen = [(start + offset, record) for offset, record in enumerate(records) if id(record) in kept]
    positions, records_chosen = [each for each, _ in chosen], [record for _, record in chosen]
    return Batch(source, function, records_chosen, positions, start + len(records))


def table_of(source):
    """The table whose stream this source reads, if it is one and that stream is on."""
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
    """From where the source reads on; it stays where it is when the source is changed."""
    lambda_svc._init_stream_position(source["UUID"], source["EventSourceArn"], source.get("StartingPosition", "LATEST"))
    # Records that are a day old are gone.
    return max(POSITIONS[source["UUID"]], dynamodb.stream_start_position(table))


def move(source, to):
    with POSITIONS_LOCK:
        if source["UUID"] in POSITIONS:  # The source may have been deleted meanwhile.
            POSITIONS[source["UUID"]] = to


def run(batch):
    """Tries a batch, and goes on accordingly."""
    reading = READINGS[batch.source["UUID"]]
    reading.not_before = time.monotonic() + SHORTEST_WAIT  # should the engine itself fail at it
    iterator_age(batch.source["FunctionName"], arrival(batch.records[-1]))
    result = lambda_svc._execute_function(batch.function, {"Records": batch.records})
    outcome = settle(batch.source, batch.records, result, reading.failures, time.time())
    worked = outcome.done == len(batch.records) and not outcome.buried
    batch.source["LastProcessingResult"] = f"OK - {outcome.done} records" if worked else "FAILED"
    if outcome.buried:
        bury(batch, result, outcome.buried, reading.failures + 1)
    go_on(batch, reading, outcome)
    if outcome.retry:
        again(reading)
    else:
        reading.not_before = 0.0


def go_on(batch, reading, outcome):
    """Moves to the first record that is not done with, and notes where the batch ends that begins there."""
    if outcome.done:
        whole = outcome.done == len(batch.records)
        move(batch.source, batch.end if whole else batch.positions[outcome.done])
    if outcome.retry:
        behind = outcome.done + outcome.retry
        end = batch.end if behind == len(batch.records) else batch.positions[behind]
        for each in (batch.end, end):
            if each not in reading.ends:
                reading.ends.append(each)
    reading.failures = outcome.failures


def again(reading):
    """Has the batch tried again after a while, which doubles with every failure of the same."""
    wait = min(SHORTEST_WAIT * 2 ** min(reading.failures, 10), LONGEST_WAIT)
    reading.not_before = time.monotonic() + wait
    timer = threading.Timer(wait, esm_wake.set)
    timer.daemon = True
    timer.start()


# ── the end of those that never work ──


def bury(batch, result, condition, invocations):
    """Tells the on-failure destination where records are that are given up."""
    LOG.warning("%s gives up %d records: %s", batch.source["FunctionName"], len(batch.records), condition)
    destination = (batch.source.get("DestinationConfig") or {}).get("OnFailure", {}).get("Destination")
    if destination:
        # The engine's event bus knows how to bring JSON to a queue or a topic.
        arn, notice = parse_arn(destination), json.dumps(obituary(batch, result, condition, invocations))
        if arn.service == "sqs":
            eventbridge._dispatch_to_sqs(arn, notice)
        else:
            eventbridge._dispatch_to_sns(destination, notice)


def obituary(batch, result, condition, invocations):
    """What Lambda says of records of a stream that it gives up: where they are, and not what they hold."""
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
