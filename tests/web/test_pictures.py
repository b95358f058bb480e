"""Renditions are handed out under addresses that never mean another, and nothing else is."""

import httpx
import pytest

from highstreet.kit.pictures.making import Workshop, make
from highstreet.kit.pictures.shapes import TYPES, renditions
from highstreet.web.app import create_app
from highstreet.web.runtime import Runtime
from tests.kit.pictures.hostile import plain
from tests.photographs import encoded
from tests.web.serving import served

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_rendition_is_handed_out_for_ever_and_nothing_else_is(house: Runtime) -> None:
    made = await make(Workshop(house.blobs), encoded(plain()), "it")
    name = renditions(made.width, made.height, made.focus)[0].name
    path = f"/pictures/{made.digest}/{name}"
    async with served(create_app(house)) as url, httpx.AsyncClient(base_url=url) as client:
        for ending, kind in TYPES.items():
            got = await client.get(f"{path}.{ending}")
            assert (got.status_code, got.headers["content-type"]) == (200, kind)
            assert got.content == await house.blobs.get_variant(made.digest, f"{name}.{ending}")
            assert got.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert got.headers["x-content-type-options"] == "nosniff"
            again = await client.get(f"{path}.{ending}", headers={"if-none-match": got.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")
        head = await client.head(f"{path}.avif")
        assert (head.status_code, head.content) == (200, b"")
        assert int(head.headers["content-length"]) > 0
        nowhere = f'"{"0" * 64}/{name}.avif"'
        for wrong in (
            f"/pictures/{'0' * 64}/{name}.avif",
            f"/pictures/{made.digest}/{name}.png",
            f"/pictures/{made.digest}/blob",
            f"/pictures/{made.digest}/master.jpg",
            f"/pictures/{made.digest}/..%2f{name}.avif",
            f"/pictures/{made.digest.upper()}/{name}.avif",
            f"/pictures/{made.digest[:-1]}/{name}.avif",
        ):
            answer = await client.get(wrong, headers={"if-none-match": nowhere})
            assert answer.status_code == 404, wrong
            assert "immutable" not in answer.headers.get("cache-control", "")
