"""What must hold of every stack, whatever else changes."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from aws_cdk import App, Stack
from aws_cdk.aws_lambda import CfnFunction, Function
from aws_cdk.aws_s3 import Bucket

from app import build
from infra.constructs import function_folder
from tests.infra.conftest import SITE_FILE, Resource, Templates
from tests.infra.reading import FUNCTION


def statements(templates: Templates) -> Iterator[tuple[str, Resource]]:
    """Every statement that grants a role of ours something."""
    for name, policy in templates.of_type("AWS::IAM::Policy").items():
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            yield name, statement


def actions(statement: Resource) -> list[str]:
    granted = statement["Action"]
    return granted if isinstance(granted, list) else [granted]


def test_no_role_may_do_a_whole_family_of_actions(templates: Templates) -> None:
    for name, statement in statements(templates):
        assert not [action for action in actions(statement) if "*" in action], name


def test_only_what_knows_no_resources_is_granted_on_everything(templates: Templates) -> None:
    for name, statement in statements(templates):
        if statement["Resource"] == "*":
            granted = set(actions(statement)) - {"cloudwatch:GetMetricData"}
            assert {action.partition(":")[0] for action in granted} <= {"xray"}, name


def test_no_role_has_a_policy_written_by_someone_else(templates: Templates) -> None:
    for role in templates.properties("AWS::IAM::Role"):
        assert "ManagedPolicyArns" not in role


def test_what_is_stored_is_encrypted(templates: Templates) -> None:
    for bucket in templates.properties("AWS::S3::Bucket"):
        assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    for table in templates.properties("AWS::DynamoDB::Table"):
        assert table["SSESpecification"] == {"SSEEnabled": True}
    for stream in templates.properties("AWS::Kinesis::Stream"):
        assert stream["StreamEncryption"]["EncryptionType"] == "KMS"


def test_buckets_are_private_and_speak_tls_only(templates: Templates) -> None:
    blocks = {"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"}
    guarded = [
        policy["Bucket"]["Ref"]
        for policy in templates.properties("AWS::S3::BucketPolicy")
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny"
        and statement["Principal"] == {"AWS": "*"}
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    ]
    for name, bucket in templates.of_type("AWS::S3::Bucket").items():
        assert bucket["Properties"]["PublicAccessBlockConfiguration"] == dict.fromkeys(blocks, True)
        assert name.partition(".")[2] in guarded


def test_what_cannot_be_made_again_outlives_its_stack(templates: Templates) -> None:
    for kind in ("AWS::DynamoDB::Table", "AWS::S3::Bucket"):
        for resource in templates.of_type(kind).values():
            assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"


def test_items_expire_and_can_be_restored(templates: Templates) -> None:
    for table in templates.properties("AWS::DynamoDB::Table"):
        assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_what_tells_sessions_apart_is_not_where_rollups_are(templates: Templates) -> None:
    keys = {
        name.partition(".")[2][:-8]: [
            each["AttributeName"] for each in table["Properties"]["KeySchema"]
        ]
        for name, table in templates.of_type("AWS::DynamoDB::Table").items()
    }
    assert {"Sessions", "Rollups", "Tallies"} <= keys.keys()
    assert keys.pop("Sessions") == ["session_id"]
    assert all(others == ["pk", "sk"] for others in keys.values())


def test_a_function_that_nobody_waits_for_has_a_place_for_its_failures(
    templates: Templates,
) -> None:
    waited_for_by_nobody = {
        name
        for kind in ("AWS::Events::Rule", "AWS::Scheduler::Schedule", "AWS::SNS::Subscription")
        for caller in templates.of_type(kind).values()
        for name in templates.of_type(FUNCTION)
        if f'"{name.partition(".")[2]}"' in json.dumps(caller)
    }
    covered = {
        name
        for name in templates.of_type(FUNCTION)
        for config in templates.of_type("AWS::Lambda::EventInvokeConfig").values()
        if config["Properties"]["FunctionName"] == {"Ref": name.partition(".")[2]}
        and "OnFailure" in config["Properties"]["DestinationConfig"]
    }
    assert waited_for_by_nobody <= covered


def test_every_alarm_says_what_to_do(templates: Templates) -> None:
    runbooks = Path(__file__).parents[2] / "docs" / "runbooks"
    alarms = templates.properties("AWS::CloudWatch::Alarm")
    for alarm in alarms:
        page = f"{alarm['AlarmName']}.md"
        assert page in alarm["AlarmDescription"]
        assert (runbooks / page).is_file()
    assert {f"{alarm['AlarmName']}.md" for alarm in alarms} == {
        page.name for page in runbooks.glob("Adaptive*.md")
    }


def test_every_function_keeps_its_logs_for_a_time_that_was_chosen(templates: Templates) -> None:
    for group in templates.properties("AWS::Logs::LogGroup"):
        assert group["RetentionInDays"] == 30


def test_functions_run_as_their_layers_were_built(templates: Templates) -> None:
    for function in templates.properties(FUNCTION):
        assert function["Runtime"] == "python3.13"
        if "Layers" in function:
            assert function["Architectures"] == ["arm64"]


@pytest.mark.parametrize(
    ("stack", "names"),
    [
        (
            "AdaptiveDelivery",
            {"ApiEndpoint", "SessionsTableName", "BeaconStreamName", "DeadLetterBucketName"},
        ),
        (
            "AdaptiveEdge",
            {"SiteBucketName", "DistributionId", "DistributionDomainName", "RenderFunctionName"},
        ),
    ],
)
def test_outputs_that_others_read_are_there(
    stack: str, names: set[str], templates: Templates
) -> None:
    assert names <= set(templates.by_stack[stack]["Outputs"])


def test_what_running_the_code_leaves_behind_changes_no_asset(tmp_path: Path) -> None:
    (tmp_path / "handler.py").write_text("")

    def key() -> object:
        stack = Stack(App(), "Any")
        function = Function(
            stack,
            "Any",
            code=function_folder.source(tmp_path),
            handler=function_folder.HANDLER,
            runtime=function_folder.RUNTIME,
        )
        resource = function.node.default_child
        assert isinstance(resource, CfnFunction)
        return stack.resolve(resource.code)

    before = key()
    (tmp_path / "adaptive" / "__pycache__").mkdir(parents=True)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "handler.cpython-313.pyc").write_bytes(b"compiled")
    (tmp_path / "adaptive" / "__pycache__" / "errors.cpython-313.pyc").write_bytes(b"compiled")
    assert key() == before


def test_cdk_nag_looks_at_every_stack(edge_package: Path) -> None:
    app = build(site_file=SITE_FILE, edge_package=edge_package, bundle="none")
    Bucket(Stack(app, "Careless"), "Bucket")
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    report = (Path(app.outdir) / "validation-report.json").read_text()
    assert "AwsSolutions-S10" in report
    assert "AdaptiveEdge" not in report


def test_cfn_lint_finds_nothing(templates: Templates) -> None:
    lint = shutil.which("cfn-lint", path=".venv/bin") or shutil.which("cfn-lint")
    assert lint
    files = sorted(map(str, templates.folder.glob("*.template.json")))
    root = Path(__file__).parents[2]
    done = subprocess.run(  # noqa: S603
        [lint, *files], capture_output=True, text=True, check=False, cwd=root
    )
    assert done.returncode == 0, done.stdout
