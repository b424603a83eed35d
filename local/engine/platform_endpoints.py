"""SNS platform endpoints as AWS names them, to clients and to the policies of roles.

The engine calls an endpoint `app/GCM/…` after its application, where AWS says `endpoint/GCM/…`; and it overlooks which
application or endpoint a request is about, so that only a policy for everything would allow it.
"""

from ministack.core import iam_actions
from ministack.services import sns


def install():
    """Has the engine name endpoints this way."""
    create, extract = sns._create_platform_endpoint, iam_actions.extract_resource_arn
    sns._create_platform_endpoint = lambda parameters: named_as_on_aws(create(parameters))

    def extract_as_on_aws(service, method, path, headers, body, query, region, account):
        about = sns._p(query, "EndpointArn") or sns._p(query, "PlatformApplicationArn") if service == "sns" else ""
        return about or extract(service, method, path, headers, body, query, region, account)

    iam_actions.extract_resource_arn = extract_as_on_aws


def named_as_on_aws(answer):
    """The answer to CreatePlatformEndpoint with the ARN that AWS gives; the endpoint is kept under it from then on."""
    status, headers, body = answer
    text = body.decode().replace("<Message>Endpoint", "<Message>Invalid parameter: Token Reason: Endpoint")
    arn = text.partition("<EndpointArn>")[2].partition("</EndpointArn>")[0]
    if ":app/" not in arn:
        return status, headers, text.encode()
    endpoint = sns._platform_endpoints.pop(arn)
    endpoint["arn"] = arn.replace(":app/", ":endpoint/")
    sns._platform_endpoints[endpoint["arn"]] = endpoint
    return status, headers, text.replace(arn, endpoint["arn"]).encode()
