"""What `site.toml` says of the deployment."""

from typing import Annotated, Literal

from pydantic import Field

from infra.sections.section import Section


class About(Section):
    """`name` tells deployments apart in logs and in the console."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]


class Cloud(Section):
    """What to pay for. `stream`: Kinesis's capacity; `requests_per_second`: the most for `/rum`.

    `traces`: whether functions report to X-Ray, the stream's consumers below the requests that they
    serve. `roll_up_window_s` is how long beacons are gathered before they are counted, together in
    fewer writes; rules wait a minute for what they judge.
    The beacons per minute are those of one session and of one address, per warm function.
    `firewall_requests_per_5_minutes` is one address's for `/rum` at the edge, by AWS WAF; without
    it there is none. Of `account_concurrency`, the account's quota, `ingest_reserved` are for
    `ingest` alone, `ingest_provisioned` of it paid ahead.
    """

    stream: Literal["provisioned", "on-demand"]
    shards: Annotated[int, Field(ge=1, le=200)]
    price_class: Literal["100", "200", "all"]
    log_days: Literal[1, 7, 30, 90, 365]
    requests_per_second: Annotated[int, Field(ge=1, le=10_000)]
    session_beacons_per_minute: Annotated[int, Field(ge=50, le=100_000)] = 120
    sender_beacons_per_minute: Annotated[int, Field(ge=50, le=1_000_000)] = 3_000
    traces: bool = True
    roll_up_window_s: Annotated[int, Field(ge=1, le=30)] = 30
    firewall_requests_per_5_minutes: Annotated[int, Field(ge=10, le=2_000_000)] | None = None
    ingest_reserved: Annotated[int, Field(ge=1, le=10_000)] | None = None
    ingest_provisioned: Annotated[int, Field(ge=1, le=10_000)] | None = None
    account_concurrency: Annotated[int, Field(ge=10, le=1_000_000)] = 1_000
