"""Movements meet accents, within what a clip has."""

from fractions import Fraction

import numpy as np
import pytest

from songreel.assembly.accents import STRONG, Accent, accents, heard_in
from songreel.assembly.edit import edit
from songreel.assembly.landing import land
from songreel.models.clip import Clip, ClipRequest, Drive, Still
from songreel.models.effect import EffectCue
from songreel.models.errors import InvalidInput
from songreel.models.motion import Motion, Peak
from songreel.models.music import Curve
from songreel.models.render import RenderSpec
from songreel.models.schedule import schedule
from songreel.models.storyboard import CameraMove, ShotSize
from support.barcodes import GREYS, HEIGHT, WIDTH
from support.boards import SONG, board
from support.films import CROSSFADE, CUT

RATE = Fraction(24)
SPEC = RenderSpec(width=WIDTH, height=HEIGHT, rate=RATE)


def clip(name: str, frames: int, **request) -> Clip:
    """A clip document without a file: nothing here reads one."""
    asked = ClipRequest(
        prompt=name, camera=CameraMove.STATIC, size=ShotSize.WIDE, palette=GREYS, energy=0.5,
        motion=0.5, seed=1, width=WIDTH, height=HEIGHT, rate=RATE, frames=frames, **request,
    )  # fmt: skip
    letter = f"{sum(map(ord, name)) % 16:x}"
    return Clip(request=asked, provider="test", file=f"{name}.mp4", sha256=letter * 64,
                frames=frames, rate=RATE, width=WIDTH, height=HEIGHT)  # fmt: skip


def motion(of: Clip, *at: float, cuts=(), poor=()) -> Motion:
    """Clear peaks around the clip frames `at`: seen when they appear."""
    peaks = tuple(
        Peak(at=(frame - 0.5) / 24, height=1.0, prominence=0.9, clear=True) for frame in at
    )
    still = (0.1,) * of.frames
    return Motion(clip_sha256=of.sha256, code="", rate=RATE, values=still, camera=still,
                  peaks=peaks, cuts=cuts, poor=poor)  # fmt: skip


def placed(plan, clips, moving, heard, sources=None):
    """Placements, by shot."""
    shots = schedule(plan, RATE)
    motions = {one.clip_sha256: one for one in moving}
    at = sources or {shot.shot: shot.head for shot in shots}
    result = land(plan.shots, shots, clips, at, motions, heard, RATE)
    return result.by_shot, result.notices


PLAN = board((0.0, 2.0, 4.0, 6.0))
BEAT = Accent(3.0, 1.0, "downbeat")
"""24 frames into s01, which has frames [48, 96)."""


def one_landed(frames: int, *at: float, plan=PLAN, heard=(BEAT,), source=0, **more):
    made = clip("b", frames, **more.pop("request", {}))
    clips = {shot.id: made if shot.id == "s01" else clip("a", 48) for shot in plan.shots}
    sources = {shot.shot: shot.head for shot in schedule(plan, RATE)} | {"s01": source}
    shots, notices = placed(plan, clips, [motion(made, *at, **more)], heard, sources)
    return shots["s01"], notices


def test_a_clip_slips_until_its_height_is_seen_with_the_accent():
    shot, _ = one_landed(120, 60.0)
    assert (shot.source, shot.retime, shot.between) == (36, (), "nearest")
    assert shot.landing.accent == 3.0
    assert shot.landing.on == "downbeat"
    assert shot.landing.peak == pytest.approx(72)
    assert (shot.landing.before, shot.landing.after) == (pytest.approx(36), pytest.approx(0))
    assert shot.landing.slip == 36


def test_where_slipping_does_not_reach_the_clip_is_retimed_and_no_more_than_is_unseen():
    """No frame to spare: the height comes 4 frames early and time can only run slower."""
    shot, _ = one_landed(48, 20.0)
    assert shot.source == 0
    assert shot.between == "flow"
    assert 0.8 <= shot.landing.speed < 1
    assert abs(shot.landing.after) <= 1
    assert shot.landing.after == pytest.approx(20 / shot.landing.speed - 24, abs=0.6)
    far, _ = one_landed(48, 10.0)
    assert far.landing is None
    assert (far.source, far.retime) == (0, ())


def test_slip_goes_before_retime():
    shot, _ = one_landed(49, 25.0)
    assert (shot.source, shot.retime) == (1, ())


def test_nothing_is_shown_that_the_clip_does_not_have():
    rng = np.random.default_rng(3)
    for _ in range(60):
        frames = int(rng.integers(40, 120))
        peaks = sorted(rng.uniform(3, frames - 3, rng.integers(1, 4)))
        heard = tuple(Accent(2.2 + 0.4 * k, float(rng.uniform(0.2, 1)), "beat") for k in range(4))
        shot, _ = one_landed(frames, *peaks, heard=heard)
        if frames < 48 and not shot.retime:
            continue  # too short at any speed: held, as planned
        last = shot.source + 47 if not shot.retime else shot.source + 47 * shot.retime[1][1] / 47
        assert shot.source >= 0
        assert last <= frames - 1 + 1e-3


def test_a_clip_without_a_clear_height_stays():
    shot, notices = one_landed(120)
    assert (shot.source, shot.retime, shot.landing, notices) == (0, (), None, [])


def test_a_shot_without_an_accent_stays():
    shot, _ = one_landed(120, 60.0, heard=(Accent(1.0, 1.0, "beat"), Accent(5.0, 1.0, "beat")))
    assert (shot.source, shot.landing) == (0, None)


def test_handles_of_transitions_stay_within_the_clip():
    fading = board((0.0, 2.0, 4.0, 6.0), (CUT, CROSSFADE, CROSSFADE, CUT))
    head, tail = schedule(fading, RATE)[1].head, schedule(fading, RATE)[1].tail
    assert head
    assert tail
    shot, _ = one_landed(48 + head + tail + 20, head + 30.0, plan=fading, source=head)
    assert shot.source == head + 6
    tight, _ = one_landed(48 + head + tail + 3, head + 30.0, plan=fading, source=head)
    assert tight.source - head >= 0
    assert tight.source + 47 + tail <= 48 + head + tail + 3 - 1 or tight.retime


def test_a_clip_too_short_is_slowed_rather_than_held():
    shot, notices = one_landed(42)
    assert shot.retime[1][1] / shot.retime[1][0] == pytest.approx(41 / 47, abs=1e-3)
    assert not notices


def test_a_shot_does_not_begin_black():
    shot, _ = one_landed(120, poor=((0, 7),))
    assert shot.source == 7


def test_a_shot_does_not_run_across_a_cut_inside_its_clip():
    shot, _ = one_landed(120, 30.0, cuts=(50,))
    last = shot.source + (shot.retime[-1][1] if shot.retime else 47)
    assert last <= 49 or shot.source >= 50


def test_portions_of_one_clip_stay_apart_and_in_order():
    shared = clip("shared", 120)
    plan = board((0.0, 2.0, 4.0, 6.0))
    clips = {"s00": clip("a", 48), "s01": shared, "s02": shared, "s03": clip("c", 200)}
    heard = (Accent(3.0, 1.0, "beat"), Accent(5.0, 1.0, "beat"))
    sources = {"s00": 0, "s01": 0, "s02": 48, "s03": 0}
    shots, _ = placed(plan, clips, [motion(shared, 30.0, 90.0)], heard, sources)
    first, second = shots["s01"], shots["s02"]
    assert first.landing is not None
    assert second.landing is not None
    assert first.source + 48 <= second.source
    assert second.source + 48 <= 120


def test_a_picture_that_comes_back_on_purpose_is_left_alone():
    shared = clip("shared", 120)
    plan = board((0.0, 2.0, 4.0, 6.0))
    clips = {"s00": clip("a", 48), "s01": shared, "s02": clip("c", 48), "s03": shared}
    sources = {"s00": 0, "s01": 5, "s02": 0, "s03": 5}
    shots, _ = placed(plan, clips, [motion(shared, 60.0)], (BEAT,), sources)
    assert (shots["s01"].source, shots["s03"].source) == (5, 5)


def test_clips_made_to_the_music_are_left_alone():
    flat = Curve(rate=1.0, values=(0.5,))
    drive = Drive(energy=flat, brightness=flat, bass=flat)
    shot, _ = one_landed(120, 60.0, request={"drive": drive})
    assert (shot.source, shot.landing) == (0, None)


def test_a_start_image_stays_the_first_picture():
    shot, _ = one_landed(120, 60.0, request={"start": Still(sha256="c" * 64)})
    assert shot.source == 0


def test_a_clip_that_the_next_one_goes_on_from_stays():
    first = clip("b", 120)
    going_on = Still(after=first.request.fingerprint, at=Fraction(2))
    plan = PLAN
    clips = {s.id: clip("a", 48) for s in plan.shots} | {
        "s01": first, "s02": clip("n", 120, start=going_on)
    }  # fmt: skip
    shots, _ = placed(plan, clips, [motion(first, 60.0)], (BEAT,))
    assert (shots["s01"].source, shots["s01"].retime) == (0, ())


@pytest.mark.parametrize(
    ("change", "told"),
    [({"locked": True}, "locked"), ({"keep": "abcdef01"}, "kept take abcdef01")],
)
def test_a_shot_that_was_settled_may_slip_and_it_is_told(change, told):
    plan = board((0.0, 2.0, 4.0, 6.0), s01=change)
    shot, notices = one_landed(120, 60.0, plan=plan)
    assert shot.source == 36
    assert notices == [
        f"shot s01 ({told}) is shown from 1.50 s further on, so that it moves on the downbeat "
        "at 0:03.00"
    ]


def ramped(frames: int, *at: float, strength=1.0, **settings):
    cue = EffectCue(effect="speed ramp", on="beat", strength=strength, settings=settings)
    plan = board((0.0, 2.0, 4.0, 6.0), s01={"effects": (cue,)})
    return one_landed(frames, *at, plan=plan)


def speeds(shot) -> np.ndarray:
    frames, shown = np.array(shot.retime).T
    return np.diff(np.interp(np.arange(48), frames, shown))


def test_a_ramp_is_slow_before_and_has_its_full_speed_at_the_accent():
    shot, notices = ramped(120, 60.0, before=0.5, after=1.5, ease=0.25)
    rate = speeds(shot)
    assert np.allclose(rate[:17], 0.5, atol=0.02)
    assert np.allclose(rate[25:], 1.5, atol=0.02)
    assert np.all(np.diff(rate) > -1e-2)  # eased: never back
    assert shot.between == "flow"
    assert shot.landing.after == pytest.approx(0, abs=0.6)
    assert not notices


def test_a_ramp_may_rush_in_and_fall_into_slow_motion():
    rate = speeds(ramped(160, before=2.0, after=0.5)[0])
    assert rate[2] == pytest.approx(2.0, abs=0.02)
    assert rate[-2] == pytest.approx(0.5, abs=0.02)


def test_a_ramp_is_made_smaller_where_the_clip_is_too_short_and_it_is_told():
    shot, notices = ramped(70, before=0.5, after=4.0)
    assert shot.retime
    assert notices
    assert "of its speed ramp: its clip is too short for more" in notices[0]
    _, notices = ramped(48, before=4.0, after=4.0)
    assert notices == ["shot s01 has no speed ramp: its clip is too short for one"]


@pytest.mark.parametrize(
    "settings",
    [{"before": 0.0}, {"after": 9.0}, {"ease": -1.0}, {"speed": 2.0}, {"before": "slow"}],
)
def test_a_ramp_that_cannot_be_is_refused_with_its_shot(settings):
    with pytest.raises(InvalidInput, match=r"shot s01: .*speed ramp"):
        ramped(120, **settings)


def test_downbeats_outweigh_beats_and_drums_lift_both():
    found = accents(PLAN, SONG)
    by_time = {round(one.at, 3): one for one in found}
    downbeat, beat = SONG.downbeats[1], SONG.beats[5]
    assert by_time[round(downbeat, 3)].weight > by_time[round(beat, 3)].weight
    assert by_time[round(downbeat, 3)].weight >= STRONG
    assert [one.at for one in found] == sorted(one.at for one in found)


def test_without_a_strong_accent_the_strongest_moment_of_the_shot_stands_in():
    weak = (Accent(2.5, 0.2, "beat"), Accent(3.0, 0.3, "beat"), Accent(3.5, 0.2, "beat"))
    assert heard_in(weak, 48, 96, RATE) == ((72, weak[1]),)
    assert heard_in((Accent(2.5, 0.05, "beat"),), 48, 96, RATE) == ()


def test_without_an_analysis_the_edit_is_as_planned():
    clips = {shot.id: clip("b", 120) for shot in PLAN.shots}
    timeline = edit(PLAN, clips, SPEC, motions={clips["s01"].sha256: motion(clips["s01"], 60.0)})
    assert all(cut.source == 0 and not cut.retime for cut in timeline.cuts)
