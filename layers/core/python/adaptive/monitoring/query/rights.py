"""What people may do, as their tokens say it."""

READ = "read"
OPERATE = "operate"

SERVER = "adaptive"
"""Before the name of a scope, so that a token for something else opens nothing here."""

OPERATORS = "operators"
"""The group whose members may act: a scope says what a page may ask for, not what a person may
do.
"""


def scope_of(right: str) -> str:
    """As it stands in a token."""
    return f"{SERVER}/{right}"
