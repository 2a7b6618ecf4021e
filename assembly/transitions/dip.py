"""Through black from one shot to the next: `Dip`."""

from songreel.assembly.pictures import Picture, dim


def dip_level(i: int, frames: int) -> float:
    """Brightness of frame `i` of a dip of `frames`; 0 at the cut, frame `frames // 2`, only."""
    half = frames // 2
    if i < half:
        return 1 - (i + 1) / (half + 1)
    return (i - half) / (frames - half)


class Dip:
    """The light falls and rises evenly to the eye, in coded values."""

    def mix(self, old: Picture | None, new: Picture | None, i: int, n: int) -> Picture:
        """See `Blend.mix`."""
        seen = new if old is None else old
        assert seen is not None
        return dim(seen, dip_level(i, n))
