"""Many songs in one command: what is asked for, how it goes on, what it costs, what it tells."""

import json
import os
import re
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from songreel.batch.driver import Batch, Plan
from songreel.batch.engine import Work
from songreel.batch.film import finished
from songreel.batch.films import Film, films
from songreel.batch.money import allot
from songreel.batch.parcels import Carried, pack, unpack
from songreel.batch.record import BatchRecord, Outcome
from songreel.batch.say import Event
from songreel.batch.songs import find_songs
from songreel.batch.sources import farmed
from songreel.batch.sweep import Variation, read_sweep
from songreel.batch.wishes import Wishes
from songreel.models.clip import Sha256
from songreel.models.errors import InvalidInput
from songreel.models.files import sha256_of
from songreel.models.render import Render, RenderSpec, SyncReport
from songreel.project import Project
from songreel.settings import Settings
from songreel.store.batches import Batches
from support.clicks import drum_track
from support.command import command
from support.farms import journal, processes_in, until

SHA: Sha256 = "ab" * 32


def sweep(tmp_path, text, name="sweep.toml"):
    path = tmp_path / name
    path.write_text(text)
    return read_sweep(path)


def songs(folder, *names):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())
    return [folder / name for name in names]


def outcome(**more):
    fields = {
        "video": "a.mp4", "report": "report.html", "render": SHA, "plan": SHA, "ok": True,
        "verdict": "In sync.", "seconds": 10.0, "cuts": 4, "on_frame": 1.0,
    }  # fmt: skip
    return Outcome(**(fields | more))


def test_a_sweep_is_every_combination(tmp_path):
    found = sweep(tmp_path, 'looks = ["noir", "neon"]\nseeds = [1, 2]\nsize = 180\nfps = 30\n')
    wishes = [variation.wishes for variation in found]
    assert [(w.look, w.seed) for w in wishes] == [
        ("noir", 1), ("noir", 2), ("neon", 1), ("neon", 2),
    ]  # fmt: skip
    assert {(w.size, w.fps) for w in wishes} == {(180, "30")}
    assert found[0].told == {"look": "noir", "seed": 1}


def test_yaml_says_the_same(tmp_path):
    told = "looks: [noir, neon]\nseeds: [1, 2]\nsize: 180\nfps: 30\n"
    toml = 'looks = ["noir", "neon"]\nseeds = [1, 2]\nsize = 180\nfps = 30\n'
    assert sweep(tmp_path, told, "sweep.yaml") == sweep(tmp_path, toml)


def test_films_can_be_listed_one_by_one(tmp_path):
    found = sweep(
        tmp_path,
        'size = 180\n[[film]]\nsong = "a"\nlook = "noir"\n\n[[film]]\nlook = "neon"\nsize = 240\n',
    )
    assert [(v.song, v.wishes.look, v.wishes.size) for v in found] == [
        ("a", "noir", 180), (None, "neon", 240),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "name", "sentence"),
    [
        ('looks = ["a"]\nsead = 3\n', "s.toml", r"line 2: sead: .*did you mean seeds? or seeds?\?"),
        ("looks: [a]\nsead: 3\n", "s.yaml", r"line 2: sead: .*did you mean seed"),
        ("\nseeds = [1, 'two']\n", "s.toml", r"line 2: seed: .*valid integer.*'two'"),
        ("size = 1\nlooks = []\n", "s.toml", r"line 2: looks: the list is empty"),
        ("look = 'a'\nlooks = ['b']\n", "s.toml", r"line 2: looks: look is given twice"),
        ("[[film]]\nlook = 'a'\n[[film]]\nlok = 'b'\n", "s.toml", r"line 4: lok: .*mean look"),
        ("[[film]]\nseed = 1\n[[film]]\nseed = -1\n", "s.toml", r"line 4: seed: .*given -1"),
        ("seeds = [1, 2]\n[[film]]\nlook = 'a'\n", "s.toml", r"line 1: seeds?: .*exclude each"),
        ("looks = [\n", "s.toml", r"s.toml is not TOML"),
        (f"seeds = {list(range(200))}\nsizes = {list(range(100))}", "s.toml", "20000 films"),
    ],
)
def test_what_a_sweep_cannot_say_is_refused_with_its_line(tmp_path, text, name, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        sweep(tmp_path, text, name)


def test_songs_are_files_folders_and_patterns_each_once(tmp_path):
    songs(tmp_path, "b.mp3", "a.flac", "notes.txt", "live/c.ogg", ".hidden/d.mp3")
    songs(tmp_path, "film/song/a.wav", "film/project.json")
    names = [song.name for song in find_songs([tmp_path])]
    assert names == ["a.flac", "b.mp3", "c.ogg"], "no text, nothing hidden, no project's copy"
    found = find_songs([tmp_path / "b.mp3", tmp_path / "*.mp3", tmp_path / "l*"])
    assert [song.name for song in found] == ["b.mp3", "c.ogg"]
    for wrong, sentence in (
        (tmp_path / "x.mp3", "there is no file or folder"),
        (tmp_path / "*.wma", "no file matches"),
        (tmp_path / "film", "holds no song"),
    ):
        with pytest.raises(InvalidInput, match=sentence):
            find_songs([wrong])


def named(found):
    return [film.name for film in found]


def test_folders_say_what_a_film_is_and_the_first_of_every_song_comes_first(tmp_path):
    two = songs(tmp_path, "Harbour.mp3", "Rain?.mp3")
    variations = sweep(
        tmp_path,
        'looks = ["noir", "my/neon.yaml"]\naspects = ["16:9", "9:16"]\nseeds = [4]\nsize = 180\n',
    )
    assert named(films(two, variations[:2], {})) == [
        "Harbour - noir - 16x9", "Rain - noir - 16x9", "Harbour - noir - 9x16",
        "Rain - noir - 9x16",
    ]  # fmt: skip
    assert named(films(two[:1], variations[2:3], {})) == ["Harbour - neon - 16x9"]


def test_songs_of_one_name_are_told_apart(tmp_path):
    plain = [Variation(wishes=Wishes())]
    live = songs(tmp_path, "live/song.mp3", "studio/song.mp3")
    assert named(films(live, plain, {})) == ["song (live)", "song (studio)"]
    kinds = songs(tmp_path, "x/song.mp3", "x/song.wav")
    assert named(films(kinds, plain, {})) == ["song.mp3", "song.wav"]


def test_a_known_film_keeps_its_folder_and_another_gets_its_own(tmp_path):
    (song,) = songs(tmp_path, "song.mp3")
    (first,) = films([song], [Variation(wishes=Wishes(look="noir"))], {})
    assert first.name == "song"
    known = {first.mark: "song"}
    both = [Variation(wishes=Wishes(look="neon")), Variation(wishes=Wishes(look="noir"))]
    assert named(films([song], both, known)) == ["song - neon", "song"]
    (tmp_path / "elsewhere").mkdir()
    moved = song.rename(tmp_path / "elsewhere" / "song.mp3")
    assert films([moved], both[1:], {})[0].mark == first.mark
    moved.write_bytes(b"another recording")
    assert films([moved], both[1:], {})[0].mark != first.mark


def test_a_film_asked_for_twice_is_one_and_a_song_that_is_not_there_is_told(tmp_path):
    (song,) = songs(tmp_path, "song.mp3")
    twice = [Variation(wishes=Wishes(seed=1)), Variation(wishes=Wishes(seed=1))]
    assert len(films([song], twice, {})) == 1
    with pytest.raises(InvalidInput, match="names the song 'rain', which is not among song.mp3"):
        films([song], [Variation(wishes=Wishes(), song="rain")], {})


def test_the_record_keeps_finished_films_of_earlier_commands(tmp_path):
    a = Film(name="a", song=tmp_path / "a.mp3", sha256=SHA, wishes=Wishes(seed=1))
    b = a.model_copy(update={"name": "b", "wishes": Wishes(seed=2)})
    record = BatchRecord(id="x").with_films((a, b))
    done = record.films[0].model_copy(update={"state": "done", "outcome": outcome()})
    record = BatchRecord.from_json(record.put(done).to_json())
    again = record.with_films((b,))
    assert [(film.name, film.state) for film in again.films] == [("b", "waiting"), ("a", "done")]
    assert record.with_films((a,)).films[0].outcome == outcome()
    assert [film.name for film in record.with_films((a,)).films] == ["a"], "b was never begun"


def wishes_of(settings, **given):
    Wishes(**given).check(settings)


def test_what_films_name_is_looked_for_before_the_first_is_begun(tmp_path):
    settings = Settings(tmp_path, 1, "sqlite://", tmp_path)
    wishes_of(settings, style="calm", visuals="builtin", aspect="9:16", size=180)
    wishes_of(settings, visuals="local:tiny-mochi", steps=2)
    for given, sentence in (
        ({"look": "noirr"}, "noirr"),
        ({"style": "clam"}, "clam"),
        ({"visuals": "bultin"}, "no source of clips is called 'bultin'"),
        ({"visuals": "local:mochy"}, "mochi"),
        ({"aspect": "5:7"}, "aspect '5:7' is not known"),
        ({"size": 181}, "181 pixels"),
        ({"tracker": "nobody"}, "nobody"),
        ({"footage": str(tmp_path / "none")}, "footage .*none is not there"),
    ):
        with pytest.raises(InvalidInput, match=sentence):
            wishes_of(settings, **given)


def test_the_farm_makes_local_clips_and_nothing_else(tmp_path):
    settings = Settings(tmp_path, 1, "sqlite://", tmp_path)
    named = {"builtin", "still", "footage", "local:tiny-wan", "replicate:hailuo-02"}
    assert farmed(named, settings) == ("builtin", "local:tiny-wan")


@pytest.fixture
def project(tmp_path):
    """A finished film, as far as its documents say."""
    song = tmp_path / "song.wav"
    drums = drum_track(120.0, bars=1).mono
    wavfile.write(song, 24000, np.round(drums / np.abs(drums).max() * 30000).astype(np.int16))
    made = Project.start(tmp_path / "out" / "song", song, sha256_of(song))
    made.plan.write_text("{}")
    (made.folder / "song.mp4").write_bytes(b"a film")
    video = sha256_of(made.folder / "song.mp4")
    Render(
        file="song.mp4", sha256=video, spec=RenderSpec(), frames=1, seconds=1.0, fingerprint=SHA,
        reused_segments=0, made_segments=1,
    ).save(made.render)  # fmt: skip
    SyncReport(
        video="song.mp4", video_sha256=video, spec=RenderSpec(), beat_locked=True,
        frames_expected=1, frames_found=1, samples_expected=1, samples_found=1, sample_rate=44100,
        audio_offset=0, audio_drift=0, audio_exact=True, cuts=(), faults=(), substitutions=(),
        ok=True,
    ).save(made.report)  # fmt: skip
    return made


@pytest.mark.parametrize(
    "change", ["nothing", "video", "render", "plan", "song", "report", "unknown"]
)
def test_a_film_is_finished_if_all_is_as_it_was_left(project, change):
    known = outcome(plan=sha256_of(project.plan))
    song = project.state.song_sha256
    match change:
        case "video":
            (project.folder / "song.mp4").write_bytes(b"spoilt")
        case "render":
            project.render.unlink()
        case "plan":
            project.plan.write_text('{"edited": true}')
        case "song":
            song = "cd" * 32
        case "report":
            project.report.write_text("{}")
        case "unknown":
            known = None
    assert finished(project.folder, song, known) is (change == "nothing")


class Told:
    """A teller that remembers."""

    def __init__(self):
        self.lines = []

    def planned(self, todo, finished):
        self.lines.append(f"{todo} to make, {finished} finished")

    def began(self, name):
        self.lines.append(f"{name} begun")

    def progress(self, name, text, share):
        pass

    def ended(self, film):
        self.lines.append(f"{film.name} {film.state}")

    def note(self, text):
        self.lines.append(text)


class Studio:
    """An engine whose films end as they are told to."""

    slots = 2

    def __init__(self, ends):
        self.ends, self.tasks, self.running, self.closed = ends, [], [], False
        self.most = 0

    def __call__(self, needs):
        self.needs = needs
        return self

    def start(self, task, place):  # noqa: ARG002
        self.tasks.append(task)
        self.running.append(task)
        self.most = max(self.most, len(self.running))

    def events(self, seconds):  # noqa: ARG002
        task = self.running.pop(0)
        end = self.ends(task)
        if end == "interrupt":
            self.running.append(task)
            raise KeyboardInterrupt
        return [(task.name, Event(kind="progress", text="clips")), (task.name, end)]

    def stop(self):
        left, self.running = self.running, []
        return [(task.name, Event(kind="interrupted")) for task in left]

    def work(self):
        return Work({"gpu 0": 3}, 6.0, 0.03)

    def notices(self):
        return ("gpu 0 ended and was started again",)

    def close(self):
        self.closed = True


@pytest.fixture
def batch(tmp_path, monkeypatch):
    """Runs a batch of three songs; what its films end as is believed without a file."""
    three = songs(tmp_path / "songs", "a.mp3", "b.mp3", "c.mp3")
    monkeypatch.setattr("songreel.batch.driver.finished", lambda *known: known[-1] is not None)
    settings = Settings(tmp_path, 2, f"sqlite:///{tmp_path / 'w.db'}", tmp_path)

    def run(ends, *, wishes=None, consent=lambda *_: False, **more):
        told, studio = Told(), Studio(ends)
        plan = Plan(
            out=tmp_path / "out", songs=three, variations=[Variation(wishes=wishes or Wishes())],
            **more,
        )  # fmt: skip
        once = Batch(plan, settings, studio, told, consent)
        try:
            once.run()
        finally:
            run.told, run.studio, run.once = told.lines, studio, once
        return {film.name: film for film in once.wanted}

    run.out, run.settings = tmp_path / "out", settings
    return run


def done(task):  # noqa: ARG001
    return Event(kind="done", outcome=outcome(clips=3, found=1))


def test_one_film_that_fails_does_not_stop_the_others_and_is_tried_again(batch):
    def b_fails(task):
        broken = Event(kind="failed", text="b.mp3 cannot be read as sound")
        return broken if task.name == "b" else done(task)

    found = batch(b_fails)
    assert {name: film.state for name, film in found.items()} == {
        "a": "done", "b": "failed", "c": "done",
    }  # fmt: skip
    assert found["b"].error == "b.mp3 cannot be read as sound"
    assert batch.studio.most == 2
    assert batch.studio.closed
    again = batch(done)
    assert batch.told[0] == "1 to make, 2 finished"
    assert [task.name for task in batch.studio.tasks] == ["b"]
    assert (again["b"].state, again["b"].attempts) == ("done", 2)
    assert batch(done)["b"].state == "done"
    assert batch.studio.tasks == [], "nothing is left to be done: no engine is started"
    record = BatchRecord.load(batch.out / "batch.json")
    assert [run.films for run in record.runs] == [2, 1, 0]
    assert record.runs[0].notices == ("gpu 0 ended and was started again",)
    assert (record.runs[0].made, record.runs[0].found) == (3, 2)


def test_stopped_it_writes_down_where_it_is_and_goes_on(batch):
    with pytest.raises(KeyboardInterrupt):
        batch(lambda task: "interrupt" if task.name == "b" else done(task))
    record = BatchRecord.load(batch.out / "batch.json")
    assert {film.name: film.state for film in record.films} == {
        "a": "done", "b": "interrupted", "c": "interrupted",
    }  # fmt: skip
    assert batch.studio.closed
    assert "to be made: run the same command again" in (batch.out / "batch.html").read_text()
    assert {film.state for film in batch(done).values()} == {"done"}
    assert [task.name for task in batch.studio.tasks] == ["b", "c"]


def test_the_database_is_told_of_every_film(batch):
    batch(lambda task: Event(kind="failed", text="no") if task.name == "b" else done(task))
    table = Batches(batch.settings.database)
    (known,) = table.batches()
    assert known.title == "out"
    states = {film.name: (film.state, film.error) for film in table.films(known.id)}
    assert states == {"a": ("done", ""), "b": ("failed", "no"), "c": ("done", "")}
    batch(done)
    assert {film.state for film in table.films(known.id)} == {"done"}
    assert {film.attempts for film in table.films(known.id)} == {1, 2}


def test_a_database_that_is_away_ends_no_film(batch, tmp_path):
    (tmp_path / "w.db").write_text("this is no database, and longer than a header " * 9)
    assert {film.state for film in batch(done).values()} == {"done"}
    assert any("the database is not told of this batch" in line for line in batch.told)


def quoting(price):
    """Films that cost `price` USD, likely half of it."""

    def ends(task):
        if task.allowance is None:
            return Event(kind="quoted", high=Decimal(price), likely=Decimal(price) / 2)
        assert Decimal(task.allowance) == Decimal(price)
        return done(task)

    return ends


PAID = Wishes(visuals="replicate:hailuo-02")


def test_nothing_is_bought_unasked(batch):
    sentence = "clips of 3 films would cost up to 6.00 USD; nothing was bought"
    with pytest.raises(InvalidInput, match=sentence):
        batch(quoting("2"), wishes=PAID)
    assert [task.allowance for task in batch.studio.tasks] == [None] * 3
    record = BatchRecord.load(batch.out / "batch.json")
    assert {film.state for film in record.films} == {"waiting"}


def test_consent_is_asked_once_with_the_sum(batch):
    asked = []

    def consent(total, lines):
        asked.append((total.likely, total.high, *lines))
        return True

    found = batch(quoting("2"), wishes=PAID, consent=consent)
    assert asked == [(3, 6, "3 films are to be paid for: 3.00 USD (0.00 to 6.00)")]
    assert {film.state for film in found.values()} == {"done"}
    assert [task.allowance for task in batch.studio.tasks] == [None] * 3 + ["2"] * 3


def test_a_budget_holds_over_all_films(batch):
    found = batch(quoting("2"), wishes=PAID, consent=lambda *_: True, budget=Decimal("4.50"))
    assert {name: film.state for name, film in found.items()} == {
        "a": "done", "b": "done", "c": "failed",
    }  # fmt: skip
    assert found["c"].error == (
        "not begun: its clips cost up to 2.00 USD, and 0.50 USD of the budget of 4.50 USD are "
        "left; raise it with --budget"
    )


def test_what_was_paid_before_counts_against_the_budget():
    quotes = {"a": (Decimal(1), Decimal(2)), "b": (Decimal(1), Decimal(1))}
    found = allot(quotes, lambda *_: True, budget=Decimal(5), spent=Decimal("3.50"))
    assert found.films == {"b": 1}
    assert list(found.beyond) == ["a"]


def test_a_second_command_on_the_same_folder_waits_for_nobody(batch):
    def meanwhile(task):
        with pytest.raises(InvalidInput, match="another songreel is at work on"):
            batch.once_more()
        return done(task)

    other = Batch(
        Plan(out=batch.out, songs=[], variations=[]), batch.settings, Studio(done), Told(),
        lambda *_: False,
    )  # fmt: skip
    batch.once_more = other.run
    assert batch(meanwhile)["a"].state == "done"


def test_the_page_shows_failures_first_and_needs_nothing_beside_it(batch):
    batch(lambda task: Event(kind="failed", text="<no>") if task.name == "c" else done(task))
    page = (batch.out / "batch.html").read_text()
    names = re.findall(r"<h3>(\w+)<", page)
    assert names == ["c", "a", "b"]
    assert "&lt;no&gt;" in page
    assert "2 of 3 films are finished, all of them in sync; 1 failed." in page
    assert "10 ms" in page, "handing a clip over"
    assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", page)
    assert 'href="a/a.mp4"' in page


def test_a_project_travels_and_comes_back(project, tmp_path):
    (project.folder / "segments").mkdir()
    (project.folder / "segments" / "s.mp4").write_bytes(b"made anew")
    (project.folder / "clips").mkdir()
    (project.folder / "clips" / "s01.mp4").write_bytes(b"a clip")
    font = tmp_path / "font.otf"
    font.write_bytes(b"letters")
    config = tmp_path / "config"
    (config / "looks").mkdir(parents=True)
    (config / "looks" / "mine.yaml").write_text("medium: film")
    (config / "keys.toml").write_text("secret")
    wishes = Wishes(caption_font=str(font), look="noir")
    sent = Carried.of(project.song, project.folder, config, wishes)
    assert b"secret" not in sent.config, "keys stay"
    there = tmp_path / "there"
    unpack(sent.project, there / "film")
    unpack(sent.config, there / "config")
    assert (there / "config" / "looks" / "mine.yaml").is_file()
    assert (there / "film" / "clips" / "s01.mp4").read_bytes() == b"a clip"
    assert not (there / "film" / "segments").exists()
    changed = sent.laid_out(there / "files", wishes)
    assert Path(changed.caption_font).read_bytes() == b"letters"
    assert changed.look == "noir"
    (there / "film" / "plan.json").write_text('{"new": 1}')
    unpack(pack(there / "film"), project.folder)
    assert json.loads(project.plan.read_text()) == {"new": 1}
    assert (project.folder / "segments" / "s.mp4").is_file(), "others that are there stay"


def test_the_command_refuses_what_cannot_be_before_anything_begins(tmp_path):
    run = command(tmp_path)
    songs(tmp_path, "a.mp3")
    (tmp_path / "sweep.toml").write_text("seeds = [1]\nlooc = 'noir'\n")
    refused = run("batch", "a.mp3", "--sweep", "sweep.toml", status=1)
    assert "songreel: sweep.toml, line 2: looc: no option of a film; did you mean look" in (
        refused.stderr.replace("or looks", "or")
    )
    assert not (tmp_path / "batch").exists()


def record_of(folder):
    return BatchRecord.load(folder / "batch.json")


def short_songs(folder, count, bars=4):
    folder.mkdir(exist_ok=True)
    for i in range(count):
        drums = drum_track(100.0 + 7 * i, bars=bars).mono
        loud = np.round(drums / np.abs(drums).max() * 30000).astype(np.int16)
        wavfile.write(folder / f"song {i}.wav", 24000, loud)


@pytest.mark.slow
@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGKILL])
def test_a_batch_that_is_ended_goes_on_and_makes_no_clip_twice(tmp_path, sign):
    short_songs(tmp_path / "songs", 4)
    run = command(tmp_path, OMP_NUM_THREADS="1", SONGREEL_WORKERS="2")
    arguments = ("batch", "songs", "--size", "360", "--out", "films")
    kept = tmp_path / "workspace" / "kept"
    before = subprocess.Popen(
        [sys.executable, "-m", "songreel.cli.main", "--workspace", tmp_path / "workspace",
         *arguments],
        cwd=tmp_path, env=os.environ | {"SONGREEL_CONFIG": str(tmp_path / "config")}, text=True,
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    until(lambda: len(journal(kept)) >= 2)
    before.send_signal(sign)
    _, told = before.communicate(timeout=240)
    if sign == signal.SIGTERM:
        assert before.returncode == 130
        assert "of 4 films are finished; run the same command again to go on" in told
        assert "interrupted" in {film.state for film in record_of(tmp_path / "films").films}
        assert not list(kept.glob("work-*")), "workers have ended by then"
    else:
        until(lambda: not processes_in(tmp_path))  # films and workers notice and end
    run(*arguments, timeout=300)
    assert len(journal(kept)) == len(set(journal(kept))), "none twice"
    record = record_of(tmp_path / "films")
    assert {film.state for film in record.films} == {"done"}
    there = list((tmp_path / "films").glob("*/clips/*.mp4"))
    assert len(there) == len(journal(kept)), "and none in vain"


@pytest.mark.slow
def test_ten_songs_in_one_command(tmp_path):
    short_songs(tmp_path / "songs", 10)
    (tmp_path / "songs" / "broken.wav").write_text("no sound")
    run = command(tmp_path, OMP_NUM_THREADS="1", SONGREEL_WORKERS="2")
    ended = run("batch", "songs", "--size", "72", "--out", "films", status=1, timeout=900)
    assert "failed: broken: " in ended.stderr
    assert "10 of 11 films are finished" in ended.stderr
    record = record_of(tmp_path / "films")
    states = {film.name: film for film in record.films}
    assert sum(film.state == "done" and film.outcome.ok for film in states.values()) == 10
    assert "cannot be read as sound" in states["broken"].error
    assert sum(film.outcome.clips for film in states.values() if film.outcome) == (
        record.runs[0].made + record.runs[0].found
    )
    again = run("batch", "songs", "--size", "72", "--out", "films", status=1)
    assert "1 film to make, 10 finished before" in again.stderr
    assert record_of(tmp_path / "films").runs[-1].made == 0
