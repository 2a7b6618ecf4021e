"""How hearing a song tells what it has found, part by part: `Found`."""

from collections.abc import Callable

from pydantic import JsonValue

Found = Callable[[str, JsonValue], None]
"""Called with a part's name and its value, small and plain, as soon as the part is known.

A part may be told again, the later telling being the better one. All times are seconds from the
start of the song. The parts, in about the order in which they come:

- `waveform`: `duration`; `rate` values a second; `low` and `high`, −127 to 127, which grow;
- `loudness`: `integrated` (LUFS), `range` (LU), `peak` (dBFS); `rate` and `values`, LUFS;
- `beats`, `downbeats`: seconds;
- `tempo`: `bpm` or None, `meter`, `trust`;
- `energy`: `rate` and `values`, 0 to 1;
- `key`: `name` or None, `trust`;
- `mood`: `valence`, `arousal`, `words`;
- `sections`: a list of `start`, `end`, `label`, `letter`, `energy`, `trust`, `words`;
- `phrases`: seconds;
- `events`: a list of `kind`, `start`, `end`, `strength`.

It may be called from any thread.
"""


def untold(part: str, value: JsonValue) -> None:
    """Tell nobody."""
