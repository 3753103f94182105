from hypothesis import given
from hypothesis import strategies as st

from adaptive.monitoring import dimension, vital
from adaptive.monitoring.cell_sums import Part, cells_of
from adaptive.monitoring.dimension import Cell, Dimensions
from adaptive.monitoring.rollup import Field, Rollup

WORDS = st.sampled_from(["a", "b"])
CODES = st.lists(st.sampled_from([vital.code_of(0, 1_000), vital.code_of(3, 90)]), max_size=4)
AT_FULL = vital.code_named("lcp_at_full_ms", 1_500)
FIELDS = st.lists(st.integers(-(10**12), 10**12), min_size=len(Field), max_size=len(Field))
GROUPS = st.dictionaries(
    st.builds(Dimensions, *[WORDS] * len(Dimensions._fields)),
    st.builds(Part, CODES, CODES, FIELDS),
    max_size=12,
)


@given(GROUPS)
def test_each_group_is_in_one_cell_of_each_family_to_the_byte(
    groups: dict[Dimensions, Part],
) -> None:
    expected: dict[Cell, Rollup] = {}
    for values, (plus, minus, fields) in groups.items():
        for cell in dimension.cells_of(values):
            one = Rollup([*fields])
            one.codes.update(plus)
            one.codes.subtract(minus)
            expected.setdefault(cell, Rollup()).add(one)
    found = cells_of(groups.items())
    assert {cell: each.encode() for cell, each in found.items()} == {
        cell: each.encode() for cell, each in expected.items()
    }


@given(GROUPS)
def test_what_is_at_full_is_in_no_other_cell(groups: dict[Dimensions, Part]) -> None:
    told = {
        values: Part([*plus, AT_FULL], minus, fields)
        for values, (plus, minus, fields) in groups.items()
    }
    found = cells_of(told.items())
    at_full = {cell: each for cell, each in found.items() if cell.family == dimension.AT_FULL}
    assert sum(each.codes[AT_FULL] for each in at_full.values()) == len(groups)
    assert not any(each.fields != Rollup().fields for each in at_full.values())
    rest = {cell: each.encode() for cell, each in found.items() if cell not in at_full}
    assert rest == {cell: each.encode() for cell, each in cells_of(groups.items()).items()}
