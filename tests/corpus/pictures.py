"""Pictures: what the pictures' own tests know to be hostile, and pictures with bytes turned over."""

from random import Random

from tests.corpus.cases import Case, Ending, Kind, flipped
from tests.kit.pictures import hostile
from tests.photographs import encoded

_KINDS = ("JPEG", "PNG", "WEBP")


def family(rng: Random) -> list[Case]:
    refused = [
        _case(what.replace(" ", "_"), what, data, "" if "|" in says else says) for what, data, says in hostile.refused()
    ]
    damaged = [
        _case(
            f"flipped_{kind.lower()}_{at}",
            f"a {kind} picture with 4 bytes turned over at {at}",
            flipped(whole, at, 4),
            "",
            Ending.CONTAINED,
        )
        for kind in _KINDS
        for whole in [encoded(hostile.plain(), kind)]
        for at in sorted(rng.sample(range(20, len(whole) - 20), 2))
    ]
    return refused + damaged


def _case(name: str, wrong: str, data: bytes, says: str, ending: Ending = Ending.REFUSED) -> Case:
    return Case(
        name=f"picture_{name}",
        wrong=f"a picture: {wrong}",
        kind=Kind.PICTURE,
        ending=ending,
        says=says,
        content=lambda: data,
        file="picture",
        mebibytes=1024,
    )
