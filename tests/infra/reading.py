"""What the tests of the templates look things up by."""

from tests.infra.conftest import Resource, Templates

FUNCTION = "AWS::Lambda::Function"
MAPPING = "AWS::Lambda::EventSourceMapping"


def edge_function(templates: Templates) -> Resource:
    (found,) = (
        function
        for function in templates.of_type(FUNCTION).values()
        if function["Metadata"]["adaptive:folder"] == "delivery/edge_request"
    )
    return found["Properties"]  # type: ignore[no-any-return]


def distribution(templates: Templates) -> Resource:
    (found,) = templates.of_stack("AdaptiveEdge").properties("AWS::CloudFront::Distribution")
    return found["DistributionConfig"]  # type: ignore[no-any-return]


def behavior(templates: Templates, pattern: str) -> Resource:
    (found,) = (
        each for each in distribution(templates)["CacheBehaviors"] if each["PathPattern"] == pattern
    )
    return found  # type: ignore[no-any-return]


def referred(templates: Templates, reference: Resource) -> Resource:
    """The properties of the resource of the edge stack that `{"Ref": …}` means."""
    resource = templates.by_stack["AdaptiveEdge"]["Resources"][reference["Ref"]]
    return resource["Properties"]  # type: ignore[no-any-return]


def for_browsers(templates: Templates, of: Resource) -> dict[str, str]:
    """The headers that its policy adds."""
    policy = referred(templates, of["ResponseHeadersPolicyId"])["ResponseHeadersPolicyConfig"]
    return {each["Header"]: each["Value"] for each in policy["CustomHeadersConfig"]["Items"]}
