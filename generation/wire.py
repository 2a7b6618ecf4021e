"""One end of a connection between processes, one JSON object a message: `Wire`."""

import os
import socket
from contextlib import suppress
from multiprocessing.connection import Client, Connection
from threading import Lock
from typing import Generic, TypeVar

from pydantic import TypeAdapter

from songreel.models.document import Frozen

Heard = TypeVar("Heard")


class Wire(Generic[Heard]):
    """Says and hears messages; `send` may be called from any thread.

    Bytes are sent, never pickles, so that neither side runs what the other one sends.

    Args:
        connection: To the other process.
        kinds: Reads what that says.
    """

    def __init__(self, connection: Connection, kinds: TypeAdapter[Heard]) -> None:
        self._connection, self._kinds, self._lock = connection, kinds, Lock()

    @classmethod
    def dial(cls, address: str, key: str, kinds: TypeAdapter[Heard]) -> "Wire[Heard]":
        """Connect to who listens at `address`, with the key in hexadecimal digits.

        Raises:
            OSError: Nobody listens there.
            EOFError: Who listened is gone.
        """
        return cls(Client(address, authkey=bytes.fromhex(key)), kinds)

    def send(self, message: Frozen) -> None:
        """Say `message`.

        Raises:
            OSError: The other side is gone.
        """
        data = message.model_dump_json().encode()
        with self._lock:
            self._connection.send_bytes(data)

    def read(self) -> Heard:
        """The other side's next message.

        Raises:
            EOFError: It is gone.
            OSError: So it is.
        """
        return self._kinds.validate_json(self._connection.recv_bytes())

    def waiting(self, seconds: float) -> bool:
        """Whether there is something to `read`, an end included, within so many seconds."""
        return self._connection.poll(seconds)

    def hang_up(self) -> None:
        """End the connection; `read` raises EOFError on both sides.

        Closing alone would leave a thread in `read` waiting on a file number that may be somebody
        else's by then.
        """
        with suppress(OSError), socket.socket(fileno=os.dup(self._connection.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the connection; for the thread that reads, once `read` has raised."""
        self._connection.close()
