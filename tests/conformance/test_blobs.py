"""Blobs keep the same promises in a directory and in a bucket."""

import asyncio
import itertools
import stat
from collections.abc import Callable, Generator
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from highstreet.kit.blobs import Blobs, open_blobs
from highstreet.kit.errors import NotFound, Unavailable
from highstreet.kit.settings import Settings
from tests.buckets import BUCKET, in_bucket, serve_bucket

HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
_numbers = itertools.count(1)

Write = Callable[[str, bytes], None]


@pytest.fixture(scope="module")
def endpoint() -> Generator[str]:
    with serve_bucket() as address:
        yield address


@pytest.fixture(params=["directory", "bucket"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    if request.param == "directory":
        return Settings(blobs_url=f"file://{tmp_path / 'kept'}")
    return in_bucket(request.getfixturevalue("endpoint"), f"{BUCKET}/of/{next(_numbers)}")


@pytest.fixture
def blobs(settings: Settings) -> Blobs:
    return open_blobs(settings)


async def test_a_blob_is_found_by_the_hash_of_its_bytes(blobs: Blobs) -> None:
    assert await blobs.put(b"hello", content_type="image/png") == HELLO
    assert await blobs.get(HELLO) == b"hello"
    assert await blobs.exists(HELLO)
    assert await blobs.put(b"") != HELLO


@examples(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=1000), variant=st.from_regex(r"[a-z0-9][a-z0-9.-]{0,20}", fullmatch=True))
async def test_what_is_put_is_what_is_got(blobs: Blobs, data: bytes, variant: str) -> None:
    digest = await blobs.put(data)
    if variant != "blob":
        await blobs.put_variant(digest, variant, data[::-1])
        assert await blobs.get_variant(digest, variant) == data[::-1]
    assert await blobs.get(digest) == data


async def test_large_blobs_come_back_whole(blobs: Blobs) -> None:
    data = bytes(range(256)) * 40_000
    assert await blobs.get(await blobs.put(data)) == data


async def test_putting_the_same_twice_keeps_one(blobs: Blobs) -> None:
    await asyncio.gather(*(blobs.put(b"hello") for _ in range(8)))
    assert [kept.digest async for kept in blobs.list()] == [HELLO]


async def test_a_list_tells_blobs_and_variants_with_their_sizes(blobs: Blobs) -> None:
    await blobs.put(b"hello")
    await blobs.put_variant(HELLO, "card.avif", b"hi")
    found = {(kept.digest, kept.variant, kept.bytes) async for kept in blobs.list()}
    assert found == {(HELLO, None, 5), (HELLO, "card.avif", 2)}


async def test_a_deleted_blob_is_gone_with_its_variants_and_may_be_deleted_again(blobs: Blobs) -> None:
    other = await blobs.put(b"other")
    await blobs.put(b"hello")
    await blobs.put_variant(HELLO, "card.avif", b"hi")
    await blobs.delete(HELLO)
    await blobs.delete(HELLO)
    assert not await blobs.exists(HELLO)
    assert not await blobs.exists(HELLO, "card.avif")
    assert [kept.digest async for kept in blobs.list()] == [other]
    with pytest.raises(NotFound):
        await blobs.get(HELLO)
    with pytest.raises(NotFound):
        await blobs.get_variant(HELLO, "card.avif")


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", HELLO.upper(), HELLO[:-1], f"{HELLO}0", "é" * 64])
async def test_what_is_no_digest_leads_nowhere(blobs: Blobs, digest: str) -> None:
    for ask in (blobs.get(digest), blobs.exists(digest), blobs.delete(digest), blobs.get_variant(digest, "x")):
        with pytest.raises(NotFound):
            await ask


@pytest.mark.parametrize("variant", ["", "blob", "../blob", "a/b", ".hidden", "CARD", "a" * 65])
async def test_what_is_no_name_of_a_variant_is_a_mistake_of_the_caller(blobs: Blobs, variant: str) -> None:
    with pytest.raises(ValueError, match="name of a variant"):
        await blobs.put_variant(HELLO, variant, b"")


async def test_damaged_bytes_are_never_handed_out_and_putting_them_again_mends_them(
    blobs: Blobs, settings: Settings
) -> None:
    await blobs.put(b"hello")
    await blobs.put_variant(HELLO, "card.avif", b"hi")
    for name in ("blob", "card.avif"):
        await _overwrite(settings, f"{HELLO[:2]}/{HELLO}/{name}", b"hell")
    with pytest.raises(Unavailable, match="is damaged"):
        await blobs.get(HELLO)
    with pytest.raises(Unavailable, match="is damaged"):
        await blobs.get_variant(HELLO, "card.avif")
    await blobs.put(b"hello")
    assert await blobs.get(HELLO) == b"hello"


async def test_what_is_not_ours_is_passed_over(blobs: Blobs, settings: Settings) -> None:
    await _overwrite(settings, "read-me.txt", b"mine")
    await _overwrite(settings, "ab/cd/ef/gh", b"mine")
    assert [kept async for kept in blobs.list()] == []


async def _overwrite(settings: Settings, key: str, data: bytes) -> None:
    """Write behind the door, as a failing disk or somebody's hand would."""
    store = open_blobs(settings)._store  # pyright: ignore[reportPrivateUsage] - the door keeps what it was given
    await store.put_async(key, data)


async def test_a_directory_is_its_owners_alone_and_holds_nothing_that_could_be_run(tmp_path: Path) -> None:
    blobs = open_blobs(Settings(data_dir=tmp_path / "data"))
    await blobs.put(b"hello")
    assert stat.S_IMODE((tmp_path / "data" / "blobs").stat().st_mode) == 0o700
    files = [path for path in (tmp_path / "data" / "blobs").rglob("*") if path.is_file()]
    assert [path.stat().st_mode & 0o133 for path in files] == [0]
    assert files[0].read_bytes() == b"hello"


async def test_a_directory_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "given").mkdir(mode=0o755)
    await open_blobs(Settings(blobs_url=f"file://{tmp_path}/given")).put(b"hello")
    assert stat.S_IMODE((tmp_path / "given").stat().st_mode) == 0o755


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"blobs_endpoint": "http://127.0.0.1:1"}, "cannot be reached"),
        ({"blobs_url": "s3://no-such-bucket/x"}, "is not there"),
    ],
)
async def test_a_bucket_that_cannot_be_used_gets_one_sentence_without_a_secret(
    endpoint: str, wrong: dict[str, str], told: str
) -> None:
    blobs = open_blobs(msgspec.structs.replace(in_bucket(endpoint, BUCKET), **wrong))
    with pytest.raises(Unavailable, match=told) as refused:
        await blobs.put(b"hello")
    assert "\n" not in str(refused.value)
    assert "open-sesame" not in str(refused.value)
    assert "name-of-the-key" not in str(refused.value)


async def test_keys_of_other_programs_are_not_used(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of somebody else")
    blobs = open_blobs(in_bucket(endpoint, f"{BUCKET}/environment"))
    assert await blobs.get(await blobs.put(b"hello")) == b"hello"
