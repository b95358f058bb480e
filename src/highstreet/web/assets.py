"""The style sheet, scripts and icons of the pages, named by their content so that browsers may keep them for ever."""

import gzip
import hashlib
import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from litestar import Response, get
from litestar.params import FromPath

from highstreet.kit.errors import ConfigurationError, NotFound
from highstreet.web.problems import HttpRequest

_DIRECTORY = Path(__file__).parent / "assets"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
_HASH_LENGTH = 12
_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served. `url` holds a hash of its content."""

    name: str
    url: str
    media_type: str
    body: bytes
    packed: bytes
    """The body in gzip."""


@cache
def load_assets() -> Mapping[str, Asset]:
    """Every asset by its plain name, such as `site.css`. Read once a process."""
    found = [_asset(path.name, path.read_bytes()) for path in sorted(_DIRECTORY.iterdir()) if path.suffix in _TYPES]
    assets = {asset.name: asset for asset in (*found, _asset("htmx.js", _htmx().read_bytes()))}
    manifest = _asset("site.webmanifest", _manifest(assets["icon.svg"].url))
    return {**assets, manifest.name: manifest}


@get("/assets/{digest:str}/{name:str}", include_in_schema=False)
async def asset_file(request: HttpRequest, digest: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    asset = load_assets().get(name)
    if asset is None or asset.url != f"/assets/{digest}/{name}":
        raise NotFound("There is no such file")
    headers = {"cache-control": _FOR_EVER, "vary": "accept-encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(asset.body, media_type=asset.media_type, headers=headers)
    return Response(asset.packed, media_type=asset.media_type, headers={**headers, "content-encoding": "gzip"})


def _asset(name: str, body: bytes) -> Asset:
    digest = hashlib.sha256(body).hexdigest()[:_HASH_LENGTH]
    packed = gzip.compress(body, 9, mtime=0)
    return Asset(name, f"/assets/{digest}/{name}", _TYPES[Path(name).suffix], body, packed)


def _htmx() -> Path:
    """The file that the django-htmx wheel carries. The package is not imported, since that needs Django.

    Version 4 rather than 2: it stores nothing in the browser, which is what the privacy page promises.
    """
    spec = importlib.util.find_spec("django_htmx")
    if spec is None or spec.origin is None:
        raise ConfigurationError("The package django-htmx, which carries htmx for the pages, is not installed")
    return Path(spec.origin).parent / "static" / "django_htmx" / "htmx-4.min.js"


def _manifest(icon_url: str) -> bytes:
    manifest = {
        "name": "Highstreet",
        "start_url": "/",
        "display": "browser",
        "background_color": "#faf5ea",
        "theme_color": "#17402f",
        "icons": [{"src": icon_url, "sizes": "any", "type": "image/svg+xml"}],
    }
    return json.dumps(manifest).encode()
