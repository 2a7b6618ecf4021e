"""Who is told of jobs, and how far each has been told: `Webhooks`."""

import base64
import binascii
import json
import os
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import sqlalchemy as sql
from filelock import FileLock
from sqlalchemy.engine import Connection

from songreel.models.errors import InvalidInput, MachineError
from songreel.models.files import whole
from songreel.models.queued import JobEvent
from songreel.models.webhook import Told, Webhook
from songreel.store.database import Database
from songreel.store.job_events import Events
from songreel.store.queue_clock import due, moment_of
from songreel.store.queue_tables import JOB_EVENTS, WEBHOOKS
from songreel.store.schema import stamp

WAITS = (5.0, 30.0, 120.0, 600.0, 1800.0, 7200.0, 14_400.0)
"""Seconds until a delivery that failed is tried again; the last one from then on."""
GIVEN_UP = timedelta(days=3)
"""After so long without a delivery a webhook is disabled."""
STATES: tuple[Told, ...] = ("state",)
PREFIX = "whsec_"
"""How secrets begin (Standard Webhooks)."""
SECRETS = "webhooks.json"
"""File of the workspace with the secrets, for its owner alone."""
TURN = 120.0
"""Seconds for which one sender has a webhook to itself."""


class Webhooks:
    """The webhooks of a workspace. Each is told of events in their order, at least once.

    Args:
        database: Of the workspace.
        folder: Of the workspace; secrets lie there, and never in the database.
        clock: The time; None: the database's own.

    Raises:
        MachineError: Database or secrets cannot be read or written; of every method.
    """

    def __init__(
        self, database: Database, folder: Path, *, clock: Callable[[], datetime] | None = None
    ) -> None:
        self.database, self._clock = database, clock
        self._file = folder / SECRETS
        self._events = Events()

    def add(
        self,
        url: str,
        kinds: Collection[Told] = STATES,
        *,
        secret: str | None = None,
        private: bool = False,
    ) -> tuple[Webhook, str]:
        """Have an address told of what happens from now on.

        Args:
            url: Checked by the caller (`songreel.queue.addresses.checked_url`).
            kinds: Of events.
            secret: `whsec_` and 24 to 64 bytes in base64; None: a new one.
            private: Whether it may lead into a private network.

        Returns:
            The webhook, and its secret, which is told this once.

        Raises:
            InvalidInput: It is no such secret.
        """
        chosen = secret or PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()
        key_of(chosen)
        name = uuid4().hex
        with self._secrets() as known:
            known[name] = chosen
        with self.database.write() as connection:
            last = connection.execute(sql.select(sql.func.max(JOB_EVENTS.c.id))).scalar() or 0
            row = {
                "id": name, "at": self._now(connection), "url": url,
                "kinds": sorted(set(kinds)) or ["state"], "private": private, "state": "on",
                "told": last, "failures": 0, "error": "", "sender": "",
            }  # fmt: skip
            connection.execute(sql.insert(WEBHOOKS).values(row))
            return self._find(connection, name), chosen

    def all(self) -> tuple[Webhook, ...]:
        """All webhooks, the oldest first."""
        with self.database.read() as connection:
            rows = connection.execute(sql.select(WEBHOOKS).order_by(WEBHOOKS.c.at, WEBHOOKS.c.id))
            return tuple(_webhook(row) for row in rows)

    def get(self, webhook: str) -> Webhook:
        """A webhook.

        Raises:
            InvalidInput: There is none of this id.
        """
        with self.database.read() as connection:
            return self._find(connection, webhook)

    def remove(self, webhook: str) -> None:
        """Tell an address no more.

        Raises:
            InvalidInput: There is none of this id.
        """
        with self.database.write() as connection:
            self._find(connection, webhook)
            connection.execute(sql.delete(WEBHOOKS).where(WEBHOOKS.c.id == webhook))
        with self._secrets() as known:
            known.pop(webhook, None)

    def enable(self, webhook: str) -> Webhook:
        """Go on where a webhook that was disabled, or waits, was left; at once.

        Raises:
            InvalidInput: There is none of this id.
        """
        with self.database.write() as connection:
            self._find(connection, webhook)
            self._set(connection, webhook, **_WELL)
            return self._find(connection, webhook)

    def secret(self, webhook: str) -> str | None:
        """Its secret; None where it is not in this workspace's file."""
        return self._read().get(webhook)

    def take(self, sender: str) -> tuple[Webhook, JobEvent] | None:
        """The next webhook with something to be told, and that; nobody else has it meanwhile.

        Only those whose secret is here.
        """
        mine = self._read().keys()
        with self.database.write() as connection:
            moment = self._now(connection)
            asked = sql.select(WEBHOOKS).where(
                WEBHOOKS.c.state == "on",
                WEBHOOKS.c.id.in_(mine),
                due(WEBHOOKS.c.after, moment, WAITS[-1]),
                due(WEBHOOKS.c.until, moment, TURN),
            )
            for row in connection.execute(asked.order_by(WEBHOOKS.c.told)).all():
                kinds = tuple(row.kinds)
                told = self._events.read(connection, row.told, None, None, 1, kinds)
                if told:
                    self._set(connection, row.id, sender=sender, until=_later(moment, TURN))
                    return _webhook(row), told[0]
        return None

    def delivered(self, webhook: Webhook, sender: str, event: int) -> None:
        """The event was told; the next one may be."""
        with self.database.write() as connection:
            self._own(connection, webhook, sender, told=event, **_WELL)

    def failed(self, webhook: Webhook, sender: str, why: str, *, gone: bool = False) -> bool:
        """The event could not be told; it is tried again later, unless it is given up.

        Args:
            webhook: Which.
            sender: Who has tried.
            why: In a sentence.
            gone: Its server says that it is no more.

        Returns:
            Whether it is disabled now.
        """
        with self.database.write() as connection:
            moment = self._now(connection)
            since = webhook.failing or datetime.fromisoformat(moment)
            # Tried as often as that takes: a clock that is put right may go forward by years.
            long = datetime.fromisoformat(moment) - since >= GIVEN_UP
            disabled = gone or (long and webhook.failures >= len(WAITS))
            pause = WAITS[min(webhook.failures, len(WAITS) - 1)]
            own = self._own(
                connection, webhook, sender, failures=webhook.failures + 1, failing=stamp(since),
                after=_later(moment, pause), error=why, sender="", until=None,
                state="disabled" if disabled else "on",
            )  # fmt: skip
            return own and disabled

    def _own(self, connection: Connection, webhook: Webhook, by: str, **values: Any) -> bool:
        change = sql.update(WEBHOOKS).where(WEBHOOKS.c.id == webhook.id, WEBHOOKS.c.sender == by)
        return connection.execute(change.values(values)).rowcount == 1

    def _set(self, connection: Connection, webhook: str, **values: Any) -> None:
        connection.execute(sql.update(WEBHOOKS).where(WEBHOOKS.c.id == webhook).values(values))

    def _find(self, connection: Connection, webhook: str) -> Webhook:
        asked = sql.select(WEBHOOKS).where(WEBHOOKS.c.id == webhook)
        row = connection.execute(asked).one_or_none()
        if row is None:
            raise InvalidInput(f"there is no webhook {webhook}")
        return _webhook(row)

    def _now(self, connection: Connection) -> str:
        return stamp(self._clock()) if self._clock is not None else moment_of(connection)

    def _read(self) -> Mapping[str, str]:
        try:
            text = self._file.read_text(encoding="utf-8") if self._file.is_file() else "{}"
            known: dict[str, str] = json.loads(text)
        except (OSError, ValueError) as error:
            raise MachineError(
                f"cannot read the secrets of webhooks in {self._file}: mend it, or move it away "
                "and register the webhooks anew"
            ) from error
        return known

    @contextmanager
    def _secrets(self) -> Iterator[dict[str, str]]:
        """The secrets by webhook; what the block makes of them is kept, for the owner alone."""
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{self._file}.lock"):
                known = dict(self._read())
                yield known
                with whole(self._file) as partial:
                    os.close(os.open(partial, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
                    partial.chmod(0o600)
                    partial.write_text(json.dumps(known, indent=1), encoding="utf-8")
        except OSError as error:
            raise MachineError(f"cannot write {self._file}: {error.strerror or error}") from error


def key_of(secret: str) -> bytes:
    """The bytes of a secret.

    Raises:
        InvalidInput: It is not `whsec_` and 24 to 64 bytes in base64.
    """
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not (secret.startswith(PREFIX) and 24 <= len(key) <= 64):
        raise InvalidInput(f"a webhook's secret is {PREFIX} and 24 to 64 random bytes in base64")
    return key


_WELL: Mapping[str, Any] = {
    "state": "on", "failures": 0, "failing": None, "after": None, "error": "", "sender": "",
    "until": None,
}  # fmt: skip


def _later(moment: str, seconds: float) -> str:
    return stamp(datetime.fromisoformat(moment) + timedelta(seconds=seconds))


def _webhook(row: Any) -> Webhook:
    values = dict(row._mapping)
    del values["sender"], values["until"]
    return Webhook(**values)
