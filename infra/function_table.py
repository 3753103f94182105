"""The table in lambdas/README.md: what calls each function and what it may touch.

`python -m infra.function_table` writes it; with `--check` it only fails if the table is stale.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from app import ROOT, build
from infra.constructs.function_folder import FOLDER_METADATA

Resource = Mapping[str, Any]

README = ROOT / "lambdas" / "README.md"
_HEAD = """# Functions

One folder is one function: `handler.py` exposes `lambda_handler(event, context)`.
Generated from the CloudFormation templates by `make generate`: what is not here, IAM refuses.

| function | called by | reads | writes | timeout | memory |
| --- | --- | --- | --- | --- | --- |
"""
_SERVICES = {
    "cloudfront": "CloudFront",
    "dynamodb": "DynamoDB",
    "firehose": "Firehose",
    "kinesis": "Kinesis",
    "s3": "S3",
    "secretsmanager": "Secrets Manager",
    "sns": "SNS",
    "sqs": "SQS",
    "ssm": "Systems Manager",
}
_STANDS_FOR_IT = {"AWS::ApiGatewayV2::Integration", "AWS::Lambda::Version", "AWS::Lambda::Url"}
_EXPORT = re.compile(r":ExportsOutput(?:Ref|FnGetAtt)(\w+?[0-9A-F]{8})(?=\w*[0-9A-F]{8}$)")
"""The logical id in the name that CDK gives to what another stack uses."""
_WRITING = ("Put", "Update", "Delete", "Publish", "Send", "Create")


def generate() -> str:
    """The whole of lambdas/README.md."""
    stacks = build(bundle="none").synth().stacks
    rows = [row for stack in stacks for row in _rows(stack.template["Resources"])]
    return _HEAD + "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _rows(resources: Mapping[str, Resource]) -> Iterator[tuple[str, ...]]:
    for name, function in resources.items():
        folder = function.get("Metadata", {}).get(FOLDER_METADATA)
        if folder is None:
            continue
        properties = function["Properties"]
        reads, writes = _grants(resources, properties["Role"]["Fn::GetAtt"][0])
        yield (
            f"[{folder.rpartition('/')[2]}]({folder}/handler.py)",
            "<br>".join(sorted(_callers(resources, name))),
            "<br>".join(sorted(reads)) or "nothing",
            "<br>".join(sorted(writes)) or "nothing",
            f"{properties['Timeout']} s",
            f"{properties['MemorySize']} MiB",
        )


def _callers(resources: Mapping[str, Resource], function: str) -> Iterator[str]:
    """Everything that can call the function, by way of what stands for it."""
    called = {function}
    for name, resource in resources.items():
        if resource["Type"] in _STANDS_FOR_IT and function in _references(resource["Properties"]):
            called.add(name)
    for resource in resources.values():
        properties = resource["Properties"]
        match resource["Type"]:
            case "AWS::ApiGatewayV2::Route" if called & _references(properties["Target"]):
                yield f"`{properties['RouteKey']}`"
            case "AWS::Lambda::EventSourceMapping" if called & _references(properties):
                service = "kinesis" if "StartingPosition" in properties else "sqs"
                yield _named(service, properties["EventSourceArn"])
            case "AWS::Events::Rule" if called & _references(properties["Targets"]):
                yield from _occasions(properties)
            case "AWS::CloudFront::Distribution":
                yield from _behaviors(properties["DistributionConfig"], called)


def _occasions(rule: Mapping[str, Any]) -> Iterator[str]:
    if "ScheduleExpression" in rule:
        yield f"EventBridge, at a `{rule['ScheduleExpression']}`"
    else:
        for key in rule["EventPattern"]["detail"]["object"]["key"]:
            if "prefix" in key:
                yield f"S3, when `/{key['prefix']}*` changes"
            else:
                count = len(key["anything-but"]["wildcard"])
                yield f"S3, when anything changes but files of {count} patterns"


def _behaviors(config: Mapping[str, Any], called: set[str]) -> Iterator[str]:
    origins = {each["Id"] for each in config["Origins"] if called & _references(each["DomainName"])}
    groups = {
        group["Id"]
        for group in config.get("OriginGroups", {}).get("Items", ())
        if origins & {member["OriginId"] for member in group["Members"]["Items"]}
    }
    for behavior in config["CacheBehaviors"]:
        path = behavior["PathPattern"]
        for association in behavior.get("LambdaFunctionAssociations", ()):
            if called & _references(association["LambdaFunctionARN"]):
                yield f"CloudFront, {association['EventType'].replace('-', ' ')} of `{path}`"
        if behavior["TargetOriginId"] in origins | groups:
            yield f"CloudFront, for what `{path}` lacks"


def _grants(resources: Mapping[str, Resource], role: str) -> tuple[set[str], set[str]]:
    reads: set[str] = set()
    writes: set[str] = set()
    for policy in resources.values():
        if policy["Type"] != "AWS::IAM::Policy" or role not in _references(policy["Properties"]):
            continue
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            for action in _listed(statement["Action"]):
                service, _, verb = action.partition(":")
                if service in _SERVICES:
                    kept = writes if verb.startswith(_WRITING) else reads
                    kept |= {_named(service, each) for each in _listed(statement["Resource"])}
    return reads, writes


def _named(service: str, resource: Any) -> str:  # noqa: ANN401 - a template's JSON
    (target,) = (each for each in _references(resource) if not each.startswith("AWS::"))
    end = resource["Fn::Join"][1][-1] if "Fn::Join" in resource else ""
    below = end if isinstance(end, str) else ""
    return f"{_SERVICES[service]} {_plain(target)}" + (f" `{below}`" if below else "")


def _references(value: Any) -> set[str]:  # noqa: ANN401
    """The logical ids that a part of a template refers to."""
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
            return {name}
        case {"Fn::ImportValue": str(export)} if found := _EXPORT.search(export):
            return {found[1]}
        case dict():
            return set().union(*map(_references, value.values()))
        case list():
            return set().union(*map(_references, value))
        case _:
            return set()


def _plain(logical_id: str) -> str:
    """Without the hash that CDK adds."""
    return re.sub(r"[0-9A-F]{8}$", "", logical_id)


def _listed(value: Any) -> list[Any]:  # noqa: ANN401
    return value if isinstance(value, list) else [value]


def main() -> int:
    """Write or check; 1 says that the table is stale."""
    text = generate()
    if "--check" not in sys.argv:
        README.write_text(text)
    elif README.read_text() != text:
        print("lambdas/README.md is stale: run `make generate`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
