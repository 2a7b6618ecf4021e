"""Loops: bars that lead back into themselves, for the ear and the eye."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from songreel.assembly.check import check
from songreel.assembly.edit import edit
from songreel.assembly.loop import LoopSound, loop_samples, looped, loops, same_crop, turns_on_cut
from songreel.assembly.render import render
from songreel.assembly.seam import bend_at_join, seam
from songreel.models.errors import InvalidInput
from songreel.models.progress import silent
from songreel.models.timebase import frames_for
from songreel.models.transition import TransitionKind
from support.analyses import Part, Score, write
from support.barcodes import make_clip
from support.films import Film, storyboard
from support.films import song as tones
from support.sounds import MemorySound

RATE = Fraction(24)
BAR = 2.0
SAMPLE_RATE = 48_000
SONG = write(Score([Part("verse", "A", 4, 0.4), Part("chorus", "B", 6, 0.9)], tail=0.0))
"""Ten bars of two seconds."""


def bars(pitches) -> MemorySound:
    """A bar of two seconds for each pitch: four struck notes of it, in stereo."""
    time = np.arange(SAMPLE_RATE // 2) / SAMPLE_RATE
    notes = [np.sin(2 * np.pi * pitch * time) * np.exp(-5 * time) for pitch in pitches]
    mono = 0.5 * np.concatenate([np.tile(note, 4) for note in notes])
    return MemorySound(np.stack([mono, 0.8 * mono]).astype(np.float32), SAMPLE_RATE, None)


def drifting(number: int):
    """Soft stripes that move by a pixel a frame; `number` shifts and tilts them."""
    down, across = np.mgrid[0:72, 0:128]

    def paint(i: int) -> np.ndarray:
        packed = np.full((108, 128), 128, np.uint8)
        packed[:72] = np.rint(
            120 + 60 * np.sin((across + i + 40 * number) / 9 + number * down / 30)
        )
        return packed

    return paint


@pytest.fixture(scope="module")
def one_shot(tmp_path_factory):
    """A film of a single moving shot under bars whose pitches come back."""
    return _film(tmp_path_factory.mktemp("one"), (0.0,))


@pytest.fixture(scope="module")
def cut_film(tmp_path_factory):
    """A film with a cut in every bar."""
    return _film(tmp_path_factory.mktemp("cut"), tuple(float(t) for t in range(0, 20, 2)))


PITCHES = (220, 330, 220, 330, 247, 311, 220, 330, 262, 294)


def _film(folder, starts):
    sound = bars(PITCHES)
    board = storyboard(sound, starts).model_copy(update={"grid": SONG.grid})
    from songreel.models.render import RenderSpec
    from songreel.models.schedule import schedule

    spec = RenderSpec(width=128, height=72, rate=RATE, format="mkv")
    clips = {
        shot.shot: make_clip(folder / "clips", i, shot.clip_frames, RATE, paint=drifting(i))
        for i, shot in enumerate(schedule(board, RATE), start=1)
    }
    made = Film(folder, sound, board, clips, spec)
    return made, edit(board, clips, spec)


def found(film, **more):
    made, timeline = film
    return loops(timeline, made.sound, SONG, SONG.grid, trusted=True, **more)


def test_a_loop_is_whole_bars_of_three_to_eight_seconds(one_shot):
    for loop in found(one_shot, count=5):
        assert loop.bars == pytest.approx((loop.end - loop.start) / BAR)
        assert 3 <= loop.end - loop.start <= 8
        assert loop.last - loop.first == (loop.end - loop.start) * 24


def test_a_loop_turns_where_the_music_comes_back(one_shot):
    loop = found(one_shot)[0]
    one, other = round(loop.start / BAR), round(loop.end / BAR)
    assert PITCHES[one] == PITCHES[other]
    assert PITCHES[one - 1] == PITCHES[other - 1]
    assert loop.likeness > 0.8


def test_loops_do_not_lie_within_each_other(one_shot):
    chosen = sorted(found(one_shot, count=3), key=lambda loop: loop.first)
    assert all(one.last <= other.first for one, other in pairwise(chosen))


def test_a_loop_begins_at_the_bar_that_is_asked_for(one_shot):
    assert found(one_shot, at=4.3)[0].start == pytest.approx(4.0)


def test_a_length_that_no_bars_have_is_refused(one_shot):
    with pytest.raises(InvalidInput, match=r"no whole bars of 2\.1 to 3\.9 s"):
        found(one_shot, seconds=(2.1, 3.9))


def test_a_song_without_bars_loops_where_it_sounds_alike(one_shot):
    made, timeline = one_shot
    loop = loops(timeline, made.sound, SONG, SONG.grid, trusted=False)[0]
    assert loop.bars == 0
    assert loop.likeness > 0.8


def heard(sound) -> np.ndarray:
    return np.concatenate(list(sound.blocks()), axis=1)


@pytest.mark.parametrize("seed", range(4))
def test_the_sound_does_not_click_where_it_turns(seed):
    whole = tones(6.0, seed=seed, bits=None)
    rng = np.random.default_rng(seed)
    first, count = int(rng.integers(20_000, 60_000)), int(rng.integers(130_000, 180_000))
    # Low tones alone: what clicks is easy to hear, and to measure.
    smooth = np.cumsum(whole.samples - whole.samples.mean(axis=1, keepdims=True), axis=1)
    smooth = replace(whole, samples=(smooth / np.abs(smooth).max()).astype(np.float32))
    made = heard(LoopSound(smooth, first, count, 1_100))
    raw = smooth.samples[:, first : first + count]
    assert made.shape == raw.shape
    assert bend_at_join(made, 180) <= 1.0
    assert bend_at_join(raw, 180) > bend_at_join(made, 180)


def test_the_join_touches_the_end_alone_and_keeps_its_level():
    whole = bars((220, 220, 220))
    made = heard(LoopSound(whole, SAMPLE_RATE * 2, SAMPLE_RATE * 2, 1_200))
    own = whole.samples[:, SAMPLE_RATE * 2 : SAMPLE_RATE * 4]
    np.testing.assert_array_equal(made[:, :-1_200], own[:, :-1_200])
    # What comes before equals what ends: nothing may get louder.
    np.testing.assert_allclose(made, own, atol=1e-5)


@pytest.mark.parametrize(("first", "count"), [(-1, 10), (0, 10**9), (0, 0)])
def test_loops_outside_the_song_are_refused(first, count):
    with pytest.raises(InvalidInput):
        LoopSound(tones(0.5), first, count, 5)


def made_of(film, loop, name, *, mute=False):
    made, timeline = film
    cut_out = looped(timeline, loop)
    first, count = loop_samples(loop, RATE, SAMPLE_RATE)
    assert frames_for(count, SAMPLE_RATE, RATE) == cut_out.frames == loop.last - loop.first
    sound = LoopSound(made.sound, first, count, 1_200)
    video = made.project / name
    render(cut_out, sound, made.spec, project=made.project, output=video, workers=2,
           progress=silent, mute=mute)  # fmt: skip
    return cut_out, sound, video


def test_a_single_shot_dissolves_into_what_comes_before_its_first_picture(one_shot):
    loop = found(one_shot, at=4.0)[0]
    cut_out, sound, video = made_of(one_shot, loop, "loop.mkv")
    assert cut_out.cuts[-1].transition is TransitionKind.CROSSFADE
    # The picture that follows the last one is the first one.
    assert cut_out.cuts[-1].shown(cut_out.frames - cut_out.cuts[-1].start) == pytest.approx(
        cut_out.cuts[0].shown(0)
    )
    met = seam(video, cut_out, sound.track.samples)
    assert met.ok, met.told
    assert met.picture <= 1.2 * met.neighbours
    report = check(video, cut_out, sound, one_shot[0].spec)
    assert report.ok, report.notices
    assert report.audio_exact


def test_a_clip_with_nothing_before_its_first_picture_comes_to_rest_on_it(one_shot):
    loop = found(one_shot, at=0.0)[0]
    cut_out, sound, video = made_of(one_shot, loop, "held.mkv")
    closing = cut_out.cuts[-1]
    assert {closing.shown(i) for i in range(closing.end - closing.start)} == {0.0}
    assert seam(video, cut_out, sound.track.samples).picture < 1.0


def test_a_cropped_loop_closes_with_the_crop_that_it_begins_with(one_shot):
    cut_out = looped(one_shot[1], found(one_shot, at=4.0)[0])
    paths = [((0, 0.3, 0.5), (20, 0.6, 0.5)), ((0, 0.7, 0.5),)]
    cuts = [
        cut.model_copy(update={"focus": path})
        for cut, path in zip(cut_out.cuts, paths, strict=True)
    ]
    made = same_crop(cut_out.model_copy(update={"cuts": tuple(cuts)}))
    assert made.cuts[0] == cuts[0]
    assert made.cuts[-1].focused(7) == made.cuts[0].focused(0)


def test_without_the_dissolve_the_seam_would_be_seen(one_shot):
    made, timeline = one_shot
    loop = found(one_shot, at=4.0)[0]
    from songreel.assembly.excerpt import Span, excerpted

    # An odd stretch: the stripes' own period must not close the loop by chance.
    plain = excerpted(timeline, Span(loop.first, loop.last - 29))
    first, count = loop_samples(replace(loop, last=loop.last - 29), RATE, SAMPLE_RATE)
    sound = LoopSound(made.sound, first, count, 1_200)
    video = made.project / "plain.mkv"
    render(plain, sound, made.spec, project=made.project, output=video, workers=2,
           progress=silent)  # fmt: skip
    assert not seam(video, plain, count).ok


def test_a_loop_of_several_shots_turns_on_a_cut(cut_film):
    loop = found(cut_film)[0]
    assert loop.on_cut
    cut_out, sound, video = made_of(cut_film, loop, "loop.mkv")
    assert all(cut.transition is TransitionKind.CUT for cut in cut_out.cuts)
    assert turns_on_cut(cut_film[1], loop)
    met = seam(video, cut_out, sound.track.samples, on_cut=True)
    assert met.cuts is not None
    assert met.ok, met.told


def test_a_silent_loop_has_no_sound_and_all_its_frames(cut_film):
    import av

    loop = found(cut_film)[0]
    cut_out, sound, video = made_of(cut_film, loop, "mute.mkv", mute=True)
    with av.open(str(video)) as container:
        assert not container.streams.audio
    report = check(video, cut_out, sound, cut_film[0].spec, mute=True)
    assert report.ok, report.notices
    assert report.frames_found == cut_out.frames
    assert seam(video, cut_out, None).sound is None
