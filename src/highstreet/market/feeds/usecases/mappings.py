"""Where mappings come from."""

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from highstreet.kit.errors import InvalidInput
from highstreet.market.feeds.domain.mapping import Mapping
from highstreet.market.feeds.domain.parsing import parse_mapping
from highstreet.market.feeds.domain.spelling import nearest

_MAX_MAPPING_BYTES = 2**20


def shipped_mappings() -> list[str]:
    """The names of the mappings that come with Highstreet."""
    return sorted(entry.name.removesuffix(".toml") for entry in _shipped().iterdir() if entry.name.endswith(".toml"))


def _shipped() -> Traversable:
    return resources.files("highstreet.market.feeds") / "mappings"


def load_mapping(name: str) -> Mapping:
    """A mapping by the path of its TOML file, or by its name if it comes with Highstreet.

    Raises InvalidInput with one sentence that names the line and the field.
    """
    path = Path(name)
    if path.suffix != ".toml" and not path.exists():
        shipped = shipped_mappings()
        if name not in shipped:
            raise InvalidInput.at(name, f"is not a mapping that comes with Highstreet{nearest(name, shipped)}")
        return parse_mapping((_shipped() / f"{name}.toml").read_text("utf-8"), name)
    try:
        if path.stat().st_size > _MAX_MAPPING_BYTES:
            raise InvalidInput.at(name, "is larger than a mapping can be")
        return parse_mapping(path.read_text("utf-8"), path.name)
    except UnicodeDecodeError:
        raise InvalidInput.at(name, "is not UTF-8 text") from None
    except OSError as problem:
        raise InvalidInput.at(name, f"cannot be read: {problem.strerror or problem}") from None
