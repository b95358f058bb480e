"""Where this installation's database is: what the operator gave, or an embedded server that runs while it is needed."""

from collections.abc import Generator
from contextlib import contextmanager

import msgspec

from highstreet.kit.postgres.server import embedded_postgres
from highstreet.kit.settings import Settings


class DatabaseUrls(msgspec.Struct, frozen=True):
    """`database` is the login that takes the two roles, `migrations` the owner's. Both may hold a password."""

    database: str
    migrations: str
    embedded: bool


@contextmanager
def database_urls(settings: Settings) -> Generator[DatabaseUrls]:
    """The addresses, good for as long as the context lasts. Raises ConfigurationError where nothing can be started."""
    if settings.database_url is not None:
        given = settings.database_url.reveal()
        owner = settings.migrations_url.reveal() if settings.migrations_url else given
        yield DatabaseUrls(database=given, migrations=owner, embedded=False)
        return
    with embedded_postgres(settings.data_dir) as server:
        yield DatabaseUrls(database=server.database_url, migrations=server.migrations_url, embedded=True)
