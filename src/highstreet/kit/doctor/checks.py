"""What a check is, and what it may answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import msgspec

from highstreet.kit.clock import Clock
from highstreet.kit.database import Transaction
from highstreet.kit.settings import Settings


class Level(StrEnum):
    """`WARN` is for what works and will not for long, or is not as it should be; `FAIL` for what does not work."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Verdict(msgspec.Struct, frozen=True):
    """`says` is one sentence, and `advice` what to do where not all is well."""

    level: Level
    says: str
    advice: str | None = None


class Finding(msgspec.Struct, frozen=True):
    """A verdict with the name of its check."""

    check: str
    level: Level
    says: str
    advice: str | None


@dataclass(frozen=True, slots=True)
class MachineCheck:
    """Looks at the machine and the settings. The clock is the house's, which tests can move."""

    name: str
    look: Callable[[Settings, Clock], Verdict]


@dataclass(frozen=True, slots=True)
class OutsideCheck:
    """Looks at what stands outside, which may be slow: several look at once, and whoever looks too long is ended."""

    name: str
    look: Callable[[Settings, Clock], Awaitable[Verdict]]


@dataclass(frozen=True, slots=True)
class ServerCheck:
    """Looks at the database as the bare login, before it takes a role."""

    name: str
    look: Callable[[Transaction], Awaitable[Verdict]]


@dataclass(frozen=True, slots=True)
class HouseCheck:
    """Looks at what the database holds, as the system role."""

    name: str
    look: Callable[[Transaction], Awaitable[Verdict]]


Check: TypeAlias = MachineCheck | OutsideCheck | ServerCheck | HouseCheck


def ok(says: str) -> Verdict:
    return Verdict(Level.OK, says)


def warn(says: str, advice: str) -> Verdict:
    return Verdict(Level.WARN, says, advice)


def fail(says: str, advice: str) -> Verdict:
    return Verdict(Level.FAIL, says, advice)
