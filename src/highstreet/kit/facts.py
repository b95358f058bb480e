"""What a fact says, as a type that a pure domain may declare; `kit.outbox` carries it."""

from typing import ClassVar

import msgspec


class FactPayload(msgspec.Struct, frozen=True):
    """Base of typed payloads. `version` goes up when a reader of the former shape could not read the new one."""

    version: ClassVar[int] = 1
