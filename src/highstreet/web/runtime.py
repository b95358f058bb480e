"""What a web process holds while it serves. `main` builds it.

Handlers ask for it as the dependency `runtime`, or with `runtime_of`.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeAlias, cast

from litestar import Request

from highstreet.discovery.search.service import Follower
from highstreet.kit.blobs import Blobs
from highstreet.kit.clock import Clock
from highstreet.kit.crypto import Sealer
from highstreet.kit.database import Database
from highstreet.kit.errors import Unavailable
from highstreet.kit.mail.queue import sealer_of
from highstreet.kit.secret_key import secret_key
from highstreet.kit.settings import Secret, Settings
from highstreet.market.identity.service import Keyring, keyring_of
from highstreet.market.payments.service import Provider, Then
from highstreet.market.vouchers.service import VoucherKeys
from highstreet.web.checkout import Checkout
from highstreet.web.kept import Moment, Shelf
from highstreet.web.recognition import Recognition

_RETRY_AFTER_S = 3600

Check: TypeAlias = Callable[[], Awaitable[str | None]]
"""A readiness check: None when all is well, else one sentence that an operator may read."""


@dataclass(slots=True)
class Lifecycle:
    """Where the process stands between its start and its end. The server writes it, requests read it."""

    draining: bool = False


@dataclass(frozen=True, slots=True)
class Runtime:
    settings: Settings
    database: Database
    clock: Clock
    follower: Follower
    rng: Random
    blobs: Blobs
    checks: Mapping[str, Check] = field(default_factory=dict[str, Check])
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    shelf: Shelf = field(default_factory=Shelf)
    moment: Moment = field(default_factory=Moment)
    payments: Provider | None = None
    after_payment: Then | None = None
    """What follows on word of a provider, in the transaction that applies it."""

    checkout: Checkout | None = None
    """None where nobody takes payments, and so nothing is sold."""

    recognition: Recognition = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "recognition", Recognition(self.database))

    @property
    def selling(self) -> Checkout:
        """Raises Unavailable where nothing is sold."""
        if self.checkout is None:
            raise Unavailable("Nothing can be bought here for now, because nobody takes payments", _RETRY_AFTER_S)
        return self.checkout

    @property
    def secret(self) -> Secret:
        """What signs and encrypts here."""
        return secret_key(self.settings)

    @property
    def keyring(self) -> Keyring:
        """What identity proves and keeps secrets with."""
        return keyring_of(self.settings, self.secret)

    @property
    def voucher_keys(self) -> VoucherKeys:
        """What makes and reads the codes of vouchers."""
        return VoucherKeys(self.secret)

    @property
    def mail(self) -> Sealer:
        """What `kit.mail` seals with."""
        return sealer_of(self.secret)


def runtime_of(request: Request[Any, Any, Any]) -> Runtime:
    """For handlers that take nothing but the request, which costs a tenth of having dependencies resolved."""
    return cast("Runtime", request.app.state["runtime"])
