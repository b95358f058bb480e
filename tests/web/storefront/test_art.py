"""Drawn pictures: well-formed, small, self-contained, the same each time and not all alike."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.market.catalog.domain.categories import CATEGORIES
from highstreet.web.storefront import art

SLUGS = [None, *(category.slug for category in CATEGORIES)]
SVG = "{http://www.w3.org/2000/svg}"
SHAPES = {f"{SVG}{name}" for name in ("svg", "g", "defs", "use", "rect", "circle", "ellipse", "path")}


@given(slug=st.sampled_from(SLUGS), seed=st.integers(0, 2**128 - 1), title=st.text(max_size=40))
def test_a_drawing_is_well_formed_small_and_holds_nothing_but_shapes(slug: str | None, seed: int, title: str) -> None:
    svg = art.draw(slug, seed, title)

    assert len(svg.encode()) <= art.MAX_BYTES
    root = ET.fromstring(svg)  # noqa: S314 - what we drew ourselves
    assert root.get("viewBox") == "0 0 400 300"
    for element in root.iter():
        assert element.tag in SHAPES
        assert not (element.text or "").strip()
        assert not (element.tail or "").strip()
        for name, value in element.attrib.items():
            assert name != "style"
            assert not name.startswith("on")
            assert "url(" not in value
            if name.endswith("href"):
                assert value.startswith("#m")
    assert "{" not in svg


@pytest.mark.parametrize("slug", SLUGS)
def test_every_category_has_motifs_that_exist_and_drawings_that_differ(slug: str | None) -> None:
    drawings = {art.draw(slug, seed) for seed in range(40)}

    assert len(drawings) > 25


def test_the_same_deal_is_drawn_the_same_and_its_tag_tells_drawings_apart() -> None:
    assert art.draw("massage", 7) == art.draw("massage", 7)
    assert art.etag(art.draw("massage", 7)) == art.etag(art.draw("massage", 7))
    assert art.etag(art.draw("massage", 7)) != art.etag(art.draw("massage", 8))


def test_an_unknown_category_is_drawn_as_one_that_is_not_stated() -> None:
    assert art.draw("no-such-thing", 3) == art.draw(None, 3)


def test_the_title_chooses_among_what_a_category_is_about_but_never_for_an_unstated_one() -> None:
    assert art.draw("restaurants", 5, "Tacos for two") != art.draw("restaurants", 5, "Sushi for two")
    assert art.draw(None, 5, "Tacos for two") == art.draw(None, 5)
