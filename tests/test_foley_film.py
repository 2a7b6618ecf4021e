"""`songreel foley`: every film is delivered, with its sound or with the reason why not."""

import shutil
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from scipy.io import wavfile

from songreel.assembly.mixing import mix as mixing
from songreel.desk import NOTHING, Spending
from songreel.foley import Foley, Wish
from songreel.foley_place import place_without_film
from songreel.generation.patience import Patience
from songreel.generation.sound import orders, registry
from songreel.models.errors import InvalidInput, MachineError
from songreel.models.files import sha256_of
from songreel.models.foley_track import FoleyTrack
from songreel.models.mix import MixSpec
from songreel.models.render import Render
from songreel.models.timeline import Timeline
from songreel.project import Project
from songreel.settings import Settings
from songreel.sound.pcm import read
from songreel.store.ledger import Ledger
from support.clicks import drum_track
from support.command import command
from support.foley_shop import FoleyShop, make_film
from support.makers import Clock
from support.meter import ffmpeg_reads
from support.shop import Crash, failing, telling
from support.sound_shop import PRICE

FPS = Fraction(25)
AGREED = Spending(consent=lambda quote, bounds: True)  # noqa: ARG005
SECONDS = Fraction(18, 5)
OWN = (0.1 * np.sin(np.arange(round(SECONDS * 48_000)) / 20)).astype(np.float32)[None]
"""A film's own sound."""


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(orders, "Patience", lambda: Patience(clock=clock, sleep=clock.sleep))


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """The source that every name stands for."""
    found = FoleyShop(tmp_path / "shop")
    found.longest = 2.0
    monkeypatch.setattr(registry, "create", lambda name, context: found)  # noqa: ARG005
    return found


@pytest.fixture
def foley(tmp_path):
    database = f"sqlite:///{tmp_path / 'ledger.db'}"
    return Foley(Settings(tmp_path / "work", 1, database, tmp_path / "config"))


@pytest.fixture
def film(tmp_path):
    """Three shots of 1.2 s, a piece each, with a sound of its own."""
    return make_film(tmp_path / "film.mp4", 90, FPS, [30, 60], sound=OWN)


def heard(path: Path) -> np.ndarray:
    return read(path, 48_000).samples


def played(path: Path) -> int:
    """Samples that a player plays: in an MP4 what its edit list says, as AAC comes in frames."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        return round(stream.duration * stream.time_base * 48_000)


def pictures(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rate", "sounding"), [(Fraction(24), True), (FPS, False), (Fraction(30000, 1001), True)]
)
def test_95_seconds_come_back_as_95_seconds(tmp_path, foley, shop, rate, sounding):
    shop.longest = 30.0
    frames = round(95 * rate)
    sound = np.tile(OWN, (1, 27))[:, : 95 * 48_000] if sounding else None
    film = make_film(
        tmp_path / "film.mp4", frames, rate, [round(s * rate) for s in (20, 41, 66)], sound=sound
    )
    before = film.read_bytes()
    done = foley.make(foley.place(str(film)), Wish(), spending=AGREED)
    track = done.track
    assert not done.failure
    assert (track.outcome, track.frames, track.output_frames) == ("whole", frames, frames)
    assert track.samples == track.output_samples == round(frames / rate * 48_000)
    output = done.place.output
    assert output == tmp_path / "film.foley.mp4"
    assert played(output) == track.samples
    assert pictures(output) == pictures(film)
    assert film.read_bytes() == before
    assert len(track.parts) >= 4
    assert all(abs(part.step) < 1 for part in track.parts[1:])
    reading = ffmpeg_reads(heard(output)[:, : track.samples], 48_000, "stereo")
    assert abs(reading.integrated + 14) < 1
    assert reading.true_peak <= -1
    assert track.loudness == pytest.approx(reading.integrated, abs=0.1)
    assert FoleyTrack.load(tmp_path / "film.foley.json") == track
    assert sha256_of(tmp_path / track.stem) == track.stem_sha256


@pytest.mark.parametrize(
    "mode",
    [*(pytest.param(mode, marks=pytest.mark.slow) for mode in ("keep", "replace")), "mix", "duck"],
)
@pytest.mark.usefixtures("shop")
def test_modes(foley, film, mode):
    done = foley.make(
        foley.place(str(film)), Wish(mix=MixSpec(mode=mode, target=None)), spending=AGREED
    )
    assert done.track.outcome == "whole"
    assert played(done.place.output) == SECONDS * 48_000
    sound = heard(done.place.output)[0, : OWN.size]
    stem = heard(done.place.output.parent / done.track.stem)[0]
    middle = sound[48_000 : 48_000 + round(200 * np.pi) * 100]
    own = np.abs(np.exp(-1j * np.arange(middle.size) / 20) @ middle) / middle.size * 2
    expected = {"keep": 0.1, "mix": 0.1, "replace": 0.0, "duck": 0.1 * 10 ** (-12 / 20)}
    assert own == pytest.approx(expected[mode], abs=0.012)
    noise = np.abs(np.diff(sound)).mean()
    assert (noise > 0.5 * np.abs(np.diff(stem)).mean()) == (mode != "keep")


def test_a_second_run_buys_nothing_and_replaces_nothing(foley, shop, film):
    place = foley.place(str(film))
    foley.make(place, Wish(), spending=AGREED)
    sold = shop.sold
    first, written = place.output.read_bytes(), place.output.stat().st_mtime_ns
    same = foley.make(place, Wish())
    assert same.track.outcome == "whole"
    assert (place.output.stat().st_mtime_ns, shop.sold) == (written, sold)
    with pytest.raises(InvalidInput, match=r"film\.foley\.mp4 exists"):
        foley.make(place, Wish(mix=MixSpec(mode="duck")), spending=AGREED)
    again = foley.make(place, Wish(), force=True)  # nobody is asked: there is nothing to pay
    assert (shop.sold, again.bill.run) == (sold, 0)
    assert place.output.read_bytes() == first
    shutil.rmtree(place.folder / "pieces")
    foley.make(place, Wish(), force=True)
    assert shop.sold == sold


def test_a_crash_at_the_third_piece_is_gone_on_from(foley, shop, film, monkeypatch):
    place, calls = foley.place(str(film)), []
    send = shop.submit

    def submit(request, files):
        calls.append(request)
        job = send(request, files)
        if len(calls) == 3:
            raise Crash
        return job

    monkeypatch.setattr(shop, "submit", submit)
    with pytest.raises(Crash):
        foley.make(place, Wish(), spending=AGREED)
    assert not place.output.exists()
    done = foley.make(place, Wish(), spending=AGREED)
    assert done.track.outcome == "whole"
    # The third was taken before the crash: it is found at the service and not sent again.
    assert shop.sold == len(calls) == 3
    assert done.bill.project == 3 * PRICE


def down_for_good(shop, monkeypatch):
    monkeypatch.setattr(shop, "submit", lambda *_: telling(down=True)())


def refuses(shop, monkeypatch):
    monkeypatch.setattr(shop, "submit", lambda *_: telling(refused=True)())


def fails(shop, monkeypatch):
    monkeypatch.setattr(shop, "poll", lambda _: failing()())


def delivers_rubbish(shop, monkeypatch):
    """Paid for; asked for again with another seed, until the price that was agreed to is spent."""
    (shop.world / "rubbish").write_text("no sound")
    state = failing()().model_copy(
        update={"status": "done", "result": str(shop.world / "rubbish"), "detail": ""}
    )
    monkeypatch.setattr(shop, "poll", lambda _: state)


def full_disk(shop, monkeypatch):  # noqa: ARG001
    def fulfil(*_, **__):
        raise MachineError("the disk is full")

    monkeypatch.setattr(orders, "fulfil", fulfil)


def no_mix(shop, monkeypatch):  # noqa: ARG001
    def mix(*_, **__):
        raise MachineError("cannot write there")

    monkeypatch.setattr(mixing, "mix", mix)


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (down_for_good, "told off"),
        pytest.param(refuses, "told off", marks=pytest.mark.slow),
        pytest.param(fails, "it failed", marks=pytest.mark.slow),
        (delivers_rubbish, "over its budget"),
        pytest.param(full_disk, "the disk is full", marks=pytest.mark.slow),
        (no_mix, "could not be mixed: cannot write there"),
    ],
)  # fmt: skip
def test_each_fault_ends_in_a_delivered_film(foley, shop, film, monkeypatch, fault, says):
    with monkeypatch.context() as while_it_lasts:
        fault(shop, while_it_lasts)
        done = foley.make(foley.place(str(film)), Wish(), spending=AGREED)
    assert says in done.failure
    assert done.track.outcome == "none"
    assert done.place.output.read_bytes() == film.read_bytes()
    assert any("as it was, without new sound" in text for text in done.track.notices)
    # The same command again goes on, and replaces what was delivered without sound.
    again = foley.make(foley.place(str(film)), Wish(), spending=AGREED)
    if fault is not refuses:
        assert again.track.outcome == "whole"
    assert again.bill.project <= 6 * PRICE


def test_a_fault_in_one_piece_leaves_a_gap_that_a_later_run_fills(foley, shop, film, monkeypatch):
    send, place = shop.submit, foley.place(str(film))

    def submit(request, files):
        if files.seen.name == pieces[1]:
            telling(refused=True)()
        return send(request, files)

    with place.held(), foley._task(place, Wish(), None, lambda *_: None) as task:
        pieces = [each.files.seen.name for each in task.orders.wanted]
    with monkeypatch.context() as while_it_lasts:
        while_it_lasts.setattr(shop, "submit", submit)
        done = foley.make(place, Wish(mix=MixSpec(mode="replace")), spending=AGREED)
    assert done.track.outcome == "part"
    assert "1 of 3 pieces of sound are missing" in done.failure
    assert [part.take is None for part in done.track.parts] == [False, True, False]
    gap = heard(place.output)[:, round(1.4 * 48_000) : round(1.8 * 48_000)]
    assert np.abs(gap).max() < 1e-3
    assert any(text.startswith("f002 (1.20 to 2.40 s)") for text in done.track.notices)
    again = foley.make(place, Wish(mix=MixSpec(mode="replace")), spending=AGREED)
    assert (again.track.outcome, shop.sold) == ("whole", 3)
    assert np.abs(heard(place.output)[:, round(1.4 * 48_000) : round(1.8 * 48_000)]).max() > 0.01


def test_a_changed_file_is_not_taken_for_ours(foley, shop, film, monkeypatch):
    place = foley.place(str(film))
    with monkeypatch.context() as while_it_lasts:
        down_for_good(shop, while_it_lasts)
        foley.make(place, Wish(), spending=AGREED)
    place.output.write_bytes(place.output.read_bytes() + b"mine now")
    with pytest.raises(InvalidInput, match="exists"):
        foley.make(place, Wish(), spending=AGREED)


def test_a_cap_holds_and_what_it_reaches_is_used(tmp_path, foley, shop, film):
    spending = Spending(budget=2 * PRICE, consent=AGREED.consent)
    done = foley.make(foley.place(str(film)), Wish(), spending=spending)
    assert (done.track.outcome, shop.sold) == ("part", 2)
    assert "over" in done.failure
    assert done.bill.project == 2 * PRICE
    raised = foley.make(
        foley.place(str(film)), Wish(), spending=Spending(Decimal(1), AGREED.consent)
    )
    assert (raised.track.outcome, shop.sold) == ("whole", 3)
    assert raised.track.cost.usd == 3 * PRICE
    assert Ledger(tmp_path / "ledger.db").booked() == 3 * PRICE


def test_nobody_agreed_nothing_is_bought(foley, shop, film):
    with pytest.raises(InvalidInput, match=r"would cost 0\.30 USD; nothing was bought"):
        foley.make(foley.place(str(film)), Wish(), spending=NOTHING)
    assert shop.sold == 0
    assert not (film.parent / "film.foley.mp4").exists()
    quote = foley.quote(foley.place(str(film)), Wish())
    assert quote.total.high == 3 * PRICE
    assert [piece.label for piece in quote.pieces] == ["f001", "f002", "f003"]


def test_sound_by_itself(tmp_path, foley, shop):
    shop.sees = False
    out = tmp_path / "waves.wav"
    wish = Wish(prompt="waves on shingle", mix=MixSpec(codec="wav"))
    done = foley.make(place_without_film(out), wish, seconds=Fraction(3), spending=AGREED)
    assert heard(out).shape[1] == 3 * 48_000
    assert done.track.outcome == "whole"
    assert all("waves on shingle" in cue.prompt for cue in done.track.plan.cues)
    assert len(done.track.parts) == shop.sold > 1


def test_sound_by_itself_that_cannot_be_had_is_an_error(tmp_path, foley, shop, monkeypatch):
    down_for_good(shop, monkeypatch)
    wish = Wish(prompt="waves", mix=MixSpec(codec="wav"))
    with pytest.raises(InvalidInput, match="no sound was delivered: .*told off"):
        foley.make(place_without_film(tmp_path / "w.wav"), wish, seconds=Fraction(3),
                   spending=AGREED)  # fmt: skip


def test_what_cannot_be_mixed_is_told_before_anything_is_bought(tmp_path, foley, shop):
    silent = make_film(tmp_path / "silent.mp4", 50, FPS)
    for mix, says in (
        (MixSpec(mode="keep"), "no sound of its own to keep"),
        (MixSpec(fade_in=1.5, fade_out=1.5), "do not fit a film of 2.00 s"),
    ):
        with pytest.raises(InvalidInput, match=says):
            foley.make(foley.place(str(silent)), Wish(mix=mix), spending=AGREED)
    with pytest.raises(InvalidInput, match="num_steps is 900"):
        foley.make(foley.place(str(silent)), Wish(settings={"num_steps": 900}), spending=AGREED)
    assert shop.sold == 0


@pytest.mark.slow
def test_a_project_says_what_its_shots_sound_like(tmp_path, foley, shop):
    wavfile.write(tmp_path / "drums.wav", 24000, drum_track(120.0, bars=6).mono)
    made = command(tmp_path)(
        "make", "drums.wav", "-p", "film", "--size", "90", "--look", "far-orbit"
    )
    project = Project.open(tmp_path / "film")
    timeline = Timeline.load(project.timeline)
    shop.longest = 6.0
    done = foley.make(foley.place(str(project.folder)), Wish(prompt="wind"), spending=AGREED)
    assert done.place.output == project.folder / "drums.foley.mp4"
    assert (project.folder / "drums.foley.json").is_file()
    assert (done.track.outcome, done.track.output_frames) == ("whole", timeline.frames)
    edges = {cut.start for cut in timeline.cuts}
    assert all(cue.splits_shot or cue.start in edges for cue in done.track.plan.cues)
    shots = [shot for cue in done.track.plan.cues for shot in cue.shots]
    assert list(dict.fromkeys(shots)) == [cut.shot for cut in timeline.cuts]
    assert len({cue.prompt for cue in done.track.plan.cues}) > 1
    assert all("wind" in cue.prompt for cue in done.track.plan.cues)
    assert (project.folder / "foley").is_dir()
    assert sha256_of(tmp_path / made.stdout.strip()) == Render.load(project.render).sha256
