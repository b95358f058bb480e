"""What was written is read again, and whatever happens to a file is noticed before anything of it is believed."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from highstreet.discovery.search.index.sections import POINT, RECORD, VERSION, Meta, Sections
from highstreet.discovery.search.store import container, files
from highstreet.discovery.search.store.container import NotWritten, UnusableFile

SMALL = Sections(
    Meta(rows=2, categories=("pizza", "sushi"), place_names=("Ōsaka",)),
    {
        "records": np.zeros(2, RECORD),
        "points": np.zeros(0, POINT),
        "postings": np.array([1 << 8 | 255, 2 << 8 | 1], np.uint32),
        "sequences": np.arange(9, dtype=np.uint8).reshape(3, 3),
        "stored_crc": np.array([1, 2], np.uint32),
        "stored": np.arange(70, dtype=np.uint8),
    },
)


def assert_equal(found: Sections, expected: Sections) -> None:
    assert found.meta == expected.meta
    assert list(found.arrays) == list(expected.arrays)
    for name, array in expected.arrays.items():
        assert found[name].dtype == array.dtype
        assert found[name].shape == array.shape
        assert found[name].tobytes() == array.tobytes()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "small.segment"
    files.write(path, SMALL)
    return path


def test_a_segment_is_read_as_it_was_written(file: Path) -> None:
    found = files.open(file)
    assert_equal(found, SMALL)
    assert not any(array.flags.writeable for array in found.arrays.values())
    assert all(array.__array_interface__["data"][0] % 64 == 0 for array in found.arrays.values() if array.size)


def test_a_mapped_segment_stays_when_its_file_goes(file: Path) -> None:
    found = files.open(file)
    file.unlink()
    assert_equal(found, SMALL)


types = st.sampled_from(["<f8", "<i8", "<u4", "<u2", "|u1", "|i1", "|b1"])
shapes = st.lists(st.integers(0, 9), min_size=1, max_size=3).map(tuple)


@st.composite
def arrays(draw: st.DrawFn) -> NDArray[Any]:
    shape, dtype = draw(shapes), np.dtype(draw(types))
    count = int(np.prod(shape))
    return (
        np.frombuffer(draw(st.binary(min_size=count * 8, max_size=count * 8)), np.uint8)[: count * dtype.itemsize]
        .view(dtype)
        .reshape(shape)
    )


@given(found=st.dictionaries(st.text(min_size=1, max_size=30), arrays(), max_size=40), note=st.text(max_size=50))
def test_any_arrays_can_be_kept(tmp_path_factory: pytest.TempPathFactory, found: Any, note: str) -> None:  # noqa: ANN401 -- what the strategy draws
    path = tmp_path_factory.getbasetemp() / "any.segment"
    sections = Sections(Meta(places=(note,)), found)
    files.write(path, sections)
    assert_equal(files.open(path), sections)


def test_a_bit_that_turns_anywhere_is_noticed(file: Path) -> None:
    whole = file.read_bytes()
    begin = whole.index(bytes(range(70)))  # the deals themselves, which are checked when they are looked at
    for at in (at for at in range(len(whole)) if not begin <= at < begin + 70):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << at % 8
        file.write_bytes(damaged)
        with pytest.raises(UnusableFile, match=str(file)):
            files.open(file)


def test_a_file_cut_anywhere_or_grown_is_noticed(file: Path) -> None:
    whole = file.read_bytes()
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        with pytest.raises(UnusableFile):
            files.open(file)
    for more in (b"\0", bytes(64), whole):
        file.write_bytes(whole + more)
        with pytest.raises(UnusableFile):
            files.open(file)


@given(cuts=st.lists(st.tuples(st.integers(0, 4000), st.binary(max_size=80)), min_size=1, max_size=4))
def test_what_is_not_what_was_written_is_never_taken_for_it(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[tuple[int, bytes]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "cut.segment"
    files.write(path, SMALL)
    whole = path.read_bytes()
    damaged = bytearray(whole)
    for at, piece in cuts:
        damaged[at : at + len(piece)] = piece
    path.write_bytes(damaged)
    try:
        found = files.open(path)
    except UnusableFile:
        return
    checked = {name: array for name, array in found.arrays.items() if name != "stored"}
    assert_equal(Sections(found.meta, checked), Sections(SMALL.meta, {name: SMALL[name] for name in checked}))


def test_another_kind_of_file_a_missing_one_and_an_empty_one_are_told(tmp_path: Path) -> None:
    path = tmp_path / "one"
    with pytest.raises(UnusableFile, match="No such file"):
        files.open(path)
    path.touch()
    with pytest.raises(UnusableFile, match="it has 0 bytes"):
        files.open(path)
    path.write_bytes(b"PK" * 100)
    with pytest.raises(UnusableFile, match="no file of a search index"):
        files.open(path)
    container.write(path, "another", b"{}", {})
    with pytest.raises(UnusableFile, match="of the kind another"):
        files.open(path)
    with pytest.raises(UnusableFile, match="Is a directory"):
        files.open(tmp_path)


@pytest.mark.parametrize("version", [VERSION - 1, VERSION + 1])
def test_an_older_and_a_newer_version_are_told(tmp_path: Path, version: int) -> None:
    path = tmp_path / "one"
    files.write(path, Sections(Meta(version=version), {}))
    with pytest.raises(UnusableFile, match=f"has the version {version} of a segment"):
        files.open(path)
    container.write(path, "segment", b'{"version":%d,"rows":"many"}' % VERSION, {})
    with pytest.raises(UnusableFile, match="has tables that this program cannot read"):
        files.open(path)
    laid_out = bytearray(path.read_bytes())
    laid_out[8:12] = (container.VERSION + 1).to_bytes(4, "little")
    path.write_bytes(laid_out)
    with pytest.raises(UnusableFile, match=f"has the version {container.VERSION + 1} of the format"):
        files.open(path)


_FULL = """
import resource, sys
from pathlib import Path
import numpy as np
from highstreet.discovery.search.index.sections import Meta, Sections
from highstreet.discovery.search.store import files
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    files.write(Path(sys.argv[1]), Sections(Meta(), {"postings": np.zeros(100_000, np.uint32)}))
except Exception as problem:
    print(type(problem).__name__, problem)
"""


def test_a_full_disk_leaves_what_was_there(file: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-c", _FULL, str(file)], check=True, capture_output=True, text=True, env=dict(os.environ)
    ).stdout
    assert said == f"NotWritten The search index cannot be written to {file.parent}: File too large\n"
    assert_equal(files.open(file), SMALL)
    assert list(file.parent.iterdir()) == [file]


def test_a_directory_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotWritten, match="No such file or directory"):
        files.write(tmp_path / "gone" / "one", SMALL)
