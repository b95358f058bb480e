"""A workshop with a directory of its own."""

from pathlib import Path

import pytest

from highstreet.kit.blobs import open_blobs
from highstreet.kit.pictures.making import Workshop
from highstreet.kit.settings import Settings


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(open_blobs(Settings(data_dir=tmp_path)))
