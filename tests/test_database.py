"""The workspace's database: upgrades keep a copy, and what it refuses is one sentence."""

import shutil
import sqlite3
import subprocess
import sys

import pytest
import sqlalchemy as sql

from songreel.models.errors import BudgetExceeded, InvalidInput, MachineError
from songreel.settings import Settings
from songreel.store import costs as accounts
from songreel.store.batches import Batches
from songreel.store.book import WORKSPACE
from songreel.store.database import Database
from songreel.store.history import ClipHistory
from songreel.store.ledger import Ledger
from songreel.store.schema import ENTRIES, STEPS
from songreel.store.trail import Trail
from support.books import USD, reserve, settle
from support.databases import plain
from support.disks import files_up_to


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path):
    file = tmp_path / "songreel.db"
    file.write_bytes(b"my holiday diary\n" * 500)
    with pytest.raises(MachineError, match=r"songreel\.db cannot be read .* move it away"):
        Ledger(file)
    assert file.read_bytes() == b"my holiday diary\n" * 500


def test_a_spoilt_page_is_told_and_nothing_is_deleted(tmp_path):
    file = tmp_path / "songreel.db"
    ledger = Ledger(file)
    for i in range(300):
        settle(ledger.purse("p", "film"), f"k{i}", "0.10")
    with sqlite3.connect(file) as plain:
        plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    plain.close()
    size = file.stat().st_size
    with file.open("r+b") as raw:
        raw.seek(4096)
        raw.write(b"\xff" * (size - 4096))
    with pytest.raises(MachineError, match=r"songreel\.db cannot be read .* move it away"):
        Ledger(file).booked()
    assert file.stat().st_size == size


def _add_table(connection: sql.Connection) -> None:
    connection.exec_driver_sql("CREATE TABLE seen (id INTEGER)")


def _fail(connection: sql.Connection) -> None:
    connection.exec_driver_sql("CREATE TABLE half (id INTEGER)")
    raise OSError("the machine went out")


def test_an_upgrade_keeps_a_copy_of_the_file_first(tmp_path):
    file = tmp_path / "songreel.db"
    settle(Ledger(file).purse("p", "film"), "a", "1.50")
    newer = Ledger(Database(file, steps=(*STEPS, _add_table)))
    settle(newer.purse("p", "film"), "b", "1")
    kept = tmp_path / f"songreel-v{len(STEPS)}.db"
    assert Ledger(kept).booked() == USD("1.5")
    assert Ledger(Database(file, steps=(*STEPS, _add_table))).booked() == USD("2.5")


_KILLED = """
import os, signal, sys
from pathlib import Path
from songreel.store.database import Database
from songreel.store.schema import STEPS

def half(connection):
    connection.exec_driver_sql("CREATE TABLE half (id INTEGER)")
    for n in range(2000):
        connection.exec_driver_sql("INSERT INTO half VALUES (1)")
    os.kill(os.getpid(), signal.SIGKILL)

Database(Path(sys.argv[1]), steps=(*STEPS, half))
"""


def test_an_upgrade_that_is_killed_is_as_if_it_had_not_begun_and_its_copy_serves(tmp_path):
    file, kept = tmp_path / "songreel.db", tmp_path / f"songreel-v{len(STEPS)}.db"
    settle(Ledger(file).purse("p", "film"), "a", "1.50")
    assert subprocess.run([sys.executable, "-c", _KILLED, file], check=False).returncode != 0
    assert kept.is_file()
    ledger = Ledger(file)  # the songreel that was there before goes on
    settle(ledger.purse("p", "film"), "b", "1")
    with plain(f"sqlite:///{file}").connect() as stranger:
        assert not sql.inspect(stranger).has_table("half")
    Database(file, steps=(*STEPS, _add_table))
    with pytest.raises(InvalidInput, match="newer songreel"):
        Ledger(file)
    # Back again, as the documentation says: with all that belongs to the file.
    away = tmp_path / "newer"
    away.mkdir()
    for path in tmp_path.glob("songreel.db*"):
        path.rename(away / path.name)
    shutil.copy(kept, file)
    assert Ledger(file).booked() == USD("2.5")


def test_tables_of_a_newer_songreel_are_refused(database):
    Database(database, steps=(*STEPS, _add_table))
    known = len(STEPS)
    newer_tables = rf"newer songreel .* version {known + 1}, .* knows {known}\); update"
    with pytest.raises(InvalidInput, match=newer_tables):
        Ledger(database)


def test_an_upgrade_that_fails_leaves_the_database_as_it_was(database):
    settle(Ledger(database).purse("p", "film"), "a", "1.50")
    with pytest.raises(OSError, match="went out"):
        Database(database, steps=(*STEPS, _add_table, _fail))
    assert Ledger(database).booked() == USD("1.5")
    with plain(database).connect() as stranger:
        assert not sql.inspect(stranger).has_table("seen")


@pytest.mark.parametrize("version", range(1, len(STEPS)))
def test_every_earlier_version_comes_up_to_date_with_its_lines(database, version):
    before = Ledger(Database(database, steps=STEPS[:version]))
    purse = before.purse("p", "film")
    before.limit(WORKSPACE, USD(2))
    _reserve_as_of_old(before, "a", 500_000)
    settle(purse, "b", "1.25")
    lines = accounts.entries(before)

    after = Ledger(database)
    assert accounts.entries(after) == lines
    settle(after.purse("p", "film"), "a", "0.40")
    with pytest.raises(BudgetExceeded, match=r"1\.00 USD .* to 2\.65 USD, over .* 2\.00"):
        reserve(after.purse("q", "other"), "c", "1")
    assert ClipHistory(after.database).entries() == Batches(after.database).batches() == ()
    with (
        pytest.raises(sql.exc.IntegrityError, match="only added to"),
        plain(database).begin() as stranger,
    ):
        stranger.exec_driver_sql("UPDATE ledger_entries SET usd = 0")


def _reserve_as_of_old(ledger: Ledger, key: str, micro: int) -> None:
    """A reservation as the first songreel wrote it, which asked after no credit."""
    row = {
        "at": ledger.moment(), "kind": "reserve", "project": "p", "project_name": "film",
        "key": key, "round": 1, "month": ledger.month, "provider": "replicate:ltx-video",
        "shot": "s01", "fingerprint": "f" * 64, "usd": micro, "change": micro, "measured": False,
        "basis": "a price of the test",
    }  # fmt: skip
    with ledger.database.write() as connection:
        connection.execute(sql.insert(ENTRIES).values(row))


def test_old_and_new_tables_are_the_same(places):
    """Steps one after the other, and all at once, lead to one and the same database."""
    grown, new = places(), places()
    for version in range(1, len(STEPS) + 1):
        Database(grown, steps=STEPS[:version])
    Database(new)
    with plain(grown).connect() as old, plain(new).connect() as young:
        assert _tables(old) == _tables(young)
        assert {"ledger_entries", "clip_history", "batch_films"} <= _tables(young).keys()


def _tables(connection: sql.Connection) -> dict[str, object]:
    """Columns, constraints and indexes by table; triggers by name."""
    known = sql.inspect(connection)
    tables = {
        name: (
            [(column["name"], str(column["type"])) for column in known.get_columns(name)],
            sorted(str(item) for item in known.get_indexes(name)),
            sorted(str(item) for item in known.get_check_constraints(name)),
            sorted(str(item) for item in known.get_unique_constraints(name)),
        )
        for name in known.get_table_names()
    }
    asked = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY 1",
        "postgresql": "SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1",
    }[connection.dialect.name]
    triggers = [tuple(row) for row in connection.exec_driver_sql(asked)]
    return tables | {"triggers": triggers}


def test_a_workspace_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(MachineError, match=r"cannot make .*file"):
        Ledger(tmp_path / "file" / "songreel.db")
    (tmp_path / "songreel.db").mkdir()
    with pytest.raises(MachineError, match=r"cannot write .*songreel\.db: unable to open"):
        Ledger(tmp_path / "songreel.db")


def test_a_ledger_that_is_read_only_refuses_before_anything_is_bought(tmp_path):
    file = tmp_path / "songreel.db"
    settle(Ledger(file).purse("p", "film"), "a", "1.50")
    ledger = Ledger(f"sqlite:///file:{file}?mode=ro&uri=true")
    assert ledger.booked() == USD("1.5")
    with pytest.raises(MachineError, match=r"cannot write .*readonly .* --workspace"):
        reserve(ledger.purse("p", "film"), "b", "0.10")


@pytest.mark.slow
def test_a_full_disk_is_one_sentence_and_loses_no_line(tmp_path):
    file = tmp_path / "songreel.db"
    ledger = Ledger(file)
    with ledger.database.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one() + 8

    @sql.event.listens_for(ledger.database._backend.engine, "connect")
    def small(connection, _record):
        connection.execute(f"PRAGMA max_page_count = {pages}")

    purse = ledger.purse("p", "film")
    full = pytest.raises(MachineError, match=r"cannot write .*songreel\.db: .*full; free space")
    with full:
        for i in range(10_000):
            settle(purse, f"k{i}", "0.10")
    lines = len(accounts.entries(ledger))
    assert lines > 50
    assert ledger.booked() == purse.spent() == lines * USD("0.1")


def test_a_writer_that_never_ends_is_named(tmp_path):
    file = tmp_path / "songreel.db"
    ledger = Ledger(Database(file, patience=0.2))
    with sqlite3.connect(file, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(MachineError, match=r"another process for longer than 0\.2 s"):
            reserve(ledger.purse("p", "film"), "a", "0.10")
        assert ledger.booked() == 0  # reading goes on meanwhile
        other.execute("ROLLBACK")


def test_the_database_is_where_the_settings_say(tmp_path, monkeypatch):
    monkeypatch.delenv("SONGREEL_DATABASE", raising=False)
    settle(Ledger(Settings.load(tmp_path / "w").database).purse("p", "film"), "a", "1")
    assert Ledger(tmp_path / "w" / "songreel.db").booked() == 1
    monkeypatch.setenv("SONGREEL_DATABASE", f"sqlite:///{tmp_path}/elsewhere.db")
    settle(Ledger(Settings.load(tmp_path / "w").database).purse("p", "film"), "a", "2")
    assert Ledger(tmp_path / "elsewhere.db").booked() == 2


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("nonsense", "no database URL"),
        ("mysql://user:pa55word@host/x", "a mysql database is not supported"),
        ("postgresql+asyncpg://user:pa55word@host/x", r"postgresql\+asyncpg database is not supp"),
        ("sqlite://", "names no file"),
        ("oracle:", "no database URL"),
        ("postgresql://user:pa55@word@host/x", "more than one @ .* as %40"),
        ("postgresql://user:pa55word@host:port/x", "no database URL"),
    ],
)
def test_a_url_that_does_not_serve_is_refused_without_its_password(url, told):
    with pytest.raises(InvalidInput, match=told) as refused:
        Ledger(url)
    assert "pa55" not in str(refused.value)
    assert "word" not in str(refused.value).replace("password", "")


def test_without_the_driver_the_way_to_it_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MachineError, match=r"needs psycopg.*'songreel\[postgres\]'") as refused:
        Ledger("postgresql://user:pa55word@host/without-a-driver")
    assert "pa55word" not in str(refused.value)


def test_a_full_disk_can_be_read_and_is_written_again_when_there_is_room(tmp_path):
    full = Database(tmp_path / "songreel.db")
    trail = Trail(full)
    trail.add("thing.done", subject="before")
    with files_up_to(16_384):  # no room for the index of SQLite's log
        assert [line.subject for line in trail.entries()] == ["before"]
        again = Trail(tmp_path / "songreel.db")
        assert [line.subject for line in again.entries()] == ["before"]
        with pytest.raises(MachineError, match="cannot write .*songreel.db: .*; free space"):
            trail.add("thing.done", subject="while it is full")
        with pytest.raises(MachineError, match="cannot write .*new.db"):
            Database(tmp_path / "new.db")
    trail.add("thing.done", subject="after")
    assert [line.subject for line in again.entries()] == ["before", "after"]
