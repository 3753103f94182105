from adaptive.errors import AdaptiveError


class SiteError(AdaptiveError):
    """A command cannot go on; the message is one sentence with the cure."""
