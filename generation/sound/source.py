"""What a source of sound must do: the `SoundSource` Protocol."""

from typing import Literal, Protocol

from songreel.generation.maker import Maker
from songreel.generation.provider import Context, Standing
from songreel.models.sound_request import SoundFiles, SoundRequest

Task = Literal["music", "effects"]


class SoundSource(Maker[SoundRequest, SoundFiles], Protocol):
    """A source of music, of effects, or of both.

    What comes of a request holds its `heard` again first, as the source renders it, then the new
    sound: `SoundRequest.total` seconds or a little more. A source that makes a video's sound may
    deliver a video; only its sound is taken.
    """

    tasks: tuple[Task, ...]
    longest: float
    """Seconds of `SoundRequest.total` that it makes at a time."""
    hears: bool
    """Whether it continues sound (`SoundRequest.heard`)."""
    sees: bool
    """Whether it follows pictures (`SoundRequest.seen`)."""

    @classmethod
    def describe(cls, context: Context) -> Standing:
        """What this source needs and whether it could work in `context`; never raises."""
        ...

    def plan(self, request: SoundRequest) -> SoundRequest:
        """The request as this source will carry it out.

        Its own name, model and version stand in `source`, its parameters are complete and
        checked, what it does not use is levelled. Asks nothing of the network; planning a planned
        request changes nothing.

        Raises:
            InvalidInput: A parameter is out of range, or the request is longer than it makes:
                the text names value, range and way out.
        """
        ...
