"""What goes through this CDN: the viewer's request and the answer to it."""

from dataclasses import dataclass

from local.cdn.headers import Headers


@dataclass(frozen=True, slots=True)
class ViewerRequest:
    """A request as the viewer sent it; `uri` is the raw path, `querystring` is without its mark."""

    id: str
    method: str
    uri: str
    querystring: str
    headers: Headers
    client_ip: str
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with its whole body; local sites are small, so nothing is streamed."""

    status: int
    headers: Headers = ()
    body: bytes = b""
