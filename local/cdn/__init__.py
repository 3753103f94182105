"""CloudFront on this machine, for a distribution deployed in the local cloud.

A distribution that uses what this CDN does not do is refused when it is read. Besides, not done:
the viewer protocol policy (browsers come by http on localhost), HTTP/2 and 3, streaming, several
ranges at once, stale-while-revalidate, invalidations (restart it), more than one edge location.
Unlike CloudFront it asks functions few at a time: here they all share this machine.
"""

from local.cdn.app import Options
from local.cdn.deployment import Cdn

__all__ = ["Cdn", "Options"]
