import pytest

from adaptive.delivery.user_agent import browser_of, device_class_of

PHONE = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko)"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15"


@pytest.mark.parametrize(
    ("agent", "browser", "device"),
    [
        ("", "other", None),
        ("curl/8.5.0", "other", None),
        ("Chrome/" * 100_000, "chrome", None),
        (f"{PHONE} Chrome/140.0.0.0 Mobile Safari/537.36", "chrome", "phone"),
        (f"{PHONE} Chrome/140.0.0.0 Safari/537.36", "chrome", "tablet"),
        (f"{PHONE} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36", "samsung", "phone"),
        (f"{PHONE} Chrome/140.0.0.0 Mobile Safari/537.36 EdgA/140.0.0.0", "edge", "phone"),
        (f"{PHONE} Chrome/140.0.0.0 Mobile Safari/537.36 OPR/90.0", "other", "phone"),
        (
            f"{MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
            "safari",
            "desktop",
        ),
        (
            f"{IPHONE} (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
            "safari",
            "phone",
        ),
        (f"{IPHONE} (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1", "chrome", "phone"),
        (
            f"{IPHONE} (KHTML, like Gecko) FxiOS/140.0 Mobile/15E148 Safari/605.1.15",
            "firefox",
            "phone",
        ),
        (f"{IPHONE} (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS]", "other", "phone"),
        (
            "Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) Version/12.1 Mobile/15E148",
            "safari",
            "tablet",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "firefox",
            "desktop",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36 Edg/140.0",
            "edge",
            "desktop",
        ),
        (
            "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) Chrome/140.0.0.0 Safari/537.36",
            "chrome",
            "desktop",
        ),
        (
            "Mozilla/5.0 (Android 14; Tablet; rv:140.0) Gecko/140.0 Firefox/140.0",
            "firefox",
            "tablet",
        ),
    ],
)
def test_a_user_agent_is_one_of_few(agent: str, browser: str, device: str | None) -> None:
    assert (browser_of(agent), device_class_of(agent)) == (browser, device)
