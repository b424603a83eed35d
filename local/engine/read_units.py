"""The read units of DynamoDB requests, by the sizes of the rows: the engine charges every read as one small row.

A unit is a consistent read of up to 4 KB; half a unit is an eventually consistent one. GetItem and BatchGetItem round up
each row, a Query the sum of its rows. A Query with a filter or a projection is charged for rows or attributes that it
does not return; these are not counted here.
"""

from ministack.services import dynamodb

READS = ("GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems")
BLOCK = 4096  # bytes


def read_units(operation, request, answer):
    """The read units of a request with this answer, both as parsed JSON."""
    if "__type" in answer:
        return 0.0
    if operation == "BatchGetItem":
        tables = request["RequestItems"].items()
        return sum(blocks([row(name, key)]) * rate(table) for name, table in tables for key in table["Keys"])
    if operation == "TransactGetItems":
        gets = [item["Get"] for item in request["TransactItems"]]
        return sum(2.0 * blocks([row(get["TableName"], get["Key"])]) for get in gets)
    if operation == "GetItem":
        return blocks([row(request["TableName"], request["Key"])]) * rate(request)
    return blocks(answer.get("Items") or []) * rate(request)


def rate(request):
    return 1.0 if request.get("ConsistentRead") else 0.5


def blocks(rows):
    """The started blocks of these rows together; one, if there are none."""
    size = sum(dynamodb._item_size_bytes(row) for row in rows if row)
    return max(1, -(-size // BLOCK))


def row(name, key):
    """The whole row, of which a projection returns a part."""
    table = dynamodb._tables.get(name.rpartition("/")[2])
    return dynamodb._get_item_by_key(table, key) if table else None
