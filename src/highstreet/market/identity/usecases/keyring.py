"""What identity needs of the installation's secret key, and of its settings."""

from collections.abc import Callable
from dataclasses import dataclass

from highstreet.kit.crypto import Sealer, Signer
from highstreet.kit.mail.queue import sealer_of
from highstreet.kit.settings import Secret, Settings
from highstreet.market.identity.usecases.breached import lookup


@dataclass(frozen=True, slots=True)
class Keyring:
    """`authenticators` seals the secrets of apps, `recovery` marks recovery codes, `mail` seals what is sent.

    `is_breached` says whether a password is known to have leaked; it may read a file.
    """

    authenticators: Sealer
    recovery: Signer
    mail: Sealer
    is_breached: Callable[[str], bool]


def keyring_of(settings: Settings, secret: Secret) -> Keyring:
    return Keyring(
        authenticators=Sealer(secret, "authenticators"),
        recovery=Signer(secret, "recovery codes"),
        mail=sealer_of(secret),
        is_breached=lookup(settings.breached_passwords),
    )
