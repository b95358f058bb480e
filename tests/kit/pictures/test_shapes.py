"""Renditions are parts of their picture, hold its focus, and are never larger than it."""

from hypothesis import given
from hypothesis import strategies as st

from highstreet.kit.pictures.shapes import CENTRE, Focus, Shape, renditions

sides = st.integers(120, 2560)
parts = st.floats(0, 1)


@given(sides, sides, parts, parts)
def test_every_rendition_is_a_part_of_its_picture_in_its_shape(width: int, height: int, x: float, y: float) -> None:
    for rendition in renditions(width, height, Focus(x, y)):
        left, top, right, bottom = rendition.box
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
        assert rendition.width <= right - left
        ratio = 8 / 5 if rendition.shape is Shape.WIDE else 4 / 5
        assert abs((right - left) / (bottom - top) / ratio - 1) < 0.02
        assert abs(rendition.width / rendition.height / ratio - 1) < 0.02


@given(sides, sides, parts, parts)
def test_the_focus_is_in_every_rendition(width: int, height: int, x: float, y: float) -> None:
    for rendition in renditions(width, height, Focus(x, y)):
        left, top, right, bottom = rendition.box
        slack = 1 + max(width, height) / 100  # a part begins at a whole percent
        assert left - slack <= x * width <= right + slack
        assert top - slack <= y * height <= bottom + slack


@given(sides, sides, parts, parts, parts, parts)
def test_a_name_never_means_two_parts_of_a_picture(
    width: int, height: int, x: float, y: float, other_x: float, other_y: float
) -> None:
    one = {each.name: each.box for each in renditions(width, height, Focus(x, y))}
    other = {each.name: each.box for each in renditions(width, height, Focus(other_x, other_y))}
    assert all(one[name] == other[name] for name in one.keys() & other.keys())


def test_a_large_picture_has_four_widths() -> None:
    assert [(each.name, each.width, each.height) for each in renditions(2560, 1600, CENTRE)] == [
        ("wide50-360", 360, 225),
        ("wide50-720", 720, 450),
        ("wide50-1280", 1280, 800),
        ("tall50-240", 240, 300),
    ]


def test_a_small_picture_has_fewer_and_none_is_enlarged() -> None:
    assert [(each.name, each.width) for each in renditions(500, 400, CENTRE)] == [
        ("wide50-360", 360),
        ("wide50-500", 500),
        ("tall50-240", 240),
    ]
    assert [each.width for each in renditions(120, 120, CENTRE)] == [120, 96]
