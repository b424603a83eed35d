"""Looking users up while others are made.

The engine answers in several threads, and looks through a dictionary of users that another thread may change meanwhile:
Python then gives up, and a request fails that AWS would answer. A look-up changes nothing, so it is made again.
"""

from ministack.services import cognito

MOST_TRIES = 100


def install():
    """Has the engine look again where it lost its place."""
    cognito._resolve_user = again(cognito._resolve_user)


def again(look_up):
    def look_up_again(*arguments, **named):
        for _ in range(MOST_TRIES):
            try:
                return look_up(*arguments, **named)
            except RuntimeError as error:
                if "changed size during iteration" not in str(error):
                    raise
        return look_up(*arguments, **named)

    return look_up_again
