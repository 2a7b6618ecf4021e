"""Words drawn over pictures: `Words`."""

from collections.abc import Sequence

from songreel.assembly.pictures import Picture
from songreel.models.overlay import Overlay
from songreel.models.render import RenderSpec


class Words:
    """The overlays of one stretch of film, whose frames they count."""

    def __init__(self, overlays: Sequence[Overlay], spec: RenderSpec) -> None:
        self._overlays, self._spec = overlays, spec

    def any_at(self, frame: int) -> bool:
        """Whether something is to be seen there."""
        return any(one.start <= frame < one.end for one in self._overlays)

    def over(self, picture: Picture, frame: int) -> Picture:
        """`picture` with the words of `frame` over it."""
        raise NotImplementedError
