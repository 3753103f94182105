"""The Chromium of this machine, headless."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from adaptive.errors import AdaptiveError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class BrowserMissingError(AdaptiveError):
    """No Chromium on this machine; the message says how to get one."""


def find_browser() -> str:
    """Path of an installed Chromium, from $CHROMIUM or the usual names."""
    for name in (os.environ.get("CHROMIUM"), *_NAMES):
        if name and (path := shutil.which(name)):
            return path
    raise BrowserMissingError(
        "No Chromium found: install it (Debian: apt-get install chromium) or name it in $CHROMIUM."
    )


@contextmanager
def browser() -> Iterator[Browser]:
    """A headless Chromium of our own, gone at the end; "back" finds pages as they were left."""
    executable = find_browser()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=executable,
            args=[*_FLAGS, f"--user-agent={_user_agent(executable)}"],
            ignore_default_args=["--disable-back-forward-cache"],
        )
        try:
            yield running
        finally:
            running.close()


def _user_agent(executable: str) -> str:
    """Chromium's own on Linux, less the word by which `ingest` would know it for a program.

    Set for the whole browser: what is sent as a page goes would not have a context's.
    """
    version = subprocess.run(
        [executable, "--version"], capture_output=True, check=True, text=True
    ).stdout
    found = re.search(r"(\d+)\.", version)
    return (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
        f"Chrome/{found[1] if found else 140}.0.0.0 Safari/537.36"
    )
