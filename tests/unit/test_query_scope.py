import pytest

from adaptive.errors import QueryError
from adaptive.monitoring.query.scope import scope_of
from tests.samples import ROLL_UP


@pytest.mark.parametrize(
    ("by", "filters", "field"),
    [
        (["colour"], [], "by"),
        ([], ["country"], "filter"),
        ([], ["country:"], "filter"),
        ([], ["colour:red"], "filter"),
        (["country"], ["tier:full"], "by"),
        (["tier", "tier"], [], "by"),
        (["device", "connection", "arm"], [], "by"),
    ],
)
def test_what_views_are_not_counted_by_is_refused(
    by: list[str], filters: list[str], field: str
) -> None:
    with pytest.raises(QueryError) as caught:
        scope_of(by, filters)
    assert caught.value.field == field


def test_a_pair_may_be_asked_for_in_any_order() -> None:
    scope = scope_of(["arm", "tier"])
    assert scope.family == ("tier", "arm")
    assert scope.group_of("lite,treatment") == ("treatment", "lite")


def test_a_filter_makes_room_for_the_other_half_of_a_pair() -> None:
    scope = scope_of(["device"], ["connection:slow", "connection:medium"])
    assert scope.family == ("device", "connection")
    assert scope.group_of("phone,slow") == ("phone",)
    assert scope.group_of("phone,fast") is None
    assert scope.values is None


def test_filters_that_say_all_name_the_cells_to_read() -> None:
    assert scope_of().values == [""]
    assert scope_of(["country"], ["country:FR", "country:DE"]).values == ["DE", "FR"]
    pair = scope_of([], ["tier:lite", "arm:treatment", "arm:control"])
    assert pair.values == ["lite,control", "lite,treatment"]


def test_how_many_cells_there_can_be_follows_from_the_lists() -> None:
    assert scope_of().cells(ROLL_UP.lists) == 1
    assert scope_of(["country"]).cells(ROLL_UP.lists) == 4
    assert scope_of(["release", "page_group"]).cells(ROLL_UP.lists) == 16
    assert scope_of(["country"], ["country:DE"]).cells(ROLL_UP.lists) == 1
