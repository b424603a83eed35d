"""Computes the IAM condition keys of a DynamoDB request, as AWS does.

`dynamodb:LeadingKeys` holds the partition keys of the requested rows. `dynamodb:Attributes` holds every top-level
attribute in a key, an item or an expression, whether the request reads or writes it. IAM decides once for each table of
a batch, and once for each part of a transaction.
"""

import re

EXPRESSIONS = (
    "ProjectionExpression",
    "UpdateExpression",
    "ConditionExpression",
    "KeyConditionExpression",
    "FilterExpression",
)
# The legacy parameters that expressions replaced: maps of attribute names.
LEGACY_MAPS = ("AttributeUpdates", "Expected", "KeyConditions", "QueryFilter", "ScanFilter")
KEYWORDS = {"SET", "REMOVE", "ADD", "DELETE", "AND", "OR", "NOT", "BETWEEN", "IN"}
WRITES = ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem")
READS = ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:Scan")

# Not top-level attributes of an expression: a value, the rest of a path, a list index, a function's name.
NO_ATTRIBUTE = re.compile(r":\w+|\.\s*#?\w+|\[\s*\d+\s*\]|[A-Za-z_]+\s*(?=\()")
NAME = re.compile(r"#\w+|[A-Za-z_]\w*")
EQUALS = re.compile(r"(#?\w+)\s*=\s*(:\w+)")


def condition_keys(action, request, table, partition_key):
    """The condition keys of a request, or of a part of a transaction, for a table with this partition key."""
    parts = parts_of(request, table)
    keys = {}
    leading = [value for part in parts for value in leading_keys(part, partition_key)]
    if leading:
        keys["dynamodb:LeadingKeys"] = leading
    attributes = sorted({name for part in parts for name in attributes_of(part)})
    if attributes:
        keys["dynamodb:Attributes"] = attributes
    if action in WRITES:
        keys["dynamodb:ReturnValues"] = request.get("ReturnValues") or "NONE"
    if action in READS:
        every = all(part.get("ProjectionExpression") or part.get("AttributesToGet") for part in parts)
        selected = "SPECIFIC_ATTRIBUTES" if parts and every else "ALL_ATTRIBUTES"
        keys["dynamodb:Select"] = request.get("Select") or selected
    return keys


def parts_of(request, table):
    """The parts of a request about a table: the whole request, or the table's items in a batch."""
    if "RequestItems" not in request:
        return [request]
    items = request["RequestItems"].get(table) or []
    if isinstance(items, dict):
        return [items]
    return [part for write in items for part in (write.get("PutRequest"), write.get("DeleteRequest")) if part]


def leading_keys(part, partition_key):
    """The partition keys of the rows in a part."""
    rows = [part.get("Key"), part.get("Item"), *(part.get("Keys") or [])]
    values = [row[partition_key] for row in rows if row and partition_key in row]
    names, expression_values = part.get("ExpressionAttributeNames") or {}, part.get("ExpressionAttributeValues") or {}
    for name, value in EQUALS.findall(part.get("KeyConditionExpression") or ""):
        if names.get(name, name) == partition_key and value in expression_values:
            values.append(expression_values[value])
    legacy = (part.get("KeyConditions") or {}).get(partition_key) or {}
    values.extend(legacy.get("AttributeValueList") or [])
    return [str(next(iter(value.values()))) for value in values]


def attributes_of(part):
    """The top-level attributes in a part."""
    names = part.get("ExpressionAttributeNames") or {}
    found = set(part.get("AttributesToGet") or [])
    for row in [part.get("Key"), part.get("Item"), *(part.get("Keys") or [])]:
        found.update(row or {})
    for field in LEGACY_MAPS:
        found.update(part.get(field) or {})
    for field in EXPRESSIONS:
        for name in NAME.findall(NO_ATTRIBUTE.sub(" ", part.get(field) or "")):
            if name.upper() not in KEYWORDS:
                found.add(names.get(name, name))
    return found
