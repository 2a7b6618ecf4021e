"""Effects: on their frame, the same in any piece of the film, without borders, no flashing."""

import sys
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from songreel.assembly import makers as registry
from songreel.assembly.effects.catalogue import described
from songreel.assembly.effects.direct import check_cues
from songreel.assembly.effects.effect import OWN, Chain, find, names, ring_frames
from songreel.assembly.effects.place import LEVELS, Song, Span, placed
from songreel.assembly.effects.safety import MOST, Strike, calm, together
from songreel.assembly.effects.warp import Axis, Move, moved
from songreel.assembly.flashes import FlashMeter
from songreel.assembly.pictures import frame_of, of_rgb, planes, rgb_of
from songreel.assembly.thumbs import thumb_of
from songreel.models.colour import oklab
from songreel.models.effect import Beat, EffectCue, PlacedEffect
from songreel.models.errors import InvalidInput
from songreel.models.music import Curve
from songreel.models.timebase import RATES, frame_at
from support.boards import SONG
from support.effects import (
    RATE,
    SIZE,
    chequered,
    cued,
    edited,
    flat,
    hit_at,
    mixed,
    shown,
)
from support.flashes import flashes

STRUCK = [name for name in OWN if getattr(find(name, {}), "moved_by", "") == "hits"]
HELD = [name for name in OWN if getattr(find(name, {}), "moved_by", "") == "level"]
MOVING = ["punch-in", "push", "shake", "zoom blur"]
STRONG = {
    "grade": {"contrast": 1.3, "saturation": 1.5, "lift": 0.1, "shadows": (250, 0.1)},
    "punch-in": {"amount": 0.2},
    "zoom blur": {"amount": 0.2},
    "shake": {"amount": 0.04, "decay": 0.12},
    "rgb split": {"amount": 0.03},
    "flash": {"peak": 0.9},
    "pulse": {"amount": 0.5},
}


def whole(name: str, strength: float = 1.0, frames: int = 80) -> PlacedEffect:
    """An effect with hits of several strengths, or a level that rises and falls."""
    struck = tuple((f, s) for f, s in ((3, 1.0), (21, 0.7), (33, 0.4), (60, 0.9)) if f < frames)
    return PlacedEffect(
        effect=name,
        strength=strength,
        settings=STRONG.get(name, {}),
        hits=struck if name in STRUCK else (),
        level=() if name in STRUCK else ((0, 0.2), (30, 1.0), (79, 0.1)),
    )


@pytest.mark.parametrize("name", OWN)
def test_at_no_strength_nothing_changes(name):
    picture = mixed()
    bare = whole(name, strength=0.0)
    beat = Beat(bare, 4, 24.0)
    assert_array_equal(find(name, bare.settings).picture(picture, beat), picture)
    assert not Chain([bare], RATE)


def test_a_grade_that_asks_for_nothing_changes_nothing():
    noise = np.random.default_rng(5).integers(0, 256, (216, 256)).astype(np.uint8)
    beat = Beat(PlacedEffect(effect="grade", strength=1), 0, 24.0)
    assert_array_equal(find("grade", {}).picture(noise, beat), noise)


@pytest.mark.parametrize("name", [name for name in OWN if name != "fade"])
def test_at_full_strength_something_does_and_what_is_given_is_not_written_to(name):
    picture = mixed()
    before = picture.copy()
    one = whole(name)
    changed = find(name, one.settings).picture(picture, Beat(one, 4, 24.0))
    assert_array_equal(picture, before)
    assert (changed != picture).mean() > 0.02


@pytest.mark.parametrize("name", [name for name in OWN if name != "grain"])
@pytest.mark.parametrize("first", [1, 22, 47])
def test_a_stretch_alone_is_the_same_stretch_of_the_whole(name, first):
    picture, one = mixed(), whole(name)
    last = first + 25
    part = one.within(first, last, ring_frames(RATE))
    alone, together = Chain([part], RATE), Chain([one], RATE)
    for frame in range(first, last, 3):
        assert_array_equal(alone.picture(picture, frame - first), together.picture(picture, frame))


@pytest.mark.parametrize("rate", RATES.values(), ids=RATES)
def test_a_hit_is_on_the_frame_on_screen_when_it_sounds(rate):
    times = [0.0, 0.4999, 1.0, 1.7083, 2.51]
    song = Song(SONG.grid, hit_at(times), rate)
    cue = EffectCue(effect="pulse", on="kick")
    found = placed(cue, Span(0, 0, 400, (0, 400), "the film"), song)
    assert [frame for frame, _ in found.hits] == [frame_at(t, rate) for t in times]


def test_the_decoded_film_flashes_on_its_frames(tmp_path):
    times = [0.52, 1.3, 2.77, 3.4]
    cue = EffectCue(effect="flash", on="kick", strength=1, settings={"decay": 0.06})
    board = cued(cue, starts=(0.0, 2.1))
    timeline, spec = edited(tmp_path, board, hit_at(times), lambda _: flat(70))
    means = [thumb_of(frame).mean for frame in shown(tmp_path, timeline, spec)]
    rises = (np.flatnonzero(np.diff(means) > 30) + 1).tolist()
    assert rises == [frame_at(t, RATE) for t in times]


def test_hits_beside_a_cut_fall_onto_it_and_come_early_with_it(tmp_path):
    """A kick 30 ms after its beat must not move the picture a frame after the cut."""
    cue = EffectCue(effect="punch-in", on="kick")
    board = cued(cue, starts=(0.0, 2.0, 4.0))
    timeline, _ = edited(tmp_path, board, hit_at([1.97, 4.03, 4.5]), lambda _: flat(70), lead=1)
    assert [cut.start for cut in timeline.cuts] == [0, 47, 95]
    hits = [[frame for frame, _ in cut.effects[0].hits] for cut in timeline.cuts]
    assert hits == [[], [0], [0, 12]]


def test_levels_follow_their_curve_to_two_hundredths():
    values = 0.5 + 0.4 * np.sin(np.arange(160) / 9.0)
    analysis = SONG.model_copy(update={"energy": Curve(rate=20.0, values=tuple(values.tolist()))})
    song = Song(analysis.grid, analysis, RATE)
    span = Span(24, 20, 180, (24, 180), "shot s01")
    found = placed(EffectCue(effect="push", on="energy"), span, song)
    levels = [Beat(found, frame, 24.0).level for frame in range(-4, 156)]
    assert np.abs(np.array(levels) - song.levels("energy", 20, 180)).max() <= 0.02
    assert len(found.level) < 25


def test_a_build_rises_from_shot_to_shot():
    cue, song = EffectCue(effect="push", on="build"), Song(SONG.grid, SONG, RATE)
    build = next(section for section in SONG.sections if section.label == "build")
    middle = frame_at((build.start + build.end) / 2, RATE)
    first, last = frame_at(build.start, RATE) + 1, frame_at(build.end, RATE)
    left = placed(cue, Span(first, first, middle, (first, middle), "a"), song)
    right = placed(cue, Span(middle, middle, last, (middle, last), "b"), song)
    assert left.level[0][1] < 0.05
    assert left.level[-1][1] == pytest.approx(0.5, abs=0.05)
    assert right.level[0][1] == pytest.approx(0.5, abs=0.05)
    assert right.level[-1][1] > 0.95


@given(
    st.sampled_from(MOVING),
    st.floats(0, 1),
    st.lists(st.tuples(st.integers(0, 40), st.floats(0, 1)), max_size=6, unique_by=lambda h: h[0]),
    st.integers(0, 60),
    st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
@settings(max_examples=300)
def test_no_border_is_ever_seen(name, strength, hits, frame, at):
    chosen = dict(STRONG.get(name, {})) | ({} if name == "shake" else {"at": at})
    effect = find(name, chosen)
    if not hasattr(effect, "move"):
        return
    one = PlacedEffect(effect=name, strength=strength, hits=tuple(sorted(hits)))
    move = effect.move(Beat(one, frame, 24.0))
    for side in (move.across, move.down):
        assert side.first >= 0
        assert side.first + side.span <= 1 + 1e-12


@pytest.mark.parametrize("name", MOVING)
def test_what_surrounds_a_picture_is_not_seen(name):
    """Edges that differ from all within would show if anything were taken from beyond them."""
    for luma in (16, 120, 235):
        one = whole(name)
        changed = find(name, one.settings).picture(flat(luma), Beat(one, 3, 24.0))
        assert np.abs(changed.astype(int) - flat(luma)).max() <= 1


def test_a_move_is_exact_below_a_pixel_in_all_three_planes():
    """A ramp moved is a ramp: luma and chroma go by the same share of the picture."""
    width, _ = SIZE
    picture = flat(0)
    planes(picture)[0][:] = np.round(40 + 0.5 * np.arange(width))
    planes(picture)[1][:] = np.round(40 + 1.0 * np.arange(width // 2))
    move = Move(across=Axis(span=1 / 1.08, first=0.03))
    luma, blue, _ = planes(moved(picture, move))
    across = np.arange(10, width - 10)
    source = ((across + 0.5) / width / 1.08 + 0.03) * width - 0.5
    assert np.abs(luma[50, across] - (40 + 0.5 * source)).max() <= 1
    half = np.arange(5, width // 2 - 5)
    source = (((2 * half + 0.5) / width / 1.08 + 0.03) * width - 0.5) / 2
    assert np.abs(blue[30, half] - (40 + source)).max() <= 1


def test_neighbouring_moves_are_made_in_one():
    first, second = Move(Axis.zoomed(1.1, 0.3), Axis.zoomed(1.1, 0.6)), Move(Axis.zoomed(1.2, 0.5))
    both = second.after(first)
    place = 0.7
    inner = second.across.span * place + second.across.first
    assert both.across.span * place + both.across.first == pytest.approx(
        first.across.span * inner + first.across.first
    )


def test_skin_keeps_its_hue_and_middle_greys_stay_grey():
    tints = {"shadows": (250.0, 0.05), "highlights": (200.0, 0.05), "saturation": 1.15}
    grade, beat = find("grade", tints), Beat(PlacedEffect(effect="grade", strength=0.8), 0, 24.0)
    skins = [(115, 82, 68), (194, 150, 130), (224, 185, 160), (141, 95, 70)]
    for colour, allowed in [*((skin, 8.0) for skin in skins), ((119, 119, 119), None)]:
        rgb = np.broadcast_to(np.array(colour, np.uint8), (64, 64, 3)).copy()
        before, after = (
            oklab((shot[32, 32] / 255.0) ** 2.4)
            for shot in (rgb, rgb_of(grade.picture(of_rgb(rgb), beat)))
        )
        if allowed is None:
            assert np.hypot(*after[1:]) < 0.012  # a just noticeable difference is about 0.02
        else:
            turn = np.degrees(np.arctan2(after[2], after[1]) - np.arctan2(before[2], before[1]))
            assert abs(turn) < allowed


def test_black_and_white_stay_under_a_grade():
    beat = Beat(PlacedEffect(effect="grade", strength=1), 0, 24.0)
    grade = find("grade", STRONG["grade"] | {"highlights": (90, 0.1), "gamma": 1.3})
    for luma in (16, 235):
        assert_array_equal(grade.picture(flat(luma), beat), flat(luma))


def grained(picture, frame, **changed):
    one = PlacedEffect(effect="grain", strength=1)
    return planes(find("grain", changed).picture(picture, Beat(one, frame, 24.0)))[0].astype(float)


def test_grain_is_of_the_middle_tones_and_new_on_every_frame():
    deviations = {luma: grained(flat(luma), 3).std() for luma in (16, 60, 100, 220, 235)}
    assert deviations[100] == pytest.approx(8, rel=0.1)
    assert deviations[16] == deviations[235] == 0
    assert deviations[60] > deviations[220] > 0
    a, b = grained(flat(100), 3).ravel(), grained(flat(100), 4).ravel()
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.05
    assert_array_equal(grained(flat(100), 3), grained(flat(100), 3))


def test_grain_has_its_size_whatever_that_of_the_picture():
    """Neighbours at the same share of the height are alike at any size."""
    alike = []
    for height in (360, 720):
        noise = grained(flat(100, (height * 16 // 9, height)), 1, size=0.004) - 100
        step = round(0.003 * height)
        alike.append(np.corrcoef(noise[:-step].ravel(), noise[step:].ravel())[0, 1])
    assert alike[0] == pytest.approx(alike[1], abs=0.1)
    assert alike[0] > 0.2


# Safety


def film_of_all(strength: float = 1.0) -> list[EffectCue]:
    struck = [
        EffectCue(effect=name, on="kick", strength=strength, settings=STRONG.get(name, {}))
        for name in STRUCK
    ]
    held = [EffectCue(effect=n, on="energy", strength=strength, settings=STRONG.get(n, {}))
            for n in HELD if n not in ("letterbox", "fade")]  # fmt: skip
    return [*struck, *held]


PICTURES = {
    "dark": lambda _: flat(40),
    "middle": lambda _: flat(110),
    "bright": lambda _: flat(205),
    "mixed": lambda _: mixed(),
    "board 4": lambda _: chequered(4),
    "board 7": lambda _: chequered(7, 60, 200),
    "board 12": lambda _: chequered(12),
}


def measured(tmp_path: Path, timeline, spec) -> tuple[list, float]:
    """What both of our meters find, the second written apart from the first."""
    meter, small = FlashMeter(spec.rate), []
    for i, frame in enumerate(shown(tmp_path, timeline, spec)):
        meter.feed(i, thumb_of(frame))
        small.append(frame.to_ndarray(format="rgb24"))
    return meter.stretches, flashes(small, float(spec.rate))


@pytest.mark.parametrize("kind", PICTURES)
def test_all_effects_at_full_strength_sixteen_times_a_second_never_flash(tmp_path, kind):
    board = cued(*film_of_all(), starts=(0.0, 1.0, 1.5, 2.4, 3.1))
    board = board.model_copy(update={"finish": tuple(film_of_all())})
    struck = hit_at(np.arange(0, 4, 1 / 16).tolist())
    timeline, spec = edited(tmp_path, board, struck, PICTURES[kind])
    stretches, most = measured(tmp_path, timeline, spec)
    assert stretches == []
    assert most <= 3.5  # the other meter counts the half flash that a window may begin with
    told = [notice for notice in timeline.notices if "WCAG" in notice]
    assert {name for name in STRUCK if any(f"hits of {name}" in text for text in told)} == set(
        STRUCK
    )


@pytest.mark.parametrize("name", STRUCK)
def test_one_effect_at_full_strength_never_flashes(tmp_path, name):
    cue = EffectCue(effect=name, on="kick", strength=1, settings=STRONG[name])
    struck = hit_at(np.arange(0, 3, 1 / 16).tolist())
    for i, kind in enumerate(("board 7", "middle")):
        folder = tmp_path / str(i)
        folder.mkdir()
        timeline, spec = edited(folder, cued(cue, starts=(0.0,)), struck, PICTURES[kind])
        assert timeline.cuts[0].effects[0].hits, "some hits must stay"
        stretches, _ = measured(folder, timeline, spec)
        assert stretches == []


@pytest.mark.parametrize("name", ["punch-in", "shake", "zoom blur", "rgb split"])
def test_the_same_effects_would_flash_if_all_hits_stayed(name):
    """What the guard is for: a board that shakes flashes."""
    meter, picture = FlashMeter(RATE), chequered(6)
    hits = tuple((frame, 1.0) for frame in range(0, 72, 3))
    chain = Chain([PlacedEffect(effect=name, strength=1, settings=STRONG[name], hits=hits)], RATE)
    for frame in range(72):
        meter.feed(frame, thumb_of(frame_of(chain.picture(picture, frame))))
    assert meter.stretches


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(1, 6), st.floats(0, 1)), max_size=80),
    st.sets(st.integers(0, 200), max_size=8),
    st.sampled_from([Fraction(24), Fraction(30000, 1001)]),
)
@settings(max_examples=60)
def test_no_second_holds_more_changes_than_its_cuts_and_the_limit(hits, cuts, rate):
    fixed = [Strike(frame, 1, 1.0, "cut") for frame in cuts]
    strikes = [Strike(f, n, w, f"{n}") for f, n, w in hits]
    out = calm(fixed, strikes, 220, rate)
    kept = [strike for i, strike in enumerate(strikes) if i not in out]
    for first in range(201):
        inside = [s for s in kept if first <= s.frame < first + rate]
        if not inside:
            continue
        frames = {s.frame for s in inside} | {f for f in cuts if first <= f < first + rate}
        changes = sum(
            together([s for s in [*inside, *fixed] if s.frame == frame]) for frame in frames
        )
        assert changes <= MOST


def test_a_strobe_thins_to_an_even_beat():
    strikes = [Strike(frame, 2, 1.0, "flash") for frame in range(0, 240, 3)]
    out = calm([], strikes, 240, RATE)
    kept = [strike.frame for i, strike in enumerate(strikes) if i not in out]
    assert len(set(np.diff(kept))) == 1


# Others' effects, and errors


def announced(monkeypatch, **makers):
    points = [
        SimpleNamespace(name=name.replace("_", " "), value=f"pack:{name}", load=lambda m=maker: m)
        for name, maker in makers.items()
    ]
    monkeypatch.setattr(registry, "entry_points", lambda **_: points)


def test_the_example_of_ones_own_works_by_its_name(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "examples")
    sys.modules.pop("negative_effect", None)
    from negative_effect import Negative

    announced(monkeypatch, negative=Negative)
    assert names()[-1] == "negative"
    assert described()[len(OWN)].settings[0].name == "hold"
    cue = EffectCue(effect="negative", on="kick", strength=1)
    timeline, spec = edited(tmp_path, cued(cue, starts=(0.0,)), hit_at([1.0]), lambda _: flat(40))
    means = [thumb_of(frame).mean for frame in shown(tmp_path, timeline, spec)]
    assert np.flatnonzero(np.array(means) > 150).tolist() == [24, 25, 26]


def test_hits_of_an_effect_that_tells_nothing_are_counted_as_many(monkeypatch, tmp_path):
    class Strobe:
        def picture(self, picture, beat):
            return 251 - picture if beat.last()[0] == 0 else picture

    announced(monkeypatch, strobe=Strobe)
    cue = EffectCue(effect="strobe", on="kick", strength=1)
    struck = hit_at(np.arange(0, 3, 1 / 12).tolist())
    timeline, _ = edited(tmp_path, cued(cue, starts=(0.0,)), struck, lambda _: flat(40))
    hits = [frame for frame, _ in timeline.cuts[0].effects[0].hits]
    assert max(sum(f <= g < f + 24 for g in hits) for f in hits) <= 2


def test_another_package_cannot_take_our_name(monkeypatch):
    announced(monkeypatch, push=SimpleNamespace)
    assert names().count("push") == 1


@pytest.mark.parametrize(
    ("cue", "said"),
    [
        ({"effect": "wobble"}, r"shot s00: no effect is called 'wobble'; known: punch-in, push"),
        (
            {"effect": "push", "settings": {"speed": 2}},
            r"has no setting .speed.; it has amount",
        ),
        ({"effect": "push", "settings": {"amount": 9}}, r"amount of 9 is not between 0 and 0\.5"),
        ({"effect": "push", "settings": {"at": 3}}, r"at must be across and down"),
        ({"effect": "flash", "on": "energy"}, r"flash answers to hits, and energy has none"),
        ({"effect": "grain", "on": "kick"}, r"grain does not answer to the hits of kick"),
    ],
)
def test_a_cue_that_cannot_be_carried_out_is_refused_by_name(cue, said):
    board = cued(EffectCue.model_validate(cue))
    with pytest.raises(InvalidInput, match=said):
        check_cues(board)


def test_what_needs_an_analysis_says_so():
    song = Song(SONG.grid, None, RATE)
    with pytest.raises(InvalidInput, match="kick needs what was heard"):
        placed(EffectCue(effect="flash", on="kick"), Span(0, 0, 24, (0,), "shot s00"), song)


def test_every_effect_is_told_with_its_settings():
    for one in described():
        assert one.about.endswith(".")
        assert one.drivers
        assert all(setting.about for setting in one.settings), one.name
    assert set(LEVELS) <= set(next(one for one in described() if one.name == "push").drivers)
