"""Gives SNS platform endpoints the ARNs that they have on AWS, for clients and for IAM.

The engine's ARN of an endpoint begins with `app/GCM/…`, like its application's; on AWS it begins with `endpoint/GCM/…`.
The engine also does not pass the application or the endpoint of a request to IAM, so that only a policy for all
resources would allow the request.
"""

from ministack.core import iam_actions
from ministack.services import sns


def install():
    """Replaces the engine's creation of endpoints, and its lookup of the resource for IAM."""
    create, extract = sns._create_platform_endpoint, iam_actions.extract_resource_arn
    sns._create_platform_endpoint = lambda parameters: with_aws_arn(create(parameters))

    def extract_as_on_aws(service, method, path, headers, body, query, region, account):
        arn = sns._p(query, "EndpointArn") or sns._p(query, "PlatformApplicationArn") if service == "sns" else ""
        return arn or extract(service, method, path, headers, body, query, region, account)

    iam_actions.extract_resource_arn = extract_as_on_aws


def with_aws_arn(answer):
    """The answer to CreatePlatformEndpoint with the ARN as on AWS. Also stores the endpoint under this ARN."""
    status, headers, body = answer
    text = body.decode().replace("<Message>Endpoint", "<Message>Invalid parameter: Token Reason: Endpoint")
    arn = text.partition("<EndpointArn>")[2].partition("</EndpointArn>")[0]
    if ":app/" not in arn:
        return status, headers, text.encode()
    endpoint = sns._platform_endpoints.pop(arn)
    endpoint["arn"] = arn.replace(":app/", ":endpoint/")
    sns._platform_endpoints[endpoint["arn"]] = endpoint
    return status, headers, text.replace(arn, endpoint["arn"]).encode()
