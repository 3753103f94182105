import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook as Judge
from standardwebhooks import WebhookVerificationError

from adaptive.errors import ConfigError
from adaptive.monitoring.webhook import Webhook, signed

KEY = "whsec_" + base64.b64encode(bytes(range(32))).decode()
BODY = json.dumps({"a": "ä"}, ensure_ascii=False).encode()
NOW_S = int(datetime.now(UTC).timestamp())  # the judge has a clock of its own


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.slack.com/services/T0/B0/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://2130706433/x",
        "https://0x7f.1/x",
        "https://localhost/x",
        "https://metadata.google.internal/x",
        "https://hooks.slack.com.localhost/x",
        "https://user:secret@hooks.slack.com/x",
        "https://hooks.slack.com:8443/x",
        "https://hooks.slack.com:99999/x",
        "https://hooks.slack.com/x#y",
        "https://hooks.slack.com/x\r\nHost: evil.example",
        "https://hooks.slack.com/x y",
        "https://hooks.slack.com/\\evil.example",
        "https://hooks.släck.com/x",
        "https://hooks.slack.com/" + "x" * 2_000,
        "//hooks.slack.com/x",
        "file:///etc/passwd",
        "",
    ],
)
def test_an_address_that_leads_inside_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(ConfigError, match="the address of team") as refused:
        Webhook.parse(url, name="team")
    assert len(url) < 5 or url not in str(refused.value)
    assert "secret" not in str(refused.value)


def test_what_services_give_out_is_taken_as_it_is() -> None:
    slack = Webhook.parse("https://hooks.slack.com/services/T0/B0/xYz", name="team")
    assert slack == Webhook("hooks.slack.com", "/services/T0/B0/xYz")
    teams = (
        "https://prod-07.westeurope.logic.azure.com:443/workflows/a/triggers/manual/paths/invoke"
    )
    query = "?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sig=a-b_c"
    found = Webhook.parse(teams + query, name="team")
    assert found.host == "prod-07.westeurope.logic.azure.com"
    assert found.target.endswith("/invoke" + query)
    assert Webhook.parse("https://a.example", name="team").target == "/"


def test_the_request_is_one_whole_post() -> None:
    request = Webhook("a.example", "/x").request(BODY, {"webhook-id": "1"})
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.split(b"\r\n")[:2] == [b"POST /x HTTP/1.1", b"Host: a.example"]
    assert b"Content-Length: %d" % len(BODY) in head.split(b"\r\n")
    assert head.endswith(b"webhook-id: 1")
    assert body == BODY


@given(st.binary(max_size=500).map(lambda body: body.hex().encode()))
def test_a_receiver_can_verify_that_it_was_us_and_when(body: bytes) -> None:
    headers = signed(body, message_id="n1", at_s=int(datetime.now(UTC).timestamp()), key=KEY)
    Judge(KEY).verify(body, headers, json_parse=False)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "n2"},
        {"webhook-timestamp": str(NOW_S + 1)},
        {"webhook-timestamp": str(NOW_S - 400)},
        {"webhook-signature": "v1," + base64.b64encode(bytes(32)).decode()},
    ],
)
def test_a_forged_or_replayed_message_is_told_apart(change: dict[str, str]) -> None:
    headers = signed(BODY, message_id="n1", at_s=int(datetime.now(UTC).timestamp()), key=KEY)
    with pytest.raises(WebhookVerificationError):
        Judge(KEY).verify(BODY, {**headers, **change})
    with pytest.raises(WebhookVerificationError):
        Judge(KEY).verify(BODY + b" ", headers)


@pytest.mark.parametrize("key", ["", "whsec_", "not base64!", base64.b64encode(bytes(8)).decode()])
def test_a_key_that_anybody_could_guess_is_refused(key: str) -> None:
    with pytest.raises(ConfigError, match="signing key"):
        signed(BODY, message_id="n1", at_s=NOW_S, key=key)
