"""Being told about a clip, and stopping within a step: `Watch`, `Stopped`, `watched`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from songreel.generation.diffusion.family import Family


class Stopped(Exception):
    """The clip is not wanted any more."""


Tell = Callable[[str, float, float | None], None]
"""Takes what is being done, the share of the clip that is done, and seconds left if known."""


class Watch(NamedTuple):
    """Who is told about a clip, and says whether it is still wanted."""

    tell: Tell = lambda *_: None
    stop: Callable[[], bool] = lambda: False
    alone: bool = True
    """Whether it may stop anywhere. Ranks stop after steps, all together: one that left alone
    would leave the others waiting for it."""

    def check(self) -> None:
        """Raise `Stopped` where the clip is not wanted any more."""
        if self.alone and self.stop():
            raise Stopped


@contextmanager
def watched(
    pipe: Any, family: Family, passed: Callable[[], None], *, compiled: bool = False
) -> Iterator[int]:
    """Call `passed` before every block of the denoisers; it may raise to stop.

    In a compiled denoiser a hook on a block would become part of the graph, or break it: there the
    denoiser's whole call is watched, by a wrapper around the method that the pipeline calls.

    Args:
        pipe: The placed pipeline.
        family: Of its model.
        passed: Called in the thread that denoises.
        compiled: Whether the denoisers are compiled.

    Yields:
        How often `passed` is called in one pass of one denoiser.
    """
    undo: list[Callable[[], None]] = []
    calls = 1
    denoisers = [each for each in family.denoisers(pipe) if each is not None]
    try:
        if not compiled:
            calls = 0
            for denoiser in denoisers:
                blocks = [
                    block
                    for name in family.blocks(denoiser)
                    for block in getattr(denoiser, name, ())
                ]
                calls = max(calls, len(blocks))
                for block in blocks:
                    handle = block.register_forward_pre_hook(lambda *_: passed())
                    undo.append(handle.remove)
        if compiled or not calls:
            calls = 1
            undo += [_wrapped(denoiser, passed) for denoiser in denoisers]
        yield calls
    finally:
        for each in undo:
            each()


def _wrapped(denoiser: Any, passed: Callable[[], None]) -> Callable[[], None]:
    """Have `passed` called before `denoiser` is, outside what is compiled of it.

    The call is wrapped on the class, where Python looks it up: another class of the object itself
    would have everything compiled again.

    Returns:
        What takes that back.
    """
    kind: Any = type(denoiser)
    own = kind.__dict__.get("__call__")
    call = kind.__call__

    def watching(self: Any, *arguments: Any, **named: Any) -> Any:
        if self is denoiser:
            passed()
        return call(self, *arguments, **named)

    kind.__call__ = watching

    def back() -> None:
        if own is None:
            del kind.__call__
        else:
            kind.__call__ = own

    return back
