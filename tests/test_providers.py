"""What every source of clips must do, asked of each of them."""

from fractions import Fraction
from pathlib import Path
from time import monotonic, sleep

import numpy as np
import pytest

from songreel.generation.encode import write_clip
from songreel.generation.fetch import fetch, local_path
from songreel.generation.provider import Context
from songreel.generation.providers.builtin import Builtin
from songreel.generation.providers.footage import Footage
from songreel.generation.providers.still import StillImage
from songreel.generation.shelf import measure
from songreel.models.clip import NO_IMAGES, ClipRequest, Drive, Images, Job, Portion, Still
from songreel.models.errors import MachineError, ProviderError
from songreel.models.files import sha256_of
from songreel.models.money import FREE
from songreel.models.music import Curve
from songreel.models.storyboard import CameraMove, ShotSize
from support.cloud.server import Cloud
from support.makers import Elsewhere, Painter
from support.pictures import read_video, scenery, write_photo, write_video
from support.services import provider_of

CURVE = Curve(rate=10.0, values=(0.4, 0.6))
DRIVE = Drive(beats=(0.0, 0.5), downbeats=(0.0,), energy=CURVE, brightness=CURVE, bass=CURVE)


def wanted(frames: int = 12, **more) -> ClipRequest:
    fields = {
        "prompt": "a coast at dusk", "camera": CameraMove.PUSH_IN, "size": ShotSize.WIDE,
        "palette": [[0.2, 0.1, 250], [0.5, 0.1, 300], [0.8, 0.1, 30]], "energy": 0.5,
        "motion": 0.5, "seed": 7, "width": 160, "height": 90, "rate": Fraction(24),
        "frames": frames, "drive": DRIVE,
    }  # fmt: skip
    return ClipRequest(**(fields | more))


def make(name: str, folder: Path):
    """A provider of each kind, with a scratch folder of its own."""
    context = Context(scratch=folder / "scratch", footage=folder / "footage", workers=2)
    if name == "footage":
        (folder / "footage").mkdir(exist_ok=True)
        write_photo(folder / "footage" / "a.jpg", scenery(320, 180))
        moving = [scenery(160, 90, 90, 4.0 * i) for i in range(50)]
        write_video(folder / "footage" / "b.mp4", moving)
    if name in SERVICES:
        return provider_of(name, context.scratch, wait=10.0, lag=0.0)
    makers = {
        "builtin": lambda: Builtin(context),
        "footage": lambda: Footage(context),
        "painter": lambda: Painter(context),
        "still": lambda: StillImage(context),
        "elsewhere": lambda: Elsewhere(folder / "world"),
    }
    return makers[name]()


SERVICES = ("replicate", "fal")
HERE = ("builtin", "footage", "painter", "still")
local = pytest.mark.parametrize("provider", HERE, indirect=True)
as_asked = pytest.mark.parametrize("provider", [*HERE, "elsewhere"], indirect=True)
"""Sources that make what the film asks for, frame by frame."""
FETCHED: list[Path] = []
"""The folder of what is fetched."""
PICTURES: dict[str, Path] = {}
"""By sha256: what requests that begin with a picture are given."""


@pytest.fixture(scope="module", autouse=True)
def _pictures(tmp_path_factory):
    FETCHED[:] = [tmp_path_factory.mktemp("pictures")]
    path = write_photo(FETCHED[0] / "a.jpg", scenery(320, 180))
    PICTURES[sha256_of(path)] = path


@pytest.fixture(scope="module")
def cloud():
    with Cloud() as made:
        yield made


@pytest.fixture(params=[*HERE, "elsewhere", *SERVICES])
def provider(request, tmp_path, monkeypatch):
    if request.param in SERVICES:
        for name, value in request.getfixturevalue("cloud").environment().items():
            monkeypatch.setenv(name, value)
    (tmp_path / "scratch").mkdir()
    made = make(request.param, tmp_path)
    yield made
    made.close()


def submit(provider, request: ClipRequest) -> Job:
    start = request.start and PICTURES[request.start.sha256]
    return provider.submit(request, Images(start=start) if start else NO_IMAGES)


def finish(provider, request: ClipRequest, within: float = 400.0) -> Path:
    """Submit and poll to the end. The built-in scenes may have to be compiled first."""
    job = submit(provider, request)
    end = monotonic() + within
    while monotonic() < end:
        state = provider.poll(job)
        if state.status == "done":
            path = local_path(state.result)
            if path is None:
                path = FETCHED[0] / f"{job.id}.mp4"
                fetch(state.result, path, provider=provider.name, headers=provider.headers)
            return path
        assert state.status == "waiting", state.detail
        assert 0 <= state.progress <= 1
        sleep(0.005)
    raise AssertionError(f"not done after {within} s")


def plan_one(provider, **more) -> ClipRequest:
    if provider.name == "still":
        more = {"start": Still(sha256=next(iter(PICTURES)))} | more
    return provider.plan({"s01": wanted(**more)})["s01"].request


def test_it_tells_of_itself(provider, tmp_path):
    standing = type(provider).describe(Context(scratch=tmp_path, footage=tmp_path))
    assert standing.ready
    assert standing.summary


def test_planning_keeps_the_shots_in_order_and_gives_each_enough(provider):
    asked = {f"s{i:02d}": wanted(seed=i) for i in range(5)}
    planned = provider.plan(asked)
    assert list(planned) == list(asked)
    for shot, portion in planned.items():
        request = portion.request
        assert request.source
        assert request.seed == asked[shot].seed
        assert portion.covered == 1
        assert portion.frames / portion.rate >= asked[shot].frames / asked[shot].rate
        # Of the user's pictures those hear it that are one photo: a video moves by itself.
        hears = {"footage": "photo 2" in request.source, "still": request.start is not None}
        hears_it = provider.traits.hears_music and hears.get(provider.name, True)
        assert (request.drive is not None) == hears_it


@as_asked
def test_a_plan_is_what_was_asked(provider):
    asked = {f"s{i:02d}": wanted(seed=i) for i in range(5)}
    for shot, portion in provider.plan(asked).items():
        request = portion.request
        assert portion == Portion.whole(request)
        same = {"source": (), "drive": None}
        # What decides nothing of the picture is levelled: a scene is cast by words, and drawn
        # without them.
        deaf = {
            "still": ("prompt", "size", "palette", "energy"),
            "footage": ("prompt", "motif", "size"),
            "builtin": ("prompt", "negative", "motif"),
        }
        same |= {name: getattr(request, name) for name in deaf.get(provider.name, ())}
        assert request.model_copy(update=same) == asked[shot].model_copy(update=same)


def test_planning_twice_is_the_same_plan(provider):
    asked = {f"s{i:02d}": wanted(seed=i) for i in range(5)}
    assert provider.plan(asked) == provider.plan(asked)


def test_what_costs_money_has_a_price_and_the_rest_has_none(provider):
    quote = provider.quote(plan_one(provider))
    assert (quote.high > 0) == (quote.low > 0) == provider.traits.costs_money
    assert bool(quote.basis) == provider.traits.costs_money
    assert provider.traits.costs_money or quote == FREE


def test_a_clip_has_the_form_it_was_planned_in(provider):
    request = plan_one(provider)
    facts = measure(finish(provider, request))
    assert facts.frames >= request.frames
    assert facts.rate == request.rate
    assert (facts.width, facts.height) == (request.width, request.height)


@as_asked
def test_a_clip_has_its_size_its_rate_and_all_its_frames(provider):
    for rate in (Fraction(24), Fraction(30000, 1001)):
        for size in ((160, 90), (90, 160)):
            request = plan_one(provider, rate=rate, width=size[0], height=size[1])
            facts = measure(finish(provider, request))
            assert facts.frames >= request.frames
            assert facts.rate == rate
            assert (facts.width, facts.height) == size


def test_the_notes_say_what_is_seen(provider):
    notes = provider.notes(plan_one(provider))
    assert notes
    assert all(note.strip() for note in notes)


@as_asked
def test_the_same_request_gives_the_same_bytes(provider, tmp_path):
    assert provider.traits.deterministic
    (tmp_path / "again" / "scratch").mkdir(parents=True)
    other = make(provider.name, tmp_path / "again")
    first = finish(provider, plan_one(provider))
    second = finish(other, plan_one(other))
    other.close()
    assert first != second
    assert sha256_of(first) == sha256_of(second)


@pytest.mark.parametrize("provider", ["builtin", "footage", "still", *SERVICES], indirect=True)
def test_a_picture_is_not_black_and_moves(provider):
    frames = read_video(finish(provider, plan_one(provider, frames=24)))
    assert np.mean(frames) > 5
    assert np.abs(frames[0].astype(float) - frames[-1]).mean() > 0.5


@local
def test_a_request_submitted_twice_is_one_job(provider):
    request = plan_one(provider)
    first = submit(provider, request)
    assert submit(provider, request) == first


def test_an_unknown_job_is_an_error(provider):
    request = plan_one(provider)
    with pytest.raises(ProviderError, match="nobody-knows"):
        provider.poll(Job(provider=provider.name, id="nobody-knows", request=request))
    provider.cancel(Job(provider=provider.name, id="nobody-knows", request=request))


@local
def test_a_job_cancelled_midway_leaves_nothing(provider, tmp_path):
    finish(provider, plan_one(provider)).unlink()  # so that nothing has to be compiled below
    request = plan_one(provider, frames=4000, width=320, height=180)
    job = submit(provider, request)
    until = monotonic() + 60
    while provider.poll(job).progress == 0 and monotonic() < until:
        sleep(0.001)
    assert 0 < provider.poll(job).progress < 1
    provider.cancel(job)
    while provider.poll(job).status == "waiting" and monotonic() < until:
        sleep(0.001)
    assert provider.poll(job).status == "failed"
    assert list((tmp_path / "scratch").iterdir()) == []


def test_closing_stops_what_is_under_way(tmp_path):
    painter = Painter(Context(scratch=tmp_path, workers=2), slow=0.002)
    for seed in range(4):
        painter.submit(painter.plan({"s": wanted(4000, seed=seed)})["s"].request)
    sleep(0.05)
    began = monotonic()
    painter.close()
    assert monotonic() - began < 2.0
    assert list(tmp_path.iterdir()) == []


# The clip file


def test_colours_are_bt709_limited_and_say_so(tmp_path):
    import av

    colours = [
        (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (128, 128, 128),
        (200, 120, 40), (30, 180, 220), (255, 200, 0),
    ]  # fmt: skip
    patches = [np.full((64, 96, 3), colour, dtype=np.uint8) for colour in colours]
    path = tmp_path / "colours.mp4"
    write_clip(iter(patches), path, width=96, height=64, rate=Fraction(25), count=len(patches))
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        told = (context.colorspace, context.color_primaries, context.color_trc)
        assert told == (1, 1, 1)  # BT.709 in H.273
        assert context.color_range == 1  # limited
        assert not context.has_b_frames
        for frame, colour in zip(container.decode(video=0), colours, strict=True):
            planes = [
                np.frombuffer(p, np.uint8).reshape(-1, p.line_size)[10, 10] for p in frame.planes
            ]
            y, cb, cr = (
                (float(value) - zero) / span
                for value, zero, span in zip(planes, (16, 128, 128), (219, 224, 224), strict=True)
            )
            back = (y + 1.5748 * cr, y - 0.1873 * cb - 0.4681 * cr, y + 1.8556 * cb)
            # 8-bit limited range rounds chroma to 1/224 of a gain of 1.86: up to 1.1 levels.
            assert np.abs(np.array(back) * 255 - colour).max() <= 2, colour


def test_a_seek_decodes_few_frames(tmp_path):
    import av

    path = tmp_path / "long.mp4"
    pictures = (scenery(96, 64, shift=i) for i in range(60))
    write_clip(pictures, path, width=96, height=64, rate=Fraction(25), count=60)
    with av.open(str(path)) as container:
        keys = [i for i, p in enumerate(container.demux(video=0)) if p.is_keyframe and p.size]
    assert max(np.diff([*keys, 60])) <= 12


def test_frames_that_end_early_leave_no_file(tmp_path):
    short = (np.zeros((64, 96, 3), np.uint8) for _ in range(3))
    with pytest.raises(ValueError, match="ended at 3 of 5"):
        write_clip(short, tmp_path / "a.mp4", width=96, height=64, rate=Fraction(24), count=5)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path):
    frame = (np.zeros((64, 96, 3), np.uint8) for _ in range(3))
    with pytest.raises(MachineError, match=r"cannot write .*gone/a\.mp4: No such file"):
        write_clip(
            frame, tmp_path / "gone" / "a.mp4", width=96, height=64, rate=Fraction(24), count=3
        )
