"""What our side and the sandbox provider have agreed on: the key of its API, and what its webhooks are signed with."""

from highstreet.kit.crypto import Signer
from highstreet.kit.settings import Secret


def api_key(secret: Secret) -> str:
    """What our side shows the sandbox."""
    return f"sk_sandbox_{Signer(secret, 'sandbox api key').tag(b'').hex()}"


def webhook_secret(secret: Secret) -> str:
    """What the sandbox signs its webhooks with."""
    return f"whsec_{Signer(secret, 'sandbox webhooks').tag(b'').hex()}"
