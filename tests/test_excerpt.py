"""Short versions of a film: where they begin and end, what they show, what they sound like."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from songreel.assembly.check import check
from songreel.assembly.edit import edit
from songreel.assembly.excerpt import SoundPart, Span, excerpted, samples_of
from songreel.assembly.render import render
from songreel.assembly.segments import pieces
from songreel.assembly.windows import windows
from songreel.models.effect import Beat
from songreel.models.errors import InvalidInput
from songreel.models.lyrics import Line, Lyrics
from songreel.models.overlay import Overlay
from songreel.models.progress import silent
from songreel.models.timebase import frame_time, frames_for
from songreel.models.transition import TransitionKind
from support.analyses import Part, Score, write
from support.barcodes import read_film
from support.films import CROSSFADE, CUT, FLASH, film, song

RATES = (Fraction(24), Fraction(30000, 1001), Fraction(24000, 1001))

SONG = write(
    Score(
        [
            Part("intro", "A", 4, 0.2), Part("verse", "B", 8, 0.4), Part("build", "C", 4, 0.4, 0.8),
            Part("chorus", "D", 8, 0.95), Part("verse", "B", 8, 0.45), Part("outro", "E", 4, 0.2),
        ],
        drops=[16],
    )
)  # fmt: skip
"""Two seconds a bar: the drop and the chorus begin at 32 s and the chorus ends at 48 s."""


def best(seconds: float, **more):
    return windows(SONG, seconds, grid=SONG.grid, trusted=True, **more)


# --- where ---------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [15, 30])
def test_the_best_window_holds_the_drop_and_what_leads_to_it(seconds):
    window = best(seconds)[0]
    assert window.start <= 32.0 < window.end
    assert "drop" in " ".join(window.reasons)


@pytest.mark.parametrize("seconds", [10, 15, 30, 60])
def test_windows_go_from_phrase_to_phrase_and_are_no_longer_than_asked(seconds):
    for window in best(seconds, count=5):
        assert 0.75 * seconds - 1e-6 <= window.seconds <= seconds + 1e-6
        assert any(abs(window.start - time) < 1e-6 for time in (0.0, *SONG.phrases))
        # Phrases are four bars here; where none ends in time, a bar does.
        ends = (*SONG.downbeats, SONG.track.duration)
        assert any(abs(window.end - time) < 1e-6 for time in ends)


def test_windows_are_ranked_and_hardly_overlap():
    found = best(15, count=4)
    assert len(found) >= 3
    assert all(one.score >= other.score for one, other in pairwise(found))
    for i, one in enumerate(found):
        for other in found[i + 1 :]:
            assert min(one.end, other.end) - max(one.start, other.start) <= 0.36 * one.seconds


def test_the_same_song_has_the_same_windows():
    assert best(30, count=4) == best(30, count=4)


def test_a_window_begins_at_the_bar_that_is_asked_for():
    window = best(15, at=20.7)[0]
    assert window.start == pytest.approx(20.0)


def test_no_window_begins_or_ends_within_a_line_if_it_can_help_it():
    ends = best(15)[0].end
    line = Line(text="hold me", start=ends - 1.0, end=ends + 1.0)
    sung = Lyrics(source="words.lrc", form="lrc", lines=(line,), trust=0.9)
    assert best(15, lyrics=sung)[0].end != ends


def test_music_without_bars_is_cut_where_it_breathes():
    free = write(Score([Part("section", "A", 6, 0.3), Part("section", "B", 8, 0.9),
                        Part("section", "A", 6, 0.3)], beats=False))  # fmt: skip
    found = windows(free, 15, grid=free.grid, trusted=False)
    assert found
    assert found[0].start <= 12.0 < found[0].end  # where the energy comes
    assert all(window.seconds <= 15 + 1e-6 for window in found)


@pytest.mark.parametrize(
    ("seconds", "at", "text"),
    [(1, None, "ask for 3 to 600 s"), (400, None, "ask for fewer seconds"),
     (30, 70.0, "choose an earlier moment")],
)  # fmt: skip
def test_what_cannot_be_cut_out_is_refused_with_the_way_out(seconds, at, text):
    with pytest.raises(InvalidInput, match=text):
        best(seconds, at=at)


# --- sound ---------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("sample_rate", [44100, 48000, 22050])
def test_samples_cover_the_frames_exactly(rate, sample_rate):
    rng = np.random.default_rng(1)
    for _ in range(50):
        first = int(rng.integers(0, 5000))
        span = Span(first, first + int(rng.integers(1, 900)))
        start, count = samples_of(span, rate, sample_rate)
        assert frames_for(count, sample_rate, rate) == span.frames
        assert abs(start / sample_rate - frame_time(first, rate)) <= 0.5 / sample_rate + 1e-12


def heard(sound) -> np.ndarray:
    return np.concatenate(list(sound.blocks()), axis=1)


def test_fades_touch_their_own_span_and_nothing_else():
    whole = song(3.0)
    part = SoundPart(whole, 20_000, 60_000, fade_in=4_000, fade_out=9_000)
    made, own = heard(part), whole.samples[:, 20_000:80_000]
    assert made.shape == own.shape == (2, part.track.samples)
    np.testing.assert_array_equal(made[:, 4_000:-9_000], own[:, 4_000:-9_000])
    assert np.abs(made[:, 0]).max() < 1e-4
    assert np.abs(made[:, -1]).max() < 1e-4
    gain = np.abs(made[:, :4_000]).sum() / np.abs(own[:, :4_000]).sum()
    assert 0.3 < gain < 0.7
    assert (np.abs(made) <= np.abs(own) + 1e-7).all()


def test_a_part_without_fades_is_the_songs_own_samples():
    whole = song(1.0)
    np.testing.assert_array_equal(
        heard(SoundPart(whole, 7, 5_000)), whole.samples[:, 7:5_007]
    )  # fmt: skip


@pytest.mark.parametrize(("first", "count", "fade"), [(-1, 5, 0), (0, 10**9, 0), (0, 10, 20)])
def test_parts_that_do_not_exist_are_refused(first, count, fade):
    with pytest.raises(InvalidInput):
        SoundPart(song(0.5), first, count, fade_in=fade)


# --- picture -------------------------------------------------------------------------------

STARTS = (0.0, 0.8, 1.9, 2.6, 3.3)
TRANSITIONS = (CUT, CUT, CROSSFADE, FLASH, CUT)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    made = film(tmp_path_factory.mktemp("film"), song(4.0), STARTS, TRANSITIONS, form="mkv")
    return made, edit(made.storyboard, made.clips, made.spec)


def excerpt_of(whole, span: Span, name: str):
    made, timeline = whole
    cut_out = excerpted(timeline, span)
    first, count = samples_of(span, made.spec.rate, made.sound.track.sample_rate)
    sound = SoundPart(made.sound, first, count, fade_out=round(span.fade_out / 24 * 44100))
    video = made.project / name
    render(cut_out, sound, made.spec, project=made.project, output=video, workers=2,
           progress=silent)  # fmt: skip
    return cut_out, sound, video


def test_an_excerpt_shows_what_the_film_shows_and_is_in_sync(whole):
    made, timeline = whole
    span = Span(19, 88, fade_out=10)  # from the second shot's first frame into the last shot
    cut_out, sound, video = excerpt_of(whole, span, "part.mkv")
    seen = read_film(video)
    assert len(seen) == span.frames == cut_out.frames
    for frame, found in enumerate(seen[: span.frames - 10]):
        cut = next(c for c in timeline.cuts if c.start <= frame + span.first < c.end)
        soft = timeline.cuts[2]
        if abs(frame + span.first - soft.start) <= soft.transition_frames:
            continue  # two barcodes at once
        own = cut.source + frame + span.first - cut.start
        assert found == (made.numbers[cut.shot], own)
    report = check(video, cut_out, sound, made.spec)
    assert report.ok, report.notices
    assert report.on_frame == 1.0
    assert report.samples_found == report.samples_expected == sound.track.samples
    assert report.audio_exact


def test_what_an_excerpt_leaves_alone_is_not_made_again(whole):
    made, timeline = whole
    known = {segment.fingerprint for segment in pieces(timeline, made.spec)}
    cut_out = excerpted(timeline, Span(19, 96, fade_in=4, fade_out=8))
    found = [segment.fingerprint in known for segment in pieces(cut_out, made.spec)]
    assert not found[0]  # it fades in
    assert not found[-1]
    assert all(found[1:-1])


def test_the_picture_fades_with_the_sound_and_nowhere_else(whole):
    _, timeline = whole
    cut_out = excerpted(timeline, Span(0, 60, fade_in=6, fade_out=12))
    fade = cut_out.finish[-1]
    levels = [Beat(fade, frame, 24.0).level for frame in range(60)]
    assert levels[6:47] == [1.0] * 41
    assert levels[0] < 0.2
    assert levels[-1] == 0.0
    assert all(a <= b for a, b in pairwise(levels[:7]))


def test_an_excerpt_that_begins_within_a_transition_begins_with_a_cut(whole):
    _, timeline = whole
    soft = timeline.cuts[2]
    cut_out = excerpted(timeline, Span(soft.start + 1, 96))
    assert cut_out.cuts[0].transition is TransitionKind.CUT
    assert cut_out.cuts[0].source == soft.source + 1


def test_a_flash_on_the_first_frame_stays(whole):
    _, timeline = whole
    cut_out = excerpted(timeline, Span(timeline.cuts[3].start, 96))
    assert cut_out.cuts[0].transition is TransitionKind.FLASH


def test_the_rest_of_a_shot_that_would_flit_by_gives_way(whole):
    _, timeline = whole
    second = timeline.cuts[1].model_copy(update={"source": 30})
    cuts = (timeline.cuts[0], second, *timeline.cuts[2:])
    timeline = timeline.model_copy(update={"cuts": cuts})
    cut_out = excerpted(timeline, Span(second.start - 3, 96))
    assert cut_out.cuts[0].shot == second.shot
    assert cut_out.cuts[0].source == 27  # what its clip has before
    assert cut_out.cuts[0].start == 0


def test_words_go_with_the_excerpt(whole):
    _, timeline = whole
    words = (
        Overlay(kind="caption", start=2, end=10, text="gone"),
        Overlay(kind="caption", start=15, end=40, text="begun before"),
        Overlay(kind="caption", start=50, end=90, text="goes on"),
        Overlay(kind="caption", start=80, end=90, text="to come"),
    )
    worded = timeline.model_copy(update={"overlays": words})
    cut_out = excerpted(worded, Span(20, 70, fade_out=10))
    assert [(one.text, one.start, one.end) for one in cut_out.overlays] == [
        ("begun before", -5, 20),
        ("goes on", 30, 45),
    ]


@pytest.mark.parametrize(("first", "last"), [(-1, 5), (5, 5), (0, 9999)])
def test_frames_that_are_not_in_the_film_are_refused(whole, first, last):
    with pytest.raises(InvalidInput, match="are not in the film"):
        excerpted(whole[1], Span(first, last))
