"""`python -m local.cdn`: CloudFront on this machine, for a distribution in the local cloud."""

import argparse
import contextlib
import logging
import signal
import sys
import tempfile
from pathlib import Path

from adaptive.errors import AdaptiveError
from local.cdn.app import Options
from local.cdn.deployment import deployed_app
from local.cdn.server import listen, serve

_MEBIBYTE = 1024 * 1024


def main() -> int:
    """Serve until Ctrl-C; 1 with one sentence on standard error if that cannot be done."""
    arguments = _parser().parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    with contextlib.ExitStack() as stack:
        log = sys.stdout
        if arguments.access_log:
            log = stack.enter_context(arguments.access_log.open("a", encoding="utf-8"))
        options = Options(
            endpoint=arguments.endpoint,
            access_log=lambda line: print(line, file=log, flush=True),
            country=arguments.country,
            cache_bytes=arguments.cache_mib * _MEBIBYTE,
        )
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="cdn-"))
        # After serving in order uvicorn raises the signal anew, for us to clean up.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
        try:
            listener = stack.enter_context(listen(arguments.port))
            app = deployed_app(arguments.distribution, options, Path(folder))
            port = listener.getsockname()[1]
            print(f"http://localhost:{port} serves {arguments.distribution}", flush=True)
            with contextlib.suppress(KeyboardInterrupt):
                serve(app, listener)
        except AdaptiveError as error:
            print(f"cdn: {error}", file=sys.stderr)
            return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local.cdn",
        description="CloudFront on this machine: caches, rewrites and fails over as the deployed"
        " distribution says, and holds its Lambda@Edge function to CloudFront's rules.",
        epilog="The viewer protocol policy is not enforced: browsers come by http on localhost.",
    )
    parser.add_argument("--endpoint", default="http://127.0.0.1:4566", help="of the local cloud")
    parser.add_argument("--distribution", required=True, metavar="ID")
    parser.add_argument("--port", type=int, default=8080, help="on 127.0.0.1 (%(default)s)")
    parser.add_argument("--country", default="US", help="of all viewers (%(default)s)")
    parser.add_argument("--cache-mib", type=int, default=256, help="cache size (%(default)s)")
    parser.add_argument("--access-log", type=Path, metavar="FILE", help="instead of the terminal")
    return parser


if __name__ == "__main__":
    sys.exit(main())
