"""The workspace's database: upgrades keep a copy, and what it refuses is one sentence."""

import sqlite3

import pytest
import sqlalchemy as sql

from songreel.models.errors import InvalidInput, MachineError
from songreel.settings import Settings
from songreel.store import costs as accounts
from songreel.store.database import Database
from songreel.store.ledger import Ledger
from songreel.store.schema import STEPS
from support.books import USD, reserve, settle


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
    assert newer.booked() == USD("1.5")
    known = len(STEPS)
    kept = tmp_path / f"songreel-v{known}.db"
    assert Ledger(kept).booked() == USD("1.5")
    newer_tables = rf"newer songreel .* version {known + 1}, .* knows {known}\); update"
    with pytest.raises(InvalidInput, match=newer_tables):
        Ledger(file)
    assert Ledger(Database(file, steps=(*STEPS, _add_table))).booked() == USD("1.5")


def test_an_upgrade_that_fails_leaves_the_database_as_it_was(tmp_path):
    file = tmp_path / "songreel.db"
    settle(Ledger(file).purse("p", "film"), "a", "1.50")
    with pytest.raises(OSError, match="went out"):
        Database(file, steps=(*STEPS, _add_table, _fail))
    assert Ledger(file).booked() == USD("1.5")


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
    pages = 40

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
    "url", ["nonsense", "mysql://user:pa55word@host/x", "sqlite://", "oracle:"]
)
def test_a_url_that_does_not_serve_is_refused_without_its_password(url):
    with pytest.raises(InvalidInput) as refused:
        Ledger(url)
    assert "pa55word" not in str(refused.value)
