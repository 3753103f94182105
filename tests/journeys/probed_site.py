"""The shipped site with a probe of a server on this machine, as its operator would list it."""

import time
from pathlib import Path

from tests.origin_world import certificate_for

SHIPPED = Path(__file__).parents[2] / "site.toml"
ADDRESS, PORT, HOST = "127.0.0.77", 8443, "shop.internal"
_FRESH_S = 20 * 86_400


def pair_in(folder: Path) -> tuple[Path, Path]:
    """The files of the server's certificate and of its key."""
    return folder / "certificate.pem", folder / "key.pem"


def probed_site(folder: Path) -> Path:
    """The same as the last time, so that what is deployed can stay, unless that is weeks ago."""
    folder.mkdir(parents=True, exist_ok=True)
    path, _ = pair_in(folder)
    if not path.exists() or time.time() - path.stat().st_mtime > _FRESH_S:
        certificate_for(folder, HOST, days=40)
    text = SHIPPED.read_text(encoding="utf-8")
    assert text.count("regions = []") == 1
    probes = f"""regions = ["us-east-1"]
url = "https://{HOST}:{PORT}"
renditions = false
"""
    listed = f"""
[[probes.private]]
host = "{HOST}"
port = {PORT}
address = "{ADDRESS}"
authority = \"\"\"
{path.read_text()}\"\"\"

[[probes.checks]]
name = "front"
every_minutes = 1
budget_s = 3
steps = [{{ name = "page", url = "/", expect = {{ contains = ["welcome"] }} }}]
"""
    site = folder / "site.toml"
    site.write_text(text.replace("regions = []", probes, 1) + listed, encoding="utf-8")
    return site
