"""A server that speaks S3, in this process and for it alone."""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from http.client import HTTPConnection

from moto.server import ThreadedMotoServer

from highstreet.kit.settings import Secret, Settings

BUCKET = "deals"


@contextmanager
def serve_bucket() -> Generator[str]:
    """The address of a server that holds one empty bucket; it takes any keys."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        connection = HTTPConnection(host, port)
        connection.request("PUT", f"/{BUCKET}")
        assert connection.getresponse().status == 200
        connection.close()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def in_bucket(endpoint: str, path: str) -> Settings:
    """Settings that keep blobs at `path` of the bucket."""
    return Settings(
        blobs_url=f"s3://{path}",
        blobs_endpoint=endpoint,
        blobs_access_key=Secret("name-of-the-key"),
        blobs_secret_key=Secret("open-sesame"),
    )
