"""Batches of SQS as IAM sees them.

On AWS, who may send, remove or hide one message may do so with ten at once: IAM knows no actions of batches. The engine
asks for actions of these names.
"""

from ministack.core import iam_actions

BATCHES = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}


def install():
    """Has the engine ask for what AWS asks for."""
    extract = iam_actions.extract_iam_action

    def extract_as_on_aws(*arguments, **more):
        action = extract(*arguments, **more)
        return BATCHES.get(action, action)

    iam_actions.extract_iam_action = extract_as_on_aws
