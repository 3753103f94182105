"""X-Ray is what `[cloud] traces` says."""

from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk.assertions import Template

from infra.constructs.python_function import PythonFunction
from tests.samples import SCORE


@pytest.mark.parametrize(
    ("context", "traced", "mode"),
    [({}, True, "Active"), ({"traces": False}, True, "PassThrough"), ({}, False, "PassThrough")],
    ids=["on", "off", "of a stream"],
)
def test_functions_are_traced_unless_the_site_has_turned_it_off_or_they_serve_a_stream(
    context: dict[str, Any], *, traced: bool, mode: str
) -> None:
    stack = Stack(App(context={"bundle": "none", **context}, analytics_reporting=False))
    PythonFunction(
        stack,
        "Score",
        folder="delivery/score",
        settings=SCORE,
        layers=[],
        timeout_s=10,
        memory_mib=512,
        log_days=7,
        traced=traced,
    )
    Template.from_stack(stack).has_resource_properties(
        "AWS::Lambda::Function", {"TracingConfig": {"Mode": mode}}
    )
