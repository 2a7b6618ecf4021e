"""A folder of the user's clips and photos as a source of clips."""

from collections.abc import Mapping, Sequence
from math import floor
from threading import Lock

from songreel.generation.footage.choose import choose
from songreel.generation.footage.depth import Depth, depth_of
from songreel.generation.footage.fit import size_to_follow
from songreel.generation.footage.listen import heard_by_photos
from songreel.generation.footage.looks import Looks
from songreel.generation.footage.photo import read_photo
from songreel.generation.footage.scan import scan
from songreel.generation.footage.show import show, show_photo
from songreel.generation.footage.source import Library, Source, open_library
from songreel.generation.footage.span import PHOTO, Span
from songreel.generation.local import Local
from songreel.generation.provider import Context, Standing
from songreel.models.clip import NO_IMAGES, ClipRequest, Images, Job, Portion
from songreel.models.errors import InvalidInput, ProviderError
from songreel.models.storyboard import ShotSize

_OTHER_TRIES = 2
"""Other spans that are tried for a shot before the built-in visuals step in."""

_SLACK = 0.6
"""Seconds that a clip has before and after what its shot asks for, so that the edit can slip it
until its movement meets an accent: at 100 BPM a whole beat either way, together."""


class Footage(Local):
    """Spans of videos and slowly moving photos, each fitted to the frame.

    Raises:
        InvalidInput: No folder is given, or nothing in it can be used.
    """

    name = "footage"

    def __init__(self, context: Context) -> None:
        if context.footage is None:
            raise InvalidInput(
                "no footage folder is given; say where your clips and photos are with --footage"
            )
        # Photos do; a video's request has no music in it, so that it does not age.
        super().__init__(context, hears_music=True)
        self._workers = context.workers
        self._cache = context.cache / "footage" if context.cache is not None else None
        self._library: Library = open_library(context.footage, context.workers)
        self._sources = {source.sha256: source for source in self._library.sources}
        self._looks: Mapping[str, Looks] | None = None
        self._depths: dict[str, Depth] = {}
        self._film: dict[str, tuple[ClipRequest, Span]] = {}
        self._lock = Lock()

    @classmethod
    def describe(cls, context: Context) -> Standing:
        """Ready when there is a folder; what is in it is seen when it is opened."""
        summary = "your own clips and photos, cut and moved; needs a folder of them"
        if context.footage is None:
            return Standing(ready=False, summary=summary, reason="no footage folder is given")
        if not context.footage.is_dir():
            reason = f"{context.footage} is not a folder"
            return Standing(ready=False, summary=summary, reason=reason)
        return Standing(ready=True, summary=summary)

    def notices(self) -> Sequence[str]:
        """A sentence for each file that is left out."""
        troubles = [
            f"{source.name} {look.trouble}"
            for source in self._library.sources
            if self._looks and (look := self._looks.get(source.sha256)) and look.trouble
        ]
        return (*self._library.left_out, *troubles)

    def plan(self, requests: Mapping[str, ClipRequest]) -> Mapping[str, Portion]:
        """Choose a span for every shot, seeing the film as a whole.

        Raises:
            InvalidInput: No file in the folder can be decoded.
        """
        spans = choose(requests, self._library.sources, self._seen(), slack=_SLACK)
        if requests and not spans:
            raise InvalidInput(
                f"nothing in the footage folder {self._library.folder} can be decoded: "
                f"{'; '.join(self.notices()[:3])}"
            )
        with self._lock:
            self._film = {shot: (request, spans[shot]) for shot, request in requests.items()}
        return {
            shot: Portion(
                request=self._planned(request, spans[shot]),
                first=_handle(request, spans[shot]),
                frames=request.frames,
                head=request.head,
                rate=request.rate,
            )
            for shot, request in requests.items()
        }

    def alternatives(self, request: ClipRequest) -> Sequence[ClipRequest]:
        """Spans of other files, chosen beside what the rest of the film shows."""
        with self._lock:
            film = dict(self._film)
        shot = next(
            (shot for shot, entry in film.items() if self._planned(*entry) == request), None
        )
        if shot is None:
            return ()
        asked = {shot: base for shot, (base, _) in film.items()}
        asked[shot] = asked[shot].model_copy(update={"frames": request.frames})
        kept = {other: span for other, (_, span) in film.items() if other != shot}
        tried = {film[shot][1].sha256}
        base = film[shot][0]
        request = request.model_copy(update={"width": base.width, "height": base.height})
        others: list[ClipRequest] = []
        while len(others) < _OTHER_TRIES:
            spans = choose(asked, self._library.sources, self._seen(), without=tried, kept=kept)
            if not spans:
                break
            tried.add(spans[shot].sha256)
            others.append(self._planned(request, spans[shot]))
        return others

    def notes(self, request: ClipRequest) -> Sequence[str]:
        """Which file and what of it; of a photo, what was made of it."""
        span = Span.of(request)
        source = self._source(span)
        told = span.told(source, request.seconds)
        if source.video is not None:
            return told
        try:
            return (*told, *self._depth(source).told())
        except (InvalidInput, OSError):
            return told  # it has changed since: making the clip says so

    def submit(self, request: ClipRequest, images: Images = NO_IMAGES) -> Job:  # noqa: ARG002
        """Start cutting out the span.

        Raises:
            ProviderError: The file is no longer in the folder.
        """
        span = Span.of(request)
        source = self._source(span)
        look = self._seen().get(span.sha256)
        focus = look.focus if look is not None else (0.5, 0.5)
        if source.glance is not None:
            focus = source.glance.focus
        if source.video is None:
            return self._workshop.submit(
                request, lambda: show_photo(source, focus, request, self._depth(source))
            )
        return self._workshop.submit(request, lambda: show(source, focus, request))

    def _depth(self, source: Source) -> Depth:
        """Of a photo, guessed once."""
        with self._lock:
            known = self._depths.get(source.sha256)
        if known is None:
            focus = source.glance.focus if source.glance is not None else (0.5, 0.5)
            known = depth_of(read_photo(source.path), focus)
            with self._lock:
                self._depths[source.sha256] = known
        return known

    def _seen(self) -> Mapping[str, Looks]:
        """How the videos look, found out once."""
        with self._lock:
            if self._looks is None:
                self._looks = scan(self._library.sources, self._workers, self._cache)
            return self._looks

    def _planned(self, request: ClipRequest, span: Span) -> ClipRequest:
        handle, source = _handle(request, span), self._source(span)
        frame = (request.width, request.height)
        if source.video is not None:
            frame = size_to_follow((source.width, source.height), frame)
        made: dict[str, object] = {
            "source": span.to_source(),
            "width": frame[0],
            "height": frame[1],
            "frames": request.frames + 2 * handle,
            # The head of a whole clip says where its shot begins; of a portion, the portion does.
            "head": request.head + handle,
        }
        left_out: dict[str, object] = {
            "drive": None,
            "start": None,
            "end": None,
            "references": (),
            "take": None,
        }
        if source.video is None:
            made["source"] = (*span.to_source(), PHOTO)
            # Words reach no photo; of the music, what moves it.
            left_out |= {"prompt": "", "negative": "", "motif": "", "size": ShotSize.WIDE,
                         "drive": heard_by_photos(request.drive)}  # fmt: skip
        return request.model_copy(update=made | left_out)

    def _source(self, span: Span) -> Source:
        source = self._sources.get(span.sha256)
        if source is None:
            raise ProviderError(
                f"the file that was planned for (sha256 {span.sha256[:12]}…) is no longer in "
                f"{self._library.folder}",
                provider=self.name,
            )
        return source


def _handle(request: ClipRequest, span: Span) -> int:
    """Frames before and after what the shot asks for."""
    return floor(span.handle * request.rate)
