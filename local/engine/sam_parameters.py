"""Passes the parameters of a stack to the SAM transform.

On AWS the transform sees the values that a stack is deployed with, for example for gradual deployments and the release.
The engine passes only the defaults.
"""

from contextvars import ContextVar

from ministack.services.cloudformation import changesets, engine, handlers
from samtranslator.translator import transform as sam

VALUES = ContextVar("values", default={})


def install():
    """Replaces the engine's call of the transform."""
    apply, transform = engine._apply_transforms, sam.transform

    def apply_to_values(template, provided=None, previous=None):
        before = VALUES.set(engine._transform_parameters(template, provided, previous))
        try:
            return apply(template, provided, previous)
        finally:
            VALUES.reset(before)

    engine._apply_transforms = handlers._apply_transforms = changesets._apply_transforms = apply_to_values
    sam.transform = lambda template, _, policies: transform(template, VALUES.get(), policies)
