"""`GET /img/….jpg/960w.lite.avif` that the site's bucket does not have yet: makes it."""

import base64
import os
import time
from functools import cache
from http import HTTPStatus
from typing import Any

import boto3

from adaptive.aws import http
from adaptive.aws.clients import IMPATIENT
from adaptive.aws.files import S3FileStore
from adaptive.aws.locks import S3Locks
from adaptive.aws.observability import MetricUnit, emit, logger, metrics
from adaptive.delivery.origin import Origin
from adaptive.delivery.originals import OriginalsToo, Rendering
from adaptive.delivery.renderer import LOCK_EXPIRES_S, Answer, Renderer, etag
from adaptive.edge import policy
from adaptive.errors import AdaptiveError, MethodError
from adaptive.ports import FileStore, Locks
from adaptive.settings.delivery import OriginSettings, RenderSettings


@cache
def _renderer() -> Rendering:
    settings = RenderSettings.load(os.environ)
    s3 = boto3.client("s3", config=IMPATIENT)
    bucket = S3FileStore(s3, bucket=settings.site_bucket)
    locks = S3Locks(s3, bucket=settings.site_bucket, expires_s=LOCK_EXPIRES_S, now=time.time)
    if settings.origin is None:
        return _of(settings, bucket, locks)
    files = _from_origin(settings.origin, bucket)
    return OriginalsToo(
        _of(settings, files, locks),
        Origin.parse(settings.origin.url),
        policy.load(settings.policy),
        files,
        time.perf_counter,
    )


def _of(settings: RenderSettings, files: FileStore, locks: Locks) -> Renderer:
    return Renderer(
        settings=settings,
        policy=policy.load(settings.policy),
        files=files,
        locks=locks,
        clock=time.perf_counter,
        effort=time.process_time,  # a busy machine takes longer, not worse pictures
        pause=time.sleep,
    )


def _from_origin(origin: OriginSettings, bucket: FileStore) -> FileStore:
    # `ssl` and what it needs are a cold start's worth of imports that most sites do without.
    from adaptive.aws.http_origin import HttpOriginFileStore, Limits  # noqa: PLC0415

    limits = Limits(max_bytes=origin.max_bytes, timeout_s=origin.timeout_s)
    return HttpOriginFileStore(Origin.parse(origin.url), limits, renditions=bucket)


@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> http.Response:
    """A function URL event (payload 2.0) in; the image, one redirect to it, or problem+json out."""
    try:
        request = http.Request.of_event(event)
        if request.method not in {"GET", "HEAD"}:
            raise MethodError("GET, HEAD")
        answer = _renderer().render(request.path)
    except AdaptiveError as error:
        metrics.add_metric(type(error).__name__, MetricUnit.Count, 1)
        problem = http.problem_of(error)
        if problem["statusCode"] >= HTTPStatus.INTERNAL_SERVER_ERROR:  # not the asker's own fault
            metrics.add_metric("RenderFallback", MetricUnit.Count, 1)
        logger.warning("refused", reason=str(error))
        return problem
    metrics.add_metric("RenderFallback", MetricUnit.Count, int(bool(answer.fallback)))
    metrics.add_metric("StoreFailure", MetricUnit.Count, int(bool(answer.unstored)))
    if made := answer.rendered:
        took = {"RenderTime": answer.timings_ms["render"]}
        emit(took, MetricUnit.Milliseconds, tier=made.tier, format=made.format)
    logger.info("rendered", path=request.path, fallback=answer.fallback, unstored=answer.unstored)
    return _response(request, answer)


def _response(request: http.Request, answer: Answer) -> http.Response:
    timings = ", ".join(f"{name};dur={ms:.1f}" for name, ms in answer.timings_ms.items())
    if (file := answer.file) is None:
        headers = {
            "Location": answer.elsewhere or request.path,
            "Cache-Control": "no-store",
            "Server-Timing": timings,
        }
        return {"statusCode": 307, "headers": headers}
    return {
        "statusCode": 200,
        "headers": {
            "Content-Type": file.content_type,
            "Cache-Control": file.cache_control,
            "ETag": etag(file),
            "Server-Timing": timings,
        },
        "body": base64.b64encode(file.body if request.method == "GET" else b"").decode(),
        "isBase64Encoded": True,
    }
