"""The pictures of deals as browsers get them: each rendition under an address that never means another."""

from collections.abc import Sequence
from typing import Final

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from highstreet.kit.errors import NotFound
from highstreet.kit.pictures import placeholder
from highstreet.kit.pictures.shapes import TYPES, Focus, Rendition, Shape, renditions
from highstreet.market.catalog.domain.pictures import DealPicture
from highstreet.web.conditional import is_current
from highstreet.web.problems import HttpRequest
from highstreet.web.runtime import Runtime

_FOR_EVER = "public, max-age=31536000, immutable"

_PHONE: Final = "(max-width: 36rem)"
"""Where a card has its picture beside its words: the same width as in the style sheet."""

_CARD_SIZES: Final = (
    "(min-width: 75.5rem) 17rem, (min-width: 57.5rem) calc((100vw - 8rem) / 3), "
    "(min-width: 37.5rem) calc(46vw - 0.75rem), 92vw"
)
_DEAL_SIZES: Final = "(min-width: 78rem) 45rem, (min-width: 56rem) calc(92vw - 28rem), 92vw"
"""How wide the slot of a picture is, by the style sheet."""


class PictureSource(msgspec.Struct, frozen=True, kw_only=True):
    """A `source` of a `picture` element: what a browser may choose from, if it knows the type and `media` holds."""

    type: str
    srcset: str
    sizes: str
    media: str | None
    width: int
    height: int


class PictureMarkup(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a `picture` element says. The last of `sources` is what `img` itself offers."""

    sources: tuple[PictureSource, ...]
    src: str
    own: PictureSource
    placeholder: str
    """A `data:` address of what is shown until the picture has come."""


class PictureAddress(msgspec.Struct, frozen=True):
    """Where a rendition is, and how large it is."""

    path: str
    type: str
    width: int
    height: int


def addresses(picture: DealPicture) -> list[PictureAddress]:
    """Every wide rendition in every format, small files first, each from narrow to wide."""
    wide = _of_shape(picture, Shape.WIDE)
    return [
        PictureAddress(path_of(picture, each, ending), kind, each.width, each.height)
        for ending, kind in TYPES.items()
        for each in wide
    ]


def linked(picture: DealPicture) -> PictureAddress:
    """The rendition that others show who link to the deal: the widest that every program can read."""
    return addresses(picture)[-1]


def path_of(picture: DealPicture, rendition: Rendition, ending: str) -> str:
    return f"/pictures/{picture.digest}/{rendition.name}.{ending}"


def card_markup(picture: DealPicture) -> PictureMarkup:
    """For a slot on a card: tall beside the words on a phone, wide above them elsewhere."""
    tall = _sources(picture, Shape.TALL, sizes="7.5rem", media=_PHONE)
    wide = _sources(picture, Shape.WIDE, sizes=_CARD_SIZES)
    return _markup(picture, [*tall, *wide])


def deal_markup(picture: DealPicture) -> PictureMarkup:
    """For the slot of a deal's own page."""
    return _markup(picture, _sources(picture, Shape.WIDE, sizes=_DEAL_SIZES))


def _markup(picture: DealPicture, sources: Sequence[PictureSource]) -> PictureMarkup:
    return PictureMarkup(
        sources=tuple(sources[:-1]),
        src=addresses(picture)[-1].path,
        own=sources[-1],
        placeholder=placeholder.data_url(picture.placeholder),
    )


def _sources(picture: DealPicture, shape: Shape, *, sizes: str, media: str | None = None) -> list[PictureSource]:
    chosen = _of_shape(picture, shape)
    return [
        PictureSource(
            type=kind,
            srcset=", ".join(f"{path_of(picture, each, ending)} {each.width}w" for each in chosen),
            sizes=sizes,
            media=media,
            width=chosen[-1].width,
            height=chosen[-1].height,
        )
        for ending, kind in TYPES.items()
    ]


def _of_shape(picture: DealPicture, shape: Shape) -> list[Rendition]:
    focus = Focus(picture.focus_x, picture.focus_y)
    return [each for each in renditions(picture.width, picture.height, focus) if each.shape is shape]


@get("/pictures/{digest:str}/{name:str}", include_in_schema=False)
async def picture_file(
    request: HttpRequest, runtime: NamedDependency[Runtime], digest: FromPath[str], name: FromPath[str]
) -> Response[bytes]:
    ending = name.rpartition(".")[2]
    if ending not in TYPES:
        raise NotFound("There is no such picture")
    tag = f'"{digest}/{name}"'
    try:
        if is_current(request, tag) and await runtime.blobs.exists(digest, name):
            return Response(b"", status_code=304, headers={"etag": tag, "cache-control": _FOR_EVER})
        content = await runtime.blobs.get_variant(digest, name)
    except (NotFound, ValueError):
        raise NotFound("There is no such picture") from None
    return Response(content, media_type=TYPES[ending], headers={"etag": tag, "cache-control": _FOR_EVER})
