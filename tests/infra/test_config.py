"""Whatever is wrong with site.toml is named by file, key and allowed values."""

import json
import re
from pathlib import Path

import pytest

from adaptive.edge.policy import Tier
from adaptive.errors import ConfigError
from infra import config, toml_lines
from tests.infra.conftest import SITE_FILE

ROOT = Path(__file__).parents[2]


def refusal(tmp_path: Path, before: str, after: str) -> list[str]:
    """The faults of the sample site after one edit, without their lines."""
    return [
        re.sub(r"^site\.toml:\d+: ", "site.toml: ", each) for each in told(tmp_path, before, after)
    ]


def told(tmp_path: Path, before: str, after: str) -> list[str]:
    text = SITE_FILE.read_text()
    assert text.count(before) >= 1, f"{before!r} is not in the sample"
    path = tmp_path / "site.toml"
    path.write_text(text.replace(before, after, 1))
    with pytest.raises(ConfigError) as raised:
        config.load(path)
    return str(raised.value).splitlines()


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: No such file"):
        config.load(tmp_path / "nowhere.toml")


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match=r"site\.toml: not valid TOML"):
        config.load(tmp_path / "site.toml")


def test_broken_toml_is_named_by_line(tmp_path: Path) -> None:
    (fault,) = refusal(tmp_path, "share = 0.05", "share = ")
    assert fault.startswith("site.toml: not valid TOML: ")
    assert "line 18" in fault


def test_an_empty_file_lacks_every_section(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text("")
    with pytest.raises(ConfigError) as raised:
        config.load(path)
    assert "site.toml: tiers: is missing" in str(raised.value).splitlines()


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("share = 0.05", "share = nan", "holdout.share: NaN: input should be a finite number"),
        (
            "calm = 0.2",
            "calm = 0.3",
            "experience: performance, engagement and calm are 1.10 together, and must be 1",
        ),
        ("share = 0.05", "share = inf", "holdout.share: Infinity: input should be a finite number"),
        (
            "share = 0.05",
            "share = 1.01",
            "holdout.share: 1.01: input should be less than or equal to 1",
        ),
        (
            "share = 0.05",
            'share = "0.05"',
            'holdout.share: "0.05": input should be a valid number',
        ),
        (
            "share = 0.05",
            "share = 1979-05-27",
            'holdout.share: "1979-05-27": input should be a valid number',
        ),
        ("share = 0.05", "", "holdout.share: is missing"),
        (
            "ttl_days = 30",
            "ttl_days = 30.5",
            "sessions.ttl_days: 30.5: input should be a valid integer",
        ),
        (
            "quality_floor = 80",
            "quality_floor = true",
            "tiers.full.quality_floor: true: input should be a valid number",
        ),
        (
            "quality_floor = 80",
            "quality_floor = 91",
            "tiers.full.quality_floor: 91: input should be less than or equal to 90",
        ),
        (
            'kind = "slack"',
            'kind = "fax"',
            (
                "notify.destinations.team.kind: \"fax\": input should be 'slack', 'teams', "
                "'pagerduty', 'pagerduty-eu' or 'webhook'"
            ),
        ),
        (
            "[notify.destinations.team]",
            "[notify.destinations.email]",
            "notify.destinations.email: is what notify.email is called: name it otherwise",
        ),
        (
            'url = "https://www.example.com"',
            'url = "http://www.example.com"',
            "probes.url: 'http://www.example.com' must begin with https://",
        ),
        (
            'url = "https://www.example.com"',
            'url = "https://10.0.0.1"',
            "probes.url: 'https://10.0.0.1' must name a public host by its DNS name",
        ),
        (
            "https://api.example.com/cart?item=1",
            "https://{{session}}.example.com/",
            "probes.checks.0.steps.1.url: an extracted value may not be in the host",
        ),
        (
            "https://api.example.com/cart?item=1",
            "https://localhost/cart",
            (
                "probes.checks.0.steps.1.url: 'https://localhost/cart' must name a public host by "
                "its DNS name"
            ),
        ),
        (
            "sid={{session}}",
            "sid={{token}}",
            "probes.checks.0.steps.1: no step before extracts token",
        ),
        (
            'name = "buy"',
            'name = "renditions"',
            "probes.checks: renditions: names must differ, and from renditions",
        ),
        (
            'heroes = ["/img/hero.jpg"]',
            "",
            "probes.renditions: needs an image in delivery.heroes; or set it to false",
        ),
        ("[320,", "[8193,", "delivery.widths.0: 8193: input should be less than or equal to 8192"),
        (
            'default_tier = "full"',
            'default_tier = "control"',
            (
                "delivery.default_tier: \"control\": input should be 'full', 'standard', 'lite' or "
                "'minimal'"
            ),
        ),
        (
            '"/img/"',
            '"/img"',
            'delivery.image_prefixes.0: "/img" does not have the form ^/([A-Za-z0-9_~.-]+/)+$',
        ),
        (
            '"/img/"',
            '"/"',
            'delivery.image_prefixes.0: "/" does not have the form ^/([A-Za-z0-9_~.-]+/)+$',
        ),
        (
            '"/js/shop.js"',
            '"https://evil.example/shop.js"',
            (
                'bundles.https://evil.example/shop.js: "https://evil.example/shop.js" does not '
                "have the form ^(/[A-Za-z0-9_~.-]+)+\\.(m?js|css|woff2?|ttf|otf|jpe?g|png|webp|"
                "avif)$"
            ),
        ),
    ],
)
def test_a_value_of_the_wrong_kind_is_named_with_what_is_allowed(
    before: str, after: str, fault: str, tmp_path: Path
) -> None:
    assert f"site.toml: {fault}" in refusal(tmp_path, before, after)


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("widths =", "width =", "delivery.width: unknown key, allowed here: image_prefixes, "),
        ("widths =", "width =", "(did you mean widths?)"),
        ("[tiers.lite]", "[tiers.light]", "(did you mean lite?)"),
        ("[holdout]", "[holdot]", "(did you mean holdout?)"),
        ("max_width = 1920", "max_widt = 1920", "tiers.full.max_widt: unknown key"),
    ],
)
def test_an_unknown_key_is_met_with_the_nearest_known_one(
    before: str, after: str, fault: str, tmp_path: Path
) -> None:
    assert any(fault in line for line in refusal(tmp_path, before, after))


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        (
            "max_width = 960",
            "max_width = 961",
            "tiers.lite.max_width: 961 is not in delivery.widths (320, 480, 640, 960, 1280, 1920)",
        ),
        (
            "max_width = 1280",
            "max_width = 640",
            "tiers.lite.max_width: 960 is above that of tier standard, 640",
        ),
        ("[320, 480", "[480, 320", "delivery.widths: 480, 320, 640, 960, 1280, 1920 must ascend"),
        ("[320, 480", "[320, 320", "delivery.widths: 320, 320, 640, 960, 1280, 1920 must ascend"),
        (
            '["avif", "webp", "jpg"]',
            '["avif", "webp"]',
            "delivery.formats: must contain jpg, which browsers get that accept no other",
        ),
        (
            '["avif", "webp", "jpg"]',
            '["avif", "avif", "jpg"]',
            "delivery.formats: avif, avif, jpg names one twice",
        ),
        (
            "max_renditions_per_image = 72",
            "max_renditions_per_image = 56",
            (
                "delivery.max_renditions_per_image: 56, but widths x tiers x formats make 57: "
                "raise it or shorten them"
            ),
        ),
        (
            "max_cells = 400",
            "max_cells = 100",
            ("rollups.max_cells: 100, but the lists make 189: raise it or shorten them"),
        ),
        (
            "quality_floor = 70",
            "quality_floor = 50",
            "tiers.lite.quality_floor: 57.0 is above that of tier standard, 50.0",
        ),
        (
            "quality_floor = 45",
            "quality_floor = 45\nupscale = 1.4",
            "tiers.minimal.upscale: must be below 640/480, or 480 stands in for 640",
        ),
        (
            "quality_floor = 80",
            "quality_floor = 80\ndisplayed_quality = 81",
            "tiers.full.displayed_quality: must be at most 80",
        ),
        (
            "quality_floor = 45",
            "quality_floor = 45\ndisplayed_quality = 46",
            "tiers.minimal.displayed_quality: must be at most 45.0",
        ),
        (
            "image_weight = 1.0",
            "image_weight = 0.9",
            "tiers.full.image_weight: 0.9 must be 1, the measure",
        ),
        (
            "image_weight = 0.28",
            "image_weight = 0.8",
            "tiers.lite.image_weight: 0.8 is above that of tier standard, 0.6",
        ),
        (
            "script_weight = 0.2",
            "script_weight = 0.1",
            "tiers.minimal.script_weight: 0.2 is above that of tier lite, 0.1",
        ),
        (
            '["/js/"]',
            '["/img/js/"]',
            (
                'delivery.bundle_prefixes.0: "/img/js/" lies within "/img/": a path can have one '
                "behaviour only"
            ),
        ),
        (
            'heroes = ["/img/hero.jpg"]',
            'heroes = ["/images/hero.jpg"]',
            'delivery.heroes.0: "/images/hero.jpg" is below none of /img/',
        ),
        (
            '["/img/"]',
            '["/rum/img/"]',
            'delivery.image_prefixes.0: "/rum/img/" is taken by the beacon endpoint',
        ),
        (
            '["/img/"]',
            '["/a/../img/"]',
            'delivery.image_prefixes.0: "/a/../img/" must not contain "." or ".." as a folder',
        ),
        (
            'lite = "/js/shop.lite.js"',
            'lite = "/lib/shop.lite.js"',
            (
                'bundles./js/shop.js.lite: "/lib/shop.lite.js" is not below '
                "delivery.bundle_prefixes (/js/)"
            ),
        ),
        (
            'lite = "/js/shop.lite.js"',
            'lite = "/js/../secret.js"',
            (
                'bundles./js/shop.js.lite: "/js/../secret.js" is not below '
                "delivery.bundle_prefixes (/js/)"
            ),
        ),
        (
            'lite = "/js/shop.lite.js"',
            'lite = "/js/shop.lite.css"',
            (
                'bundles./js/shop.js.lite: "/js/shop.lite.css" is no twin of "/js/shop.js": a '
                "browser that asked for js cannot be given css"
            ),
        ),
        (
            'lite = "/js/shop.lite.js"',
            'lite = "/js/shop.js"',
            'bundles./js/shop.js.lite: "/js/shop.js" has twins itself: a rewritten path stays put',
        ),
    ],
)
def test_keys_that_contradict_each_other_are_named(
    before: str, after: str, fault: str, tmp_path: Path
) -> None:
    assert f"site.toml: {fault}" in refusal(tmp_path, before, after)


def with_manifest(tmp_path: Path, content: str) -> Path:
    path = tmp_path / "site.toml"
    text = SITE_FILE.read_text()
    path.write_text(text.replace("[delivery]", '[delivery]\noriginals = "originals.json"', 1))
    (tmp_path / "originals.json").write_text(content)
    return path


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("{", 'delivery.originals: "originals.json" is not JSON'),
        ("[]", "originals: []: input should be an object"),
        ('{"/img/a.jpg": 0}', "originals./img/a.jpg: 0: input should be greater than or equal"),
        ('{"/img/a.jpg": "9"}', 'originals./img/a.jpg: "9": input should be a valid integer'),
        ('{"../a.jpg": 9}', 'originals.../a.jpg: "../a.jpg" does not have the form'),
        (json.dumps({f"/img/{n}.jpg": n for n in range(1, 2_002)}), "at most 2000 items"),
        (json.dumps({"/img/" + "a" * 100_000: 1}), "has more than 100,000 bytes"),
    ],
    ids=lambda value: value[:30],
)
def test_a_manifest_of_originals_is_as_strict_as_the_rest(
    content: str, fault: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as refused:
        config.load(with_manifest(tmp_path, content))
    assert fault in str(refused.value)


def test_the_manifest_of_originals_reaches_the_edge_and_not_render(tmp_path: Path) -> None:
    path = with_manifest(tmp_path, '{"/img/a.jpg": 1440}')
    assert config.load(path).policy.originals == {"/img/a.jpg": 1440}
    assert config.load(path).image_policy.originals == {}
    (tmp_path / "originals.json").unlink()
    assert config.load(path).policy.originals == {}


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    faults = refusal(tmp_path, "max_width = 960\nimage_weight = 0.28", "max_width = 1\n")
    assert len(faults) == 2


def test_the_site_of_this_repository_is_valid() -> None:
    site = config.load(ROOT / "site.toml")
    assert site.policy.renditions_per_image <= site.delivery.max_renditions_per_image


def test_the_policy_says_what_the_file_says() -> None:
    policy = config.load(SITE_FILE).policy
    assert policy.widths == (320, 480, 640, 960, 1280, 1920)
    assert policy.widths_of(Tier.LITE) == (320, 480, 640, 960)
    assert policy.bundles["/js/shop.js"] == {
        "lite": "/js/shop.lite.js",
        "minimal": "/js/shop.lite.js",
    }
    assert policy.renditions_per_image == 57
    assert (policy.phone_width, policy.desktop_width) == (1170, 1920)


RECIPES = """
[recipes.thrifty]
tier = "lite"
max_width = 640
image_weight = 0.2

[recipes.crisp]
tier = "standard"
quality_floor = 75
image_weight = 0.7

[recipes.whole]
tier = "lite"
bundles = "standard"

[recipes.rebuilt]
tier = "minimal"
script_weight = 0.1
"""


def with_recipes(folder: Path, before: str = "", after: str = "") -> Path:
    text = SITE_FILE.read_text().replace(
        'lite = "/js/shop.lite.js"', 'lite = "/js/shop.lite.js", rebuilt = "/js/shop.new.js"'
    )
    text = text.replace("max_renditions_per_image = 72", "max_renditions_per_image = 90")
    path = folder / "site.toml"
    path.write_text((text + RECIPES).replace(before, after, 1) if before else text + RECIPES)
    return path


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("max_width = 640", "", "recipes.thrifty.image_weight: goes with max_width and"),
        ("image_weight = 0.2\n", "", "recipes.thrifty.image_weight: goes with max_width and"),
        ("max_width = 640", "max_width = 641", "recipes.thrifty.max_width: 641 is not in"),
        ("floor = 75", "floor = 81", "recipes.crisp.quality_floor: 81 is above that of tier full"),
        (
            "floor = 75",
            "floor = 75\ndisplayed_quality = 76",
            "recipes.crisp.displayed_quality: must be at most 75",
        ),
        ('bundles = "standard"', "", "recipes.whole: is served as lite is: say max_width"),
        (
            "script_weight = 0.1\n",
            "",
            "bundles./js/shop.js.rebuilt: a twin of its own: recipes.rebuilt needs script_weight",
        ),
        ("[recipes.rebuilt]", "[recipes.anew]", "rebuilt: is none of full, standard, lite, min"),
        ("[recipes.thrifty]", "[recipes.lite]", "lite is taken"),
        ("[recipes.thrifty]", "[recipes.control]", "control is taken"),
        ("[recipes.thrifty]", "[recipes.Thrifty]", '"Thrifty" does not have the form'),
        ("image_weight = 0.7", "image_weight = 1.1", "less than or equal to 1"),
        ('tier = "lite"', 'tier = "control"', "recipes.thrifty.tier"),
        ("image = 90", "image = 80", "delivery.max_renditions_per_image: 80, but widths"),
    ],
)
def test_a_recipe_that_cannot_be_served_or_judged_is_refused(
    before: str, after: str, fault: str, tmp_path: Path
) -> None:
    assert before in with_recipes(tmp_path).read_text()
    path = with_recipes(tmp_path, before, after)
    with pytest.raises(ConfigError) as refused:
        config.load(path)
    assert fault in str(refused.value)


def test_recipes_with_renditions_are_counted_and_others_cost_none(tmp_path: Path) -> None:
    site = config.load(with_recipes(tmp_path))
    policy = site.policy
    assert policy.renditions_per_image == 57 + (3 + 5) * 3
    assert site.quality_floor.keys() == {*Tier, "thrifty", "crisp"}
    assert (site.quality_floor["thrifty"], site.quality_floor["crisp"]) == (57, 75)
    assert policy.bundles["/js/shop.js"] == {
        "lite": "/js/shop.lite.js",
        "minimal": "/js/shop.lite.js",
        "thrifty": "/js/shop.lite.js",
        "rebuilt": "/js/shop.new.js",
    }
    assert policy.recipes == {
        "thrifty": "lite",
        "crisp": "standard",
        "whole": "lite",
        "rebuilt": "minimal",
    }


def test_what_a_recipe_does_not_say_is_as_its_tier_has_it(tmp_path: Path) -> None:
    site = config.load(with_recipes(tmp_path))
    found = {name: each.model_dump() for name, each in site.rules.recipes.items()}
    lite = {"tier": "lite", "image_weight": 0.28, "script_weight": 0.2, "value": 0.54}
    assert found["thrifty"] == {**lite, "image_weight": 0.2}
    assert found["whole"] == {**lite, "script_weight": 1}
    assert found["crisp"] == {
        "tier": "standard",
        "image_weight": 0.7,
        "script_weight": 1,
        "value": 0.9,
    }
    assert found["rebuilt"]["script_weight"] == 0.1


def test_an_experiment_may_name_what_is_declared_and_nothing_else(tmp_path: Path) -> None:
    trial = """
[[experiments]]
name = "whole"
hypothesis = "The whole script sells more to visitors on lite than it costs them"
primary = "conversion"
minimum_effect = 0.02
guardrails = { inp = 0.2 }
changes = { served_as = { lite = "%s" } }
"""
    path = with_recipes(tmp_path)
    text = path.read_text()
    path.write_text(text + trial % "whole")
    [*_, declared] = config.load(path).experiments
    assert declared.changes.update == {"served_as": {Tier.LITE: "whole"}}
    path.write_text(text + trial % "crisp")
    with pytest.raises(ConfigError, match="crisp is a recipe of standard"):
        config.load(path)


def test_render_needs_no_bundles() -> None:
    site = config.load(SITE_FILE)
    assert site.image_policy.bundles == {}
    assert site.image_policy.widths == site.policy.widths


def test_the_rules_say_what_the_file_says() -> None:
    rules = config.load(SITE_FILE).rules
    assert rules.target.model_dump() == {"lcp_ms": 2_500, "inp_ms": 200, "share": 0.75}
    assert rules.image_weight[Tier.MINIMAL] == 0.21
    assert (rules.script_weight[Tier.STANDARD], rules.script_weight[Tier.LITE]) == (1, 0.2)


def test_a_tiers_value_is_its_quality_above_the_worst_allowed() -> None:
    assert config.load(SITE_FILE).rules.value == {
        Tier.FULL: 1,
        Tier.STANDARD: 0.8,
        Tier.LITE: 0.54,
        Tier.MINIMAL: 0.3,
    }


def test_a_tier_is_worth_what_is_seen_of_its_quality(tmp_path: Path) -> None:
    text = SITE_FILE.read_text().replace(
        "quality_floor = 45", "quality_floor = 48\ndisplayed_quality = 45"
    )
    (tmp_path / "site.toml").write_text(text)
    site = config.load(tmp_path / "site.toml")
    assert site.quality_floor[Tier.MINIMAL] == 48
    assert site.rules == config.load(SITE_FILE).rules


def test_a_stricter_share_makes_a_missed_target_dearer() -> None:
    rules = config.load(SITE_FILE).rules
    strict = rules.model_copy(update={"target": rules.target.model_copy(update={"share": 0.9})})
    assert strict.penalty > rules.penalty > 0


EXPERIMENT = """
[[experiments]]
name = "quicker"
hypothesis = "Aiming at two seconds makes pages faster"
primary = "lcp"
minimum_effect = 0.03
guardrails = { conversion = 0.0 }
changes = { default_tier = "lite" }
"""


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ('"lcp"', '"happiness"', "experiments.0.primary"),
        ('"quicker"', '"holdout"', "experiments.0.name"),
        ("{ conversion = 0.0 }", "{}", "experiments.0.guardrails"),
        (
            'default_tier = "lite"',
            'tiers_on = ["lite"]',
            "experiments.0.changes: Value error, trial quicker",
        ),
        ('default_tier = "lite"', "kill = true", "experiments.0.changes.kill"),
        (EXPERIMENT, EXPERIMENT + EXPERIMENT, 'experiments.1.name: "quicker" is there already'),
    ],
)
def test_an_experiment_that_cannot_be_run_is_named(
    tmp_path: Path, before: str, after: str, fault: str
) -> None:
    site = tmp_path / "site.toml"
    site.write_text(SITE_FILE.read_text() + EXPERIMENT)
    assert [each.name for each in config.load(site).experiments] == ["quicker"]
    site.write_text(SITE_FILE.read_text() + EXPERIMENT.replace(before, after))
    with pytest.raises(ConfigError, match=re.escape(fault)):
        config.load(site)


RULE = """
[monitoring.rules.slow]
kind = "threshold"
metric = "lcp_ms"
percentile = 75
above = 4000
severity = "page"
window_minutes = [5]
runbook = "alert-slow"
why = "Poor by the Web Vitals."
"""


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("above = 4000", "above = 4000\nbelow = 1", "slow.above: or `below`, one of them"),
        ("above = 4000", "abvoe = 4000", "slow.abvoe: unknown key, allowed here: "),
        ('"lcp_ms"', '"lcp"', 'slow.metric: "lcp": value error, is not one of lcp_ms, '),
        ("[5]", "[0]", "slow.window_minutes.0: 0: input should be greater than or equal to 1"),
        ("[5]", "[9, 5]", "slow.window_minutes: 9, 5 must ascend"),
        ('"page"', '"pages"', "slow.severity: "),
        ('"threshold"', '"thresholds"', "slow: "),
    ],
)
def test_a_rule_at_fault_is_named_by_line_and_key(
    tmp_path: Path, before: str, after: str, fault: str
) -> None:
    section = RULE.replace(before, after)
    anchor = "[cloud]\n"
    faults = told(tmp_path, anchor, f"{section}\n{anchor}")
    file, line, rest = faults[0].split(":", 2)
    assert file == "site.toml"
    assert rest.startswith(f" monitoring.rules.{fault}")
    wrong = (tmp_path / "site.toml").read_text().splitlines()[int(line) - 1]
    _, _, key = fault.partition(":")[0].removesuffix(".0").partition(".")
    assert wrong.startswith(key or "[monitoring.rules.slow]")


def test_a_line_is_found_by_the_longest_part_of_a_key_that_the_file_names() -> None:
    text = 'a = 1\n[b]\n# c = 0\nc = 2\n[b."d e"]\nf.g = 3\n[[h]]\ni = 4\n'
    found = {
        key: toml_lines.line_of(text, key.split("."))
        for key in ("a", "b", "b.c", "b.d e.f.g", "b.d e.x", "h.0.i", "x")
    }
    assert list(found.values()) == [1, 2, 4, 6, 5, 8, None]
