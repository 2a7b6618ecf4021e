"""What blocks, done beside the pages: `blocking`."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def blocking(call: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    """Do something that blocks in a thread.

    Not by `nicegui.run`, which answers None where it is cancelled: a page that is closed while it
    is built has to end there.

    Raises:
        SongreelError: As `call` does.
    """
    return await asyncio.to_thread(call, *args, **named)
