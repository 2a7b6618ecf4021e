"""Assets: stored once, whole, as long as something refers to them, whatever happens meanwhile."""

import io
import os
import random
import resource
import stat
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context

import pytest
import sqlalchemy as sql
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from songreel.models.errors import InvalidInput, MachineError
from songreel.store.assets import Assets, shown
from songreel.store.database import Database
from songreel.store.schema import stamp
from songreel.store.trail import Trail
from songreel.store.workspace_tables import ASSET_DOCUMENTS, ASSETS, PLAN_VERSIONS
from support.books import kill
from support.clocks import Clock
from support.store import digest, hammer, put_forever, tomorrow

SONG = b"RIFF\0\0\0\0WAVE" + random.Random(7).randbytes(300_000)
JSON = b'{"kind": "songreel.test", "shots": [1, 2, 3]}'


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def assets(database, tmp_path, clock):
    return Assets(Database(database), tmp_path / "assets", cache=tmp_path / "copies", clock=clock)


def _files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("content", [SONG, JSON, b"", b"a note"])
def test_what_is_put_is_read_back(assets, content, tmp_path):
    entry = assets.put(content, "it")
    assert (entry.sha256, entry.size) == (digest(content), len(content))
    assert assets.get(entry.sha256) == entry
    assert assets.read(entry.sha256) == content
    assert assets.local(entry.sha256).read_bytes() == content
    with assets.open(entry.sha256) as file:
        file.seek(len(content) // 2)
        assert file.read() == content[len(content) // 2 :]
    assets.fetch(entry.sha256, tmp_path / "fetched")
    assert (tmp_path / "fetched").read_bytes() == content
    with pytest.raises(InvalidInput, match="fetched exists"):
        assets.fetch(entry.sha256, tmp_path / "fetched")


def test_a_file_a_stream_and_bytes_are_one_asset(assets, tmp_path):
    (tmp_path / "song.wav").write_bytes(SONG)
    first = assets.put(tmp_path / "song.wav", "song.wav")
    assert first.media_type == "audio/wav"
    assert assets.put(io.BytesIO(SONG), "other.name") == first
    assert assets.put(SONG, "third") == first
    assert len(_files(tmp_path / "assets")) == 1
    assert [line.action for line in Trail(assets.database).entries()] == ["asset.stored"]
    kept = assets.local(first.sha256)
    assert not stat.S_IMODE(kept.stat().st_mode) & 0o222
    assert (tmp_path / "song.wav").read_bytes() == SONG


def test_json_lies_in_the_database_compressed(assets, tmp_path):
    entry = assets.put(io.BytesIO(JSON * 1), "plan.json")
    assert entry.media_type == "application/json"
    assert assets.put(JSON, "again") == entry
    assert not _files(tmp_path / "assets")
    large = b"[" + b"0, " * 50_000 + b"0]"
    assets.put(large, "zeros.json")
    assert assets.held() < 2000


def test_an_asset_stays_as_long_as_anything_refers_to_it(assets, clock, tmp_path):
    sha256 = assets.put(SONG, "song").sha256
    assets.use(sha256, "project", "a")
    assets.use(sha256, "project", "a")
    assets.use(sha256, "take", "b")
    assert assets.get(sha256).used == 2
    assert [entry.sha256 for entry in assets.used("take", "b")] == [sha256]
    clock.forward(days=400)
    assert not assets.collect().entries
    assets.release("project", "a")
    assert not assets.collect().entries
    assets.release("take", "b", sha256)
    (planned,) = assets.collect(dry_run=True).entries
    assert assets.read(sha256) == SONG
    assert assets.collect().entries == (planned,)
    assert not _files(tmp_path / "assets")
    with pytest.raises(InvalidInput, match="no asset"):
        assets.read(sha256)
    assert [line.stored for line in Trail(assets.database).entries()] == [len(SONG), -len(SONG)]


def test_what_was_just_put_has_its_time_to_be_used(assets, clock):
    sha256 = assets.put(SONG, "song", keep=timedelta(hours=2)).sha256
    clock.forward(hours=1)
    assert assets.put(SONG, "song", keep=timedelta(hours=2)).sha256 == sha256
    clock.forward(hours=1.5)
    assert not assets.collect().entries
    assets.put(SONG, "song", keep=timedelta(seconds=1))  # never shortened
    clock.forward(minutes=10)
    assert not assets.collect().entries
    clock.forward(hours=1)
    assert len(assets.collect().entries) == 1


def test_what_is_not_there_is_told(assets):
    for use in (
        lambda: assets.get("0" * 64),
        lambda: assets.open("../../etc/passwd"),
        lambda: assets.use("no\nsuch", "project", "p"),
        lambda: assets.local("f" * 64),
    ):
        with pytest.raises(InvalidInput, match="there is no asset"):
            use()
    with pytest.raises(InvalidInput, match="cannot read .*nothing: No such file"):
        assets.put(assets._copies / "nothing", "x")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\Düster.flac", "Düster.flac"),
        ("a\u202egnp.exe\0\n", "agnp.exe"),
        ("  ", "unnamed"),
        ("..", ".."),
        ("x" * 500, "x" * 200),
    ],
)
def test_a_name_is_for_people_and_no_path(assets, given, kept, tmp_path):
    assert shown(given) == kept
    assert assets.put(SONG, given).name == kept
    assert {path.name for path in _files(tmp_path / "assets")} == {digest(SONG)}


def test_missing_and_spoilt_files_are_found_and_mended_by_putting_them_again(assets):
    whole, spoilt, gone = (assets.put(bytes([n]) * 5000, f"{n}").sha256 for n in (1, 2, 3))
    document = assets.put(JSON, "doc").sha256
    path = assets.local(spoilt)
    path.chmod(0o644)
    path.write_bytes(b"\2" * 4999 + b"x")
    assets.local(gone).unlink()
    with assets.database.write() as connection:
        connection.execute(sql.update(ASSET_DOCUMENTS).values(data=b"spoilt"))
    found = assets.check()
    assert {entry.sha256 for entry in found.spoilt} == {spoilt, document}
    assert [entry.sha256 for entry in found.missing] == [gone]
    assert not found.sound
    assert {entry.sha256 for entry in assets.check(deep=False).spoilt} == {document}
    with pytest.raises(MachineError, match="is spoilt: its content has changed"):
        assets.read(spoilt)
    with pytest.raises(MachineError, match=r"cannot read the asset .* workspace check"):
        assets.read(gone)
    assets.put(b"\2" * 5000, "2")
    assets.put(io.BytesIO(b"\3" * 5000), "3")
    assert {entry.sha256 for entry in assets.check().spoilt} == {document}
    assert assets.read(spoilt) == b"\2" * 5000
    assert assets.read(whole) == b"\1" * 5000


def test_two_workspaces_share_a_folder_and_never_take_each_others_files(places, tmp_path, clock):
    mine, yours = (Assets(Database(places()), tmp_path / "shared", clock=clock) for _ in range(2))
    sha256 = mine.put(SONG, "song").sha256
    assert yours.put(SONG, "song").sha256 == sha256
    yours.use(sha256, "project", "p")
    clock.forward(days=9)
    mine.collect()
    assert yours.read(sha256) == SONG
    assert yours.check().strays == 0


def test_what_a_crash_leaves_is_swept_after_a_day(assets, clock, tmp_path):
    assets.put(SONG, "song")
    stray = b"nobody knows of it"
    place = assets.blobs._at(digest(stray))
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(stray)
    half = assets.blobs.spool / "0123"
    half.write_bytes(b"half")
    clock.time = tomorrow() - timedelta(days=2)
    assert assets.check().strays == 1
    assets.collect()
    assert place.exists()
    assert half.exists()
    clock.time = tomorrow()
    assets.use(digest(SONG), "project", "p")
    assert assets.collect(dry_run=True)[1:] == (len(stray) + 4, 1)
    assert assets.collect()[1:] == (len(stray) + 4, 1)
    assert [path.name for path in _files(tmp_path / "assets")] == [digest(SONG)]


class _Broken(Exception):
    """The machine goes out."""


CONTENTS = [b"one" * 40, b"two" * 50, JSON]
WHICH = st.integers(0, len(CONTENTS) - 1)
WITHIN = st.sampled_from(["", "collect", "later", "put", "crash before", "crash after"])
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), WHICH, WITHIN),
        st.tuples(st.just("use"), WHICH, st.just("")),
        st.tuples(st.just("release"), WHICH, st.just("")),
        st.tuples(st.just("collect"), st.just(0), st.sampled_from(["", "put", "crash after"])),
        st.tuples(st.just("wait"), st.just(0), st.just("")),
    ),
    max_size=14,
)


_FEW = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))


@_FEW
@given(acts=ACTS)
def test_no_order_of_events_loses_what_is_used_or_keeps_what_is_not(acts, tmp_path_factory):
    """Others act, or the machine goes out, while bytes are being placed or removed."""
    _lived_through(acts, tmp_path_factory.mktemp("acts"))


@pytest.mark.slow
@settings(_FEW, max_examples=40)
@given(acts=ACTS)
def test_many_orders_of_events(acts, tmp_path_factory):
    _lived_through(acts, tmp_path_factory.mktemp("acts"))


def _lived_through(acts, folder):
    clock = Clock()
    clock.time = tomorrow()
    database = Database(folder / "songreel.db")

    def opened():
        return Assets(database, folder / "assets", clock=clock)

    assets, used, grace = opened(), set(), {}
    for act, which, within in acts:
        content = CONTENTS[which]
        sha256 = digest(content)
        if act == "put":
            assets = opened()
            place = assets.blobs.place

            def placed(file, name, within=within, place=place, content=content):
                if within == "crash before":
                    raise _Broken
                if within == "collect":
                    opened().collect()
                if within == "later":  # the upload takes longer than anybody waits for it
                    clock.forward(days=3)
                    opened().collect()
                if within == "put":
                    opened().put(content, "the same, by another process")
                place(file, name)
                if within == "crash after":
                    raise _Broken

            assets.blobs.place = placed
            try:
                assets.put(content, "x", keep=timedelta(hours=1))
            except _Broken:
                continue
            except MachineError:
                if within != "later":
                    raise
                continue
            grace[sha256] = clock() + timedelta(hours=1)
        elif act == "use":
            there = any(entry.sha256 == sha256 for entry in assets.all())
            if there:
                assets.use(sha256, "project", "p")
                used.add(sha256)
            else:
                with pytest.raises(InvalidInput):
                    assets.use(sha256, "project", "p")
        elif act == "release":
            assets.release("project", "p", sha256)
            used.discard(sha256)
        elif act == "collect":
            assets = opened()
            remove = assets.blobs.remove

            def removed(digests, within=within, remove=remove):
                if within == "crash after":
                    raise _Broken
                remove(digests)

            lying = assets.blobs.all

            def listed(within=within, lying=lying):
                if within == "put":  # the rows are gone, the files are about to go
                    for again in CONTENTS:
                        opened().put(again, "x", keep=timedelta(hours=1))
                        grace[digest(again)] = clock() + timedelta(hours=1)
                return lying()

            assets.blobs.remove, assets.blobs.all = removed, listed
            with suppress(_Broken):
                assets.collect()
        else:
            clock.forward(hours=30)
        fresh = {known for known, until in grace.items() if until > clock()}
        for known in used | fresh:
            assert digest(assets.read(known)) == known
        assert opened().check().sound
    clock.forward(days=5)
    assets = opened()
    assets.collect()
    clock.forward(days=5)
    assets.collect()
    assert {entry.sha256 for entry in assets.all()} == used
    assert {path.name for path in _files(folder / "assets")} == used - {digest(JSON)}


def test_an_upload_under_way_is_not_shown_and_not_collected(assets, clock):
    clock.time, seen = datetime.now(UTC), []
    place = assets.blobs.place

    def placed(file, name):
        seen.append(assets.all())
        with pytest.raises(InvalidInput):
            assets.use(name, "project", "p")
        clock.forward(hours=20)
        assets.collect()
        place(file, name)

    assets.blobs.place = placed
    entry = assets.put(SONG, "song", keep=timedelta(seconds=1))
    assert seen == [()]
    assert assets.read(entry.sha256) == SONG
    clock.forward(seconds=2)
    assert [gone.sha256 for gone in assets.collect().entries] == [entry.sha256]


@pytest.mark.parametrize(("mine", "theirs"), [(24, 1), (1, 24), (24, 24)])
def test_nobody_shortens_the_time_that_another_has_asked_for(assets, clock, tmp_path, mine, theirs):
    """Both put the same at once; the other one is done first."""
    clock.time = datetime.now(UTC)
    place, other = assets.blobs.place, Assets(assets.database, tmp_path / "assets", clock=clock)

    def placed(file, name):
        other.put(SONG, "song", keep=timedelta(hours=theirs))
        clock.forward(hours=max(theirs, 2))
        other.collect()
        place(file, name)

    assets.blobs.place = placed
    sha256 = assets.put(SONG, "song", keep=timedelta(hours=mine)).sha256
    clock.forward(hours=mine - 0.5)
    other.collect()
    assert assets.read(sha256) == SONG


@pytest.mark.slow
def test_two_processes_put_use_and_collect_at_once(database, tmp_path):
    Database(database)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(hammer, database, tmp_path / "assets", n, 2.5) for n in range(2)]
        assert [job.result(60) for job in jobs] == [[], []]
    assets = Assets(Database(database), tmp_path / "assets", clock=tomorrow)
    assert assets.check().sound
    assets.collect()
    assert assets.all() == ()
    assert not _files(tmp_path / "assets")


def test_a_process_killed_in_the_middle_leaves_what_it_told_of_whole(database, tmp_path):
    Database(database)
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    worker = context.Process(target=put_forever, args=(database, tmp_path / "assets", theirs))
    worker.start()
    theirs.close()
    told = [ours.recv() for _ in range(5)]
    kill(worker.pid)
    worker.join(20)
    while ours.poll():
        try:
            told.append(ours.recv())
        except EOFError:
            break
    assets = Assets(Database(database), tmp_path / "assets")
    assert assets.check().sound
    for sha256 in told:
        assert digest(assets.read(sha256)) == sha256
    later = Assets(assets.database, tmp_path / "assets", clock=tomorrow)
    later.collect()
    later.collect()
    left = {entry.sha256 for entry in later.all()}
    assert left >= set(told)
    assert {path.name for path in _files(tmp_path / "assets")} == left


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of files' sizes")
def test_a_full_disk_is_one_sentence_and_loses_nothing(tmp_path):
    """The system refuses files over a size, as it refuses all on a full disk."""
    file = tmp_path / "songreel.db"
    assets = Assets(Database(file), tmp_path / "assets")
    kept = assets.put(SONG[:10_000], "song").sha256
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:  # the limit holds for a process, for good
        told = "no error"
        try:
            import signal

            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
            Assets(Database(file), tmp_path / "assets").put(SONG, "too much")
        except MachineError as error:
            told = str(error)
        finally:
            os.write(writer, told.encode())
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    assert told.startswith("cannot store too much in ")
    assert "File too large" in told
    assert [entry.sha256 for entry in assets.all()] == [kept]
    assert assets.check().sound
    assert [path.name for path in _files(tmp_path / "assets")] == [kept]
    assert assets.put(SONG, "now there is room").size == len(SONG)


def test_a_full_database_is_one_sentence_and_loses_no_document(tmp_path):
    assets = Assets(Database(tmp_path / "songreel.db"), tmp_path / "assets")

    @sql.event.listens_for(assets.database._backend.engine, "connect")
    def small(connection, _record):
        connection.execute("PRAGMA max_page_count = 120")

    told = []
    full = pytest.raises(MachineError, match=r"cannot write .*songreel\.db: .*full; free space")
    with full:
        for number in range(500):
            noise = random.Random(number).randbytes(4000).hex()
            told.append(assets.put(f'["{noise}"]'.encode(), "doc").sha256)
    assert len(told) > 5
    assert {entry.sha256 for entry in assets.all()} == set(told)
    assert assets.check().sound


def test_the_time_of_a_row_is_text_that_sorts(assets, clock):
    assets.put(SONG, "song", keep=timedelta(days=1))
    with assets.database.read() as connection:
        until = connection.execute(sql.select(ASSETS.c.kept_until)).scalar_one()
    assert until == stamp(clock() + timedelta(days=1))


def test_what_is_unused_is_found_without_reading_all_plans_for_each(tmp_path):
    assets = Assets(Database(tmp_path / "songreel.db"), tmp_path / "assets")
    old = "2026-01-01T00:00:00.000000Z"
    digests = [digest(str(number).encode()) for number in range(1000)]
    with assets.database.write() as connection:
        row = {"size": 1, "media_type": "", "name": "", "at": old, "kept_until": old, "held": 1}
        rows = [row | {"sha256": sha256, "stored": True} for sha256 in digests]
        connection.execute(sql.insert(ASSETS), rows)
        row = {"project": "p", "at": old, "actor": "cli", "what": ""}
        plans = [
            row | {"number": number + 1, "plan_sha256": sha256}
            for number, sha256 in enumerate(digests[:500])
        ]
        connection.execute(sql.insert(PLAN_VERSIONS), plans)
    steps = 0

    def count():
        nonlocal steps
        steps += 1000

    def watched(connection, _record):
        connection.set_progress_handler(count, 1000)

    sql.event.listen(assets.database._backend.engine, "connect", watched)
    found = assets.collect(dry_run=True)
    assert {entry.sha256 for entry in found.entries} == set(digests[500:])
    assert steps < 300_000  # of SQLite's machine; two million where each asset reads all plans
