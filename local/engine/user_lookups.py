"""Retries the engine's lookups of users while another thread creates users.

The engine answers in several threads. A lookup iterates over a dictionary of users, and Python raises an error if
another thread changes the dictionary meanwhile. A lookup changes nothing, so it can be retried.
"""

from ministack.services import cognito

MAX_TRIES = 100


def install():
    """Adds the retries to the engine's lookup."""
    cognito._resolve_user = with_retries(cognito._resolve_user)


def with_retries(look_up):
    def look_up_with_retries(*arguments, **named):
        for _ in range(MAX_TRIES):
            try:
                return look_up(*arguments, **named)
            except RuntimeError as error:
                if "changed size during iteration" not in str(error):
                    raise
        return look_up(*arguments, **named)

    return look_up_with_retries
