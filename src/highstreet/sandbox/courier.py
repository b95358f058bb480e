"""Carries the sandbox's webhooks to our own endpoint, again and again until it takes them.

They go to the one address that the settings name, whatever a payment says.
"""

import asyncio
from datetime import timedelta
from typing import Final

import httpx
import structlog

from highstreet.kit import webhooks
from highstreet.kit.cancellation import pause
from highstreet.kit.clock import Clock
from highstreet.kit.database import Database
from highstreet.sandbox import repository as rows
from highstreet.sandbox import service
from highstreet.sandbox.domain import RETRIES_S, Fault
from highstreet.sandbox.repository import Due

SIGNATURE: Final = "Sandbox-Signature"
_AT_ONCE: Final = 50
_TAKEN_FOR: Final = timedelta(seconds=60)
_TIMEOUT_S: Final = 10.0
_EVERY_S: Final = 0.2
_AFTER_FAILURE_S: Final = 1.0

_log = structlog.stdlib.get_logger(__name__)


class Courier:
    """`address` is where webhooks go, `secret` what they are signed with."""

    def __init__(self, database: Database, clock: Clock, address: str, secret: str) -> None:
        self._database = database
        self._clock = clock
        self.address = address
        self._secret = secret

    async def run(self) -> None:
        """Carry until cancelled."""
        async with self.client() as client:
            while True:
                try:
                    while await self.carry(client):
                        pass
                    await pause(_EVERY_S)
                except Exception as problem:  # noqa: BLE001 -- what is not carried now is carried the next time
                    _log.error("sandbox webhooks interrupted", error=f"{type(problem).__name__}: {problem}")
                    await pause(_AFTER_FAILURE_S)

    def client(self) -> httpx.AsyncClient:
        encrypted = self.address.startswith("https:")  # to prepare for certificates takes longer than all the rest
        return httpx.AsyncClient(timeout=_TIMEOUT_S, trust_env=False, follow_redirects=False, verify=encrypted)

    async def carry(self, client: httpx.AsyncClient) -> int:
        """Send what is due now, in its order; how much it was. Pages whose time is over are closed first."""
        async with self._database.system() as tx:
            await service.expire_due(tx)
            due = await rows.take_webhooks(tx, _TAKEN_FOR, _AT_ONCE)
        for webhook in due:
            status = await self._send(client, webhook)
            taken = 200 <= status < 300 or webhook.fault is Fault.FORGE
            again = webhook.attempts - 1
            async with self._database.system() as tx:
                retry = None if taken or again >= len(RETRIES_S) else tx.now + timedelta(seconds=RETRIES_S[again])
                await rows.settle_webhook(tx, webhook.id, status, again_at=retry)
        return len(due)

    async def _send(self, client: httpx.AsyncClient, webhook: Due) -> int:
        """The status of the answer; 0 for none."""
        secret = "whsec_forged" if webhook.fault is Fault.FORGE else self._secret
        headers = {
            SIGNATURE: webhooks.sign(webhook.body, secret, self._clock.now()),
            "Content-Type": "application/json",
        }
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                answer = await client.post(self.address, content=webhook.body, headers=headers)
        except (httpx.HTTPError, TimeoutError):
            return 0
        return answer.status_code
