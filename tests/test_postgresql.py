"""The workspace on a PostgreSQL server: what it refuses, restarts, forks, and who sees what."""

import os
import re
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context

import pytest
import sqlalchemy as sql

from songreel.models.errors import InvalidInput, MachineError
from songreel.store import postgresql as ours
from songreel.store.batches import Batches
from songreel.store.book import WORKSPACE, Scope
from songreel.store.database import Database
from songreel.store.ledger import Ledger
from songreel.store.schema import LIMITS, STEPS
from support.books import USD, book_forever, hammer, kill, reserve, settle
from support.databases import Places, plain
from support.needs import needs
from support.postgres import PASSWORD, USER

needs("psycopg")
pytestmark = pytest.mark.slow


@pytest.fixture
def places(tmp_path, postgresql):
    found = Places(tmp_path, postgresql)
    yield found
    found.close()


def text_of(url: sql.URL) -> str:
    return url.render_as_string(hide_password=False)


def refusal(where: str) -> str:
    """The sentence with which a place is refused, at once; it never holds the password."""
    start = time.monotonic()
    with pytest.raises((MachineError, InvalidInput)) as refused:
        Database(where, patience=60)
    assert time.monotonic() - start < 50
    told = str(refused.value)
    for secret in (PASSWORD, PASSWORD[:8], "pa55", "an0ther"):
        assert secret not in told
    assert "\n" not in told
    return told


def cut_all(postgresql, database: str) -> None:
    """End all connections to a database, as its administrator can."""
    name = sql.make_url(database).database
    postgresql.run(
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    )


def test_who_cannot_come_in_is_told_why(postgresql, database):
    name = sql.make_url(database).database
    told = refusal(text_of(postgresql.url(name, password="an0ther")))
    assert f'password authentication failed for user "{USER}"; mend user and password' in told
    assert f"{USER}:***@" in told
    none = refusal(text_of(postgresql.url(name, password=None)))
    assert "no password supplied; mend user" in none
    unknown = refusal(text_of(postgresql.url("nowhere")))
    assert 'database "nowhere" does not exist; make it with `createdb' in unknown
    postgresql.run(f"REVOKE CONNECT ON DATABASE {name} FROM public, {USER}")
    assert 'permission denied for database "films' in refusal(database)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://u:pa55word@127.0.0.1:1/x", r"Connection refused; no server answers there"),
        ("postgresql://u:pa55word@/x?host=/nowhere", r"No such file or directory; no server"),
        ("postgres://u:pa55word@no.such.host.invalid/x", r"resolve host .*; no server answers"),
        ("postgresql://u:pa55word@127.0.0.1:1/x?colour=red", r'no database URL .*"colour"'),
        ("postgresql://u:pa55word@127.0.0.1:1/x?sslmode=maybe", r'sslmode value: "maybe"'),
        ("postgresql://u@127.0.0.1:1/x?password=pa55word", r"Connection refused"),
    ],
)
def test_where_no_server_answers_is_told_at_once(url, told):
    assert re.search(told, refusal(url))


def test_who_may_not_make_tables_is_told_who_allows_it(postgresql, database):
    postgresql.run("CREATE ROLE guest LOGIN PASSWORD 'pa55word'")
    name = sql.make_url(database).database
    postgresql.run("REVOKE CREATE ON SCHEMA public FROM PUBLIC", name)  # the default from 15 on
    told = refusal(text_of(postgresql.url(name, "guest", "pa55word")))
    assert "the user guest may not do this" in told
    assert "permission denied for schema public" in told
    assert 'GRANT CREATE, USAGE ON SCHEMA public TO "guest"' in told
    postgresql.run('GRANT CREATE, USAGE ON SCHEMA public TO "guest"', name)
    Database(text_of(postgresql.url(name, "guest", "pa55word")))


def test_a_database_that_takes_no_writes_refuses_before_anything_is_bought(postgresql, database):
    settle(Ledger(database).purse("p", "film"), "a", "1.50")
    name = sql.make_url(database).database
    ours.close()
    # As a standby server does; a transaction of one's own choice is what the reader has anyway.
    postgresql.run(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    ledger = Ledger(database)
    assert ledger.booked() == USD("1.5")
    with pytest.raises(MachineError, match=r"can only be read: .*read-only transaction"):
        reserve(ledger.purse("p", "film"), "b", "0.10")


def test_a_database_without_letters_for_songs_is_refused(postgresql, places):
    places()
    latin = postgresql.fresh("ENCODING LATIN1")
    assert "is kept in LATIN1" in refusal(text_of(postgresql.url(latin)))
    plain_bytes = postgresql.fresh("ENCODING SQL_ASCII")
    ledger = Ledger(text_of(postgresql.url(plain_bytes)))
    settle(ledger.purse("p", "夜に駆ける"), "a", "1")
    batches = Batches(ledger.database)
    batches.plan("b", "Ærø", {"夜": {"song": "夜に駆ける.flac"}})
    (film,) = batches.films("b")
    assert (film.name, film.task) == ("夜", {"song": "夜に駆ける.flac"})


def test_every_name_of_the_driver_leads_to_the_same_database(database):
    settle(Ledger(database).purse("p", "film"), "a", "1.50")
    for scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        assert Ledger(f"{scheme}:{database.partition(':')[2]}").booked() == USD("1.5")


def test_merging_changes_no_line(database):
    ledger = Ledger(database)
    ledger.limit(WORKSPACE, USD(5))
    merge = "MERGE INTO ledger_limits USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE"
    with plain(database).connect() as stranger:
        if stranger.dialect.server_version_info < (15,):
            pytest.skip("this server knows no MERGE")
        with pytest.raises(sql.exc.IntegrityError, match="only added to"):
            stranger.exec_driver_sql(merge)
    assert ledger.limits()[0].usd == 5


def test_a_connection_that_was_cut_while_idle_is_replaced(postgresql, database):
    ledger = Ledger(database)
    settle(ledger.purse("p", "film"), "a", "1")
    cut_all(postgresql, database)
    settle(ledger.purse("p", "film"), "b", "1")
    assert ledger.booked() == 2


@pytest.mark.parametrize("how", ["administrator", "crash"])
def test_a_connection_lost_in_the_middle_writes_nothing_and_says_so(postgresql, database, how):
    ledger = Ledger(database)

    def interrupted() -> None:
        with ledger.database.write() as connection:
            row = {"at": "2026", "scope": "workspace", "project": "", "usd": 1}
            connection.execute(sql.insert(LIMITS).values(row))
            lose()
            connection.execute(sql.text("SELECT 1"))

    def lose() -> None:
        if how == "administrator":
            cut_all(postgresql, database)
        else:
            postgresql.stop(signal.SIGQUIT)
            postgresql.start()

    with pytest.raises(MachineError, match=r"connection to .* was lost .*: run the same command"):
        interrupted()
    assert ledger.limits() == ()


def test_a_server_that_restarts_is_waited_for(postgresql, database):
    ledger = Ledger(database)
    purse = ledger.purse("p", "film")
    settle(purse, "a", "1")
    postgresql.stop()
    with ThreadPoolExecutor(1) as pool:
        settled = pool.submit(settle, purse, "b", "1")  # a process that reached it before
        time.sleep(0.7)
        assert not settled.done()
        postgresql.start()
        settled.result()
    assert ledger.booked() == 2


def test_a_server_that_does_not_come_back_is_told(postgresql, database):
    ledger = Ledger(Database(database, patience=0.3))
    postgresql.stop()
    try:
        with pytest.raises(MachineError, match=r"No such file .*; no server answers there"):
            ledger.booked()
    finally:
        postgresql.start()


def test_a_server_without_a_free_place_is_waited_for(database):
    Database(database)
    ours.close()
    taken = [plain(database).connect() for _ in range(37)]  # 40, of which 3 are the administrator's
    with pytest.raises(MachineError, match=r"connection slots .*; try again, or raise max_conn"):
        Database(database, patience=0.3)
    later = threading.Timer(0.5, lambda: [one.close() for one in taken])
    later.start()
    try:
        assert Ledger(database).booked() == 0
    finally:
        later.join()


def test_a_writer_that_never_ends_is_named_and_does_not_keep_its_turn(database):
    ledger = Ledger(database)
    waiting = Ledger(Database(database, patience=0.9))
    with ledger.database.write():
        with pytest.raises(MachineError, match=r"another process for longer than 0\.9 s"):
            reserve(waiting.purse("p", "film"), "a", "0.10")
        assert waiting.booked() == 0  # reading goes on meanwhile
    reserve(waiting.purse("p", "film"), "a", "0.10")

    def stopped() -> None:
        with waiting.database.write() as connection:
            time.sleep(2.7)
            connection.execute(sql.text("SELECT 1"))

    with pytest.raises(MachineError, match=r"was lost \(.*idle-in-transaction timeout"):
        stopped()
    assert ledger.booked() == USD("0.1")


def test_a_reader_sees_one_state(database):
    """Limits and what is booked in them are several statements: none sees what came between."""
    ledger = Ledger(database)
    with ledger.database.read() as connection:
        count = sql.text("SELECT count(*) FROM ledger_entries")
        assert connection.execute(count).scalar() == 0
        settle(ledger.purse("p", "film"), "a", "1")
        assert connection.execute(count).scalar() == 0
    with pytest.raises(MachineError, match="read"), ledger.database.read() as connection:
        connection.execute(sql.text("DELETE FROM batches"))
    assert ledger.booked() == 1


@pytest.mark.parametrize("level", ["serializable", "repeatable read", "read committed"])
def test_limits_hold_whatever_the_servers_own_level_is(postgresql, database, level):
    name = sql.make_url(database).database
    postgresql.run(f"ALTER DATABASE {name} SET default_transaction_isolation = '{level}'")
    ledger = Ledger(database)
    ledger.limit(WORKSPACE, USD("0.30"))
    barrier, let = threading.Barrier(6), []

    def buy(project: str) -> None:
        barrier.wait()
        let.append(hammer(ledger, project, 5, 3))

    buyers = [threading.Thread(target=buy, args=(name,)) for name in "pqrstu"]
    for buyer in buyers:
        buyer.start()
    for buyer in buyers:
        buyer.join()
    assert sum(let) == 10
    assert ledger.booked() == USD("0.30")


def upgrade(where: str, told) -> None:
    told.send(Ledger(where).booked())


def test_two_processes_that_upgrade_at_once_do_it_once(database):
    settle(Ledger(Database(database, steps=STEPS[:1])).purse("p", "film"), "a", "1.50")
    ours.close()
    context = get_context("spawn")
    hears, tells = context.Pipe(duplex=False)
    # Both are held at the door until both are there: the turn is ours meanwhile.
    with plain(database).begin() as door:
        door.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ours._TURN})")
        processes = [context.Process(target=upgrade, args=(database, tells)) for _ in range(2)]
        for process in processes:
            process.start()
        until = time.monotonic() + 120
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        while door.exec_driver_sql(waiting).scalar() != 2:
            assert time.monotonic() < until
            time.sleep(0.05)
    assert [hears.recv(), hears.recv()] == [USD("1.5")] * 2
    for process in processes:
        process.join()
    with plain(database).connect() as stranger:
        versions = stranger.exec_driver_sql("SELECT version FROM songreel_schema ORDER BY 1")
        assert versions.scalars().all() == list(range(1, len(STEPS) + 1))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only where processes fork")
def test_a_forked_process_has_connections_of_its_own(database):
    ledger = Ledger(database)
    settle(ledger.purse("p", "film"), "a", "1")  # leaves a connection in the pool
    child = os.fork()
    if child == 0:
        status = 1
        try:
            for i in range(20):
                settle(ledger.purse("child", "film"), f"k{i}", "1")
            status = 0
        finally:
            os._exit(status)
    for i in range(20):
        settle(ledger.purse("parent", "film"), f"k{i}", "1")
    _, status = os.waitpid(child, 0)
    assert status == 0
    assert ledger.booked(Scope("project", "child")) == 20
    assert ledger.booked() == 41


def test_a_killed_writers_turn_passes_on(database):
    ledger = Ledger(database)
    context = get_context("spawn")
    hears, tells = context.Pipe(duplex=False)
    process = context.Process(target=book_forever, args=(database, tells))
    process.start()
    for _ in range(10):
        hears.recv()
    kill(process.pid)
    process.join()
    start = time.monotonic()
    settle(ledger.purse("q", "film"), "a", "1")
    assert time.monotonic() - start < 5
