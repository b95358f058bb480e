"""The pictures of deals as browsers get them: each rendition under an address that never means another."""

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from highstreet.kit.errors import NotFound
from highstreet.kit.pictures.shapes import TYPES
from highstreet.web.conditional import is_current
from highstreet.web.problems import HttpRequest
from highstreet.web.runtime import Runtime

_FOR_EVER = "public, max-age=31536000, immutable"


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
