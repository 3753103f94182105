"""Pages rendered for the visitor's tier, which the edge tells by header `ae-tier`.

`flask --app examples/flask/app.py run`, and its address as `[origin] url` in site.toml.
"""

from flask import Flask, Response, render_template_string, request

TIERS = ("full", "standard", "lite", "minimal", "control")
PAGE = """<!doctype html>
<html lang="en" data-tier="{{ tier }}">
  <title>Lamps</title>
  <script src="/js/shop.js?tier={{ tier }}" defer></script>
  <img src="/img/lamp.jpg" alt="A lamp" width="640" height="480">
  {% if tier not in ("lite", "minimal") %}
    <video src="/video/lamp.mp4" autoplay muted loop></video>
  {% endif %}
</html>
"""

app = Flask(__name__)


def page() -> str:
    """Whoever asks past CloudFront may say anything, so other words count as not said."""
    said = request.headers.get("ae-tier")
    return render_template_string(PAGE, tier=said if said in TIERS else "full")


@app.get("/")
def home() -> Response:
    """Somebody's own page: for this visitor's browser, and asked for anew at each visit."""
    return Response(page(), headers={"Cache-Control": "private, no-cache"})


@app.get("/lamps")
def lamps() -> Response:
    """The same for all of a tier: with `cache_pages = true` CloudFront keeps it for a minute."""
    headers = {"Cache-Control": "max-age=0, s-maxage=60", "Vary": "Cookie, Save-Data"}
    return Response(page(), headers=headers)
