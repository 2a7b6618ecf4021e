"""Storyboard and clips in, the edit decision list out."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songreel.assembly.edit import edit, soft_span, unsafe_flashes
from songreel.models.clip import Clip, ClipRequest
from songreel.models.errors import InvalidInput
from songreel.models.render import RenderSpec
from songreel.models.schedule import schedule
from songreel.models.storyboard import CameraMove, CutReason, ShotSize, Storyboard
from songreel.models.timebase import RATES
from songreel.models.timeline import Timeline
from songreel.models.transition import Transition, TransitionKind
from support.barcodes import HEIGHT, WIDTH
from support.films import CROSSFADE, CUT, DIP, FLASH, GREYS, song, storyboard

BEATS = [0.0, 0.51, 1.37, 2.02, 2.9]
SOUND = song(4.0)


def clip_of(frames: int, rate: Fraction, head: int = 0, name: str = "a.mp4") -> Clip:
    """A clip document without a file: `edit` reads none."""
    request = ClipRequest(
        prompt="x", camera=CameraMove.STATIC, size=ShotSize.WIDE, palette=GREYS, energy=0.5,
        motion=0.5, seed=1, width=WIDTH, height=HEIGHT, rate=rate, frames=frames, head=head,
    )  # fmt: skip
    return Clip(request=request, provider="test", file=name, sha256="a" * 64, frames=frames,
                rate=rate, width=WIDTH, height=HEIGHT)  # fmt: skip


def edited(
    board: Storyboard, rate: Fraction = Fraction(24), lead: int = 0, **changed: Clip
) -> Timeline:
    """The edit with clips just as long as needed, but for `changed`."""
    spec = RenderSpec(width=WIDTH, height=HEIGHT, rate=rate, lead=lead)
    clips = {s.shot: clip_of(s.clip_frames, rate, s.head) for s in schedule(board, rate, lead)}
    return edit(board, clips | changed, spec)


@pytest.mark.parametrize("rate", RATES.values(), ids=RATES)
@pytest.mark.parametrize("lead", [0, 1])
def test_every_cut_is_a_hair_early_and_never_late(rate, lead):
    timeline = edited(storyboard(SOUND, BEATS), rate, lead)
    for cut, beat in zip(timeline.cuts[1:], BEATS[1:], strict=True):
        error = Fraction(cut.start) / rate - Fraction(beat) + lead / rate
        assert -1 / rate < error <= 0
    assert timeline.frames == timeline.cuts[-1].end
    assert timeline.frames - 1 < SOUND.track.duration * rate <= timeline.frames


def test_shots_without_a_clip_are_named():
    board = storyboard(SOUND, BEATS)
    spec = RenderSpec(width=WIDTH, height=HEIGHT)
    clips = {shot.id: clip_of(99, spec.rate) for shot in board.shots if shot.id != "s03"}
    with pytest.raises(InvalidInput, match=r"1 of 5 shots have no clip: s03"):
        edit(board, clips, spec)


def test_a_clip_too_short_is_held_and_said():
    timeline = edited(storyboard(SOUND, BEATS), s02=clip_of(9, Fraction(24)))
    assert any("s02" in notice and "held for 7" in notice for notice in timeline.notices)


def test_a_clip_of_another_rate_is_measured_in_film_frames():
    board = storyboard(SOUND, BEATS)
    enough = clip_of(20, Fraction(30))  # two thirds of a second: 16 frames of the film
    assert not edited(board, s02=enough).notices
    short = clip_of(19, Fraction(30))
    assert any("15 of the 16" in notice for notice in edited(board, s02=short).notices)


def test_a_clip_is_shown_where_its_music_is():
    """A clip made with a longer handle than the edit needs keeps its picture on its beat."""
    board = storyboard(SOUND, BEATS)
    timeline = edited(board, s02=clip_of(99, Fraction(24), head=11))
    assert timeline.cuts[2].source == 11
    assert not timeline.notices


def test_a_missing_handle_is_said():
    board = storyboard(SOUND, BEATS, [CUT, CROSSFADE, CUT, CUT, CUT])
    timeline = edited(board, s01=clip_of(99, Fraction(24), head=0))
    assert any("first picture is held for 5" in notice for notice in timeline.notices)


def test_a_cross_fade_cannot_open_the_film():
    timeline = edited(storyboard(SOUND, BEATS, [CROSSFADE, CUT, CUT, CUT, CUT]))
    assert timeline.cuts[0].transition is TransitionKind.CUT
    assert any("s00" in notice and "opens the film" in notice for notice in timeline.notices)


def test_a_fade_longer_than_its_shots_is_shortened_and_said():
    long = Transition(kind=TransitionKind.CROSSFADE, seconds=3)
    timeline = edited(storyboard(SOUND, BEATS, [CUT, long, CUT, CUT, CUT]))
    assert timeline.cuts[1].transition_frames == 12
    assert any("12 of its 72 frames" in notice for notice in timeline.notices)


def test_a_fade_shorter_than_a_frame_is_a_cut_and_said():
    blink = Transition(kind=TransitionKind.DIP, seconds=0.01)
    timeline = edited(storyboard(SOUND, BEATS, [CUT, blink, CUT, CUT, CUT]))
    assert timeline.cuts[1].transition is TransitionKind.CUT
    assert any("s01" in notice for notice in timeline.notices)


def test_what_stands_in_is_carried_along():
    stand_in = clip_of(99, Fraction(24)).model_copy(update={"substitution": "footage was short"})
    timeline = edited(storyboard(SOUND, BEATS), s01=stand_in)
    assert [cut.substitution for cut in timeline.cuts[:2]] == [None, "footage was short"]


def test_fades_are_centred_on_their_cut():
    timeline = edited(storyboard(SOUND, BEATS, [CUT, CROSSFADE, DIP, FLASH, CUT]))
    cuts = timeline.cuts
    assert soft_span(cuts[1]) == (cuts[1].start - 5, cuts[1].start + 5)
    assert soft_span(cuts[2]) == (cuts[2].start - 6, cuts[2].start + 6)
    assert soft_span(cuts[3]) == (cuts[3].start, cuts[3].start)


def test_flashes_over_the_limit_are_left_out_and_said():
    starts = [0.0, 0.25, 0.5, 0.75, 1.0, 1.2]
    reasons = [CutReason.OPENING, CutReason.BEAT, CutReason.BEAT, CutReason.BEAT,
               CutReason.DROP, CutReason.BEAT]  # fmt: skip
    board = storyboard(SOUND, starts, [CUT] + [FLASH] * 5, reasons=reasons)
    timeline = edited(board)
    lit = [cut.shot for cut in timeline.cuts if cut.transition is TransitionKind.FLASH]
    assert lit == ["s01", "s02", "s04"]  # the drop keeps its flash, then the earlier ones
    assert sum("without its flash" in notice for notice in timeline.notices) == 2


@given(
    st.lists(st.integers(0, 300), unique=True, max_size=60),
    st.sampled_from(list(RATES.values())),
    st.randoms(use_true_random=False),
)
def test_no_second_ever_holds_more_than_three_flashes(frames, rate, random):
    flashes = [(frame, random.choice(list(CutReason))) for frame in frames]
    kept = sorted(set(frames) - unsafe_flashes(flashes, rate))
    for first in kept:
        assert sum(first <= frame < first + rate for frame in kept) <= 3
