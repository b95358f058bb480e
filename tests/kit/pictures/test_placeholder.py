"""20 bytes tell roughly what a picture looks like, and any 20 bytes can be drawn."""

import base64
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from highstreet.kit.pictures import placeholder

colours = st.tuples(*[st.integers(0, 255)] * 3)
cells = st.lists(colours, min_size=20, max_size=20)


@given(cells)
def test_a_placeholder_has_20_bytes_and_the_mean_brightness_of_its_picture(grid: list[tuple[int, int, int]]) -> None:
    code = placeholder.encode(grid)
    assert len(code) == placeholder.BYTES == 20
    assert abs(code[0] - sum(_brightness(cell) for cell in grid) / 20) <= 1


@given(colours)
def test_a_picture_of_one_colour_is_drawn_in_nearly_that_colour(colour: tuple[int, int, int]) -> None:
    for cell in placeholder.decode(placeholder.encode([colour] * 20)):
        assert all(abs(got - given) <= 4 for got, given in zip(cell, colour, strict=True))


@given(st.lists(st.integers(0, 255), min_size=20, max_size=20))
def test_brightness_is_kept_within_its_steps(greys: list[int]) -> None:
    mean = sum(greys) / 20
    reach = max(abs(grey - mean) for grey in greys)
    drawn = placeholder.decode(placeholder.encode([(grey, grey, grey) for grey in greys]))
    for grey, cell in zip(greys, drawn, strict=True):
        assert abs(_brightness(cell) - grey) <= reach / 14 + 3


@given(st.binary(min_size=20, max_size=20))
def test_any_20_bytes_are_drawn(code: bytes) -> None:
    drawn = placeholder.decode(code)
    assert len(drawn) == 20
    assert all(0 <= value <= 255 for cell in drawn for value in cell)


def test_a_placeholder_is_drawn_as_a_picture_that_browsers_know() -> None:
    grid = [(12 * index, 200 - 5 * index, 90) for index in range(20)]
    code = placeholder.encode(grid)
    head, _, content = placeholder.data_url(code).partition(",")
    assert head == "data:image/png;base64"
    drawn = Image.open(io.BytesIO(base64.b64decode(content, validate=True)))
    assert drawn.size == (5, 4)
    assert [drawn.getpixel((at % 5, at // 5)) for at in range(20)] == placeholder.decode(code)
    assert len(placeholder.data_url(code)) < 250


def test_left_and_right_top_and_bottom_stay_what_they_are() -> None:
    grid = [(255, 0, 0) if index % 5 < 2 else (0, 0, 255) for index in range(20)]
    drawn = placeholder.decode(placeholder.encode(grid))
    assert drawn[0][0] > drawn[4][0]
    assert drawn[0][2] < drawn[4][2]


def _brightness(cell: tuple[int, ...]) -> float:
    return 0.299 * cell[0] + 0.587 * cell[1] + 0.114 * cell[2]


@pytest.mark.parametrize("grid", [[(0, 0, 0)] * 20, [(255, 255, 255)] * 20])
def test_black_and_white_are_exact(grid: list[tuple[int, int, int]]) -> None:
    assert placeholder.decode(placeholder.encode(grid)) == grid
