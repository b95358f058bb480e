"""A mail server for tests: `python mail_server.py DIRECTORY PORT` prints its port and keeps each mail as a file.

It refuses `nobody@`, the content for `spam@`, and `busy@` the first time.
"""

import asyncio
import itertools
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

numbers = itertools.count(1)


class Keeping:
    """What the server does, as the library asks it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._put_off = {"busy@example.com"}

    async def handle_RCPT(  # noqa: N802 -- the library finds it by this name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address.startswith("nobody@"):
            return "550 no such mailbox"
        if address in self._put_off:
            self._put_off.remove(address)
            return "451 come again later"
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 -- as above
        if envelope.rcpt_tos[0].startswith("spam@"):
            return "554 we do not want this"
        content = envelope.content
        assert isinstance(content, bytes)
        (self._directory / f"{next(numbers):04}.eml").write_bytes(content)
        return "250 taken"


async def serve(directory: Path, port: int) -> None:
    handler = Keeping(directory)
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(handler), "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 -- the port is what this program says
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
