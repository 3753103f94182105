"""X-Ray is what `[cloud] traces` says."""

from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk.assertions import Template

from infra.constructs.python_function import PythonFunction
from tests.samples import SCORE


@pytest.mark.parametrize(
    ("context", "mode"), [({}, "Active"), ({"traces": False}, "PassThrough")], ids=["on", "off"]
)
def test_functions_are_traced_unless_the_site_has_turned_it_off(
    context: dict[str, Any], mode: str
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
    )
    Template.from_stack(stack).has_resource_properties(
        "AWS::Lambda::Function", {"TracingConfig": {"Mode": mode}}
    )
