"""The book of money: exact, append-only, and never over a limit when something is ordered."""

import csv
import io
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from multiprocessing import get_context
from uuid import uuid4

import pytest
import sqlalchemy as sql
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from songreel.models.errors import BudgetExceeded, InvalidInput
from songreel.models.money import MICRO, Quote
from songreel.store import costs as accounts
from songreel.store.book import MONTH, WORKSPACE, Scope
from songreel.store.ledger import Ledger
from support.books import REQUEST, USD, book_forever, hammer, kill, meet_at, reserve, settle
from support.clocks import Clock
from support.databases import plain


@pytest.fixture
def ledger(database: str) -> Ledger:
    return Ledger(database, clock=Clock())


def test_a_charge_takes_the_place_of_what_was_set_aside(ledger):
    purse = ledger.purse("p", "film")
    reserve(purse, "a", "0.50")
    assert (purse.spent(), ledger.booked()) == (USD("0.5"), USD("0.5"))
    settle(purse, "a", "0.123457")
    assert (purse.spent(), ledger.booked()) == (USD("0.123457"), USD("0.123457"))


def test_repeating_anything_changes_nothing(ledger):
    purse = ledger.purse("p", "film")
    for _ in range(3):
        reserve(purse, "a", "0.50")
        reserve(purse, "b", "0.20")
    assert ledger.booked() == USD("0.7")
    for _ in range(3):
        settle(purse, "a", "0.40")
        purse.release("b", "refused")
    settle(purse, "a", "9.99")
    purse.release("a", "too late")
    reserve(purse, "a", "0.50")
    assert ledger.booked() == purse.spent() == USD("0.4")
    assert [line.kind for line in accounts.entries(ledger)] == [
        "reserve", "reserve", "settle", "release",
    ]  # fmt: skip


def test_a_charge_that_comes_after_a_release_or_out_of_nowhere_is_booked(ledger):
    purse = ledger.purse("p", "film")
    reserve(purse, "a", "0.50")
    purse.release("a", "no answer")
    settle(purse, "a", "0.45")
    settle(purse, "unknown", "0.30")
    purse.release("nobody", "nothing")
    assert ledger.booked() == purse.spent() == USD("0.75")


def test_what_was_released_can_be_ordered_again(ledger):
    purse = ledger.purse("p", "film")
    for _ in range(3):
        reserve(purse, "a", "0.50")
        purse.release("a", "failed")
    reserve(purse, "a", "0.60")
    assert ledger.booked() == USD("0.6")
    settle(purse, "a", "0.55")
    assert ledger.booked() == USD("0.55")


def test_the_same_key_of_another_project_is_another_clip(ledger):
    reserve(ledger.purse("p", "film"), "a", "0.50")
    reserve(ledger.purse("q", "other film"), "a", "0.50")
    assert ledger.booked() == 1
    assert ledger.booked(Scope("project", "q")) == USD("0.5")


def test_a_limit_is_named_with_the_way_out(ledger):
    purse = ledger.purse("p", "film")
    ledger.limit(Scope("project", "p"), USD(20))
    reserve(purse, "a", "19.75")
    with pytest.raises(BudgetExceeded) as refused:
        reserve(purse, "b", "0.40", shot="s14")
    assert str(refused.value) == (
        "shot s14: 0.40 USD would bring this project to 20.15 USD, over its limit of 20.00 USD; "
        "raise it with `songreel costs limit 25 --project DIR`, or choose a cheaper model with "
        "--visuals"
    )
    assert ledger.booked() == USD("19.75")
    reserve(purse, "c", "0.25")  # reaching the limit is not passing it


def test_the_workspace_and_the_month_have_limits_too(database):
    clock = Clock("2026-11-30T23:00:00+00:00")
    ledger = Ledger(database, clock=clock)
    ledger.limit(WORKSPACE, USD(10))
    ledger.limit(MONTH, USD(4))
    reserve(ledger.purse("p", "film"), "a", "3")
    other = ledger.purse("q", "other")
    with pytest.raises(BudgetExceeded, match=r"this month \(UTC\) to 5\.00 .* limit 5 --month"):
        reserve(other, "b", "2")
    clock.set("2026-12-01T00:30:00+00:00")
    reserve(other, "b", "4")
    with pytest.raises(BudgetExceeded, match=r"over the monthly limit of 4\.00"):
        reserve(other, "c", "0.000001")
    clock.set("2027-01-01T00:30:00+00:00")
    with pytest.raises(BudgetExceeded, match=r"all projects to 10\.50 .*costs limit 15`"):
        reserve(other, "c", "3.5")


def test_a_clip_counts_in_the_month_it_was_ordered_in(database):
    clock = Clock("2026-11-30T23:59:00+00:00")
    ledger = Ledger(database, clock=clock)
    purse = ledger.purse("p", "film")
    reserve(purse, "a", "3")
    clock.set("2026-12-01T00:01:00+00:00")
    settle(purse, "a", "1")
    assert ledger.booked(MONTH) == 0
    clock.set("2026-11-30T23:59:59+00:00")
    assert ledger.booked(MONTH) == 1


def test_the_last_limit_holds_and_can_be_taken_away(ledger):
    scope = Scope("project", "p")
    for bound in (USD(1), USD(2), None, USD(3)):
        ledger.limit(scope, bound)
    ledger.limit(Scope("project", "q"), USD(7))
    (held,) = ledger.limits("p")
    assert (held.scope, held.usd, held.booked) == (scope, 3, 0)
    assert len(ledger.limits()) == 2
    ledger.limit(scope, None)
    assert ledger.limits("p") == ()
    reserve(ledger.purse("p", "film"), "a", "1000")


@pytest.mark.parametrize("amount", ["-0.01", "NaN", "Infinity", "100000000"])
def test_a_limit_that_is_no_amount_is_refused(ledger, amount):
    with pytest.raises(InvalidInput, match="no amount in USD"):
        ledger.limit(WORKSPACE, USD(amount))
    with pytest.raises(InvalidInput, match="no amount in USD"):
        ledger.purse("p", "film", USD(amount))


def test_what_is_free_is_never_refused(ledger):
    ledger.limit(WORKSPACE, USD(0))
    purse = ledger.purse("p", "film", USD(0))
    reserve(purse, "a", "0")
    with pytest.raises(BudgetExceeded):
        reserve(purse, "b", "0.000001")


def test_a_run_keeps_within_its_budget_whatever_earlier_runs_spent(ledger):
    reserve(ledger.purse("p", "film"), "left open", "1.00")
    settle(ledger.purse("p", "film"), "long ago", "7.00")
    run = ledger.purse("p", "film", USD("5"))
    reserve(run, "a", "4")
    settle(run, "a", "3.50")
    reserve(run, "left open", "1.00")  # taken up again: it is this run that waits for it
    assert run.spent() == USD("4.5")
    with pytest.raises(BudgetExceeded, match=r"s01: 0\.60 USD .*this run to 5\.10 .*--budget 5\.5"):
        reserve(run, "b", "0.60")
    run.release("left open", "failed")
    reserve(run, "b", "0.60")
    assert run.spent() == USD("4.1")


def test_a_charge_over_the_limit_is_booked_and_stops_the_next_order(ledger):
    ledger.limit(WORKSPACE, USD(1))
    purse = ledger.purse("p", "film")
    reserve(purse, "a", "0.90")
    settle(purse, "a", "1.30")
    assert ledger.booked() == USD("1.3")
    with pytest.raises(BudgetExceeded):
        reserve(purse, "b", "0.01")


KEYS = ["a", "b", "c", "d"]
MONEY = st.integers(0, 3_000_000).map(lambda n: USD(n) * MICRO)
ACTS = st.lists(
    st.tuples(st.sampled_from(["reserve", "settle", "release"]), st.sampled_from(KEYS), MONEY),
    max_size=25,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(acts=ACTS, limit=MONEY, allowance=MONEY)
def test_balances_follow_a_plain_model_to_the_millionth(ledger, acts, limit, allowance):
    project = uuid4().hex  # each example has one of its own, and all share the book
    own = Scope("project", project)
    ledger.limit(own, limit)
    purse = ledger.purse(project, "film", allowance)
    paid: dict[str, Decimal] = {}
    aside: dict[str, Decimal] = {}
    for act, key, amount in acts:
        booked = sum(paid.values()) + sum(aside.values())
        if act == "settle":
            settle(purse, key, amount)
            paid.setdefault(key, amount)
            aside.pop(key, None)
        elif act == "release":
            purse.release(key, "given back")
            aside.pop(key, None)
        elif key in paid or key in aside:
            reserve(purse, key, amount)
        elif amount and booked + amount > min(limit, allowance):
            with pytest.raises(BudgetExceeded):
                reserve(purse, key, amount)
        else:
            reserve(purse, key, amount)
            aside[key] = amount
        expected = sum(paid.values()) + sum(aside.values())
        assert ledger.booked(own) == purse.spent() == expected
    found = accounts.total(accounts.costs(ledger, "shot", project))
    assert (found.total, found.open) == (sum(paid.values()), sum(aside.values()))


def test_processes_cannot_pass_a_limit_together(database):
    ledger = Ledger(database)
    ledger.limit(WORKSPACE, USD("1.00"))
    context = get_context("spawn")
    door = context.Barrier(3)
    with ProcessPoolExecutor(3, context, initializer=meet_at, initargs=(door,)) as pool:
        runs = [pool.submit(hammer, database, name, 40, 3) for name in ("p", "q", "r")]
        let = [run.result() for run in runs]
    assert sum(let) == 33
    assert ledger.booked() == USD("0.99")


def test_threads_cannot_pass_a_limit_together(ledger):
    ledger.limit(WORKSPACE, USD("1.00"))
    with ThreadPoolExecutor(6) as pool:
        runs = [pool.submit(hammer, ledger, name, 20, 3) for name in "pqrstu"]
        assert sum(run.result() for run in runs) == 33
    assert ledger.booked() == USD("0.99")


def test_many_processes_may_open_a_new_workspace_at_once(places):
    where = places()
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        runs = [pool.submit(hammer, where, name, 1, 1) for name in ("p", "q", "r")]
        assert [run.result() for run in runs] == [1, 1, 1]


@pytest.mark.parametrize("lines", [1, 40, 75])
def test_the_book_of_a_killed_process_is_whole(database, lines):
    Ledger(database)
    context = get_context("spawn")
    hears, tells = context.Pipe(duplex=False)
    process = context.Process(target=book_forever, args=(database, tells))
    process.start()
    told = [hears.recv() for _ in range(lines)]
    assert process.pid is not None
    kill(process.pid)
    process.join()
    tells.close()
    while hears.poll():
        try:
            told.append(hears.recv())
        except EOFError:
            break
    if database.startswith("sqlite"):
        with plain(database).connect() as file:
            assert file.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    ledger = Ledger(database)
    lines = accounts.entries(ledger)
    kept = [(line.kind, line.key) for line in lines]
    assert kept[: len(told)] == told
    assert len(kept) <= len(told) + 1  # at most the line that was being told
    charged = sum(line.usd for line in lines if line.kind == "settle")
    waiting = accounts.reservations(ledger)
    assert len(waiting) <= len({key for _, key in kept}) // 3 + 1
    assert ledger.booked() == charged + sum(line.usd for line in waiting)


ONLY = {
    "sqlite": ("INSERT OR REPLACE INTO ledger_entries SELECT * FROM ledger_entries",),
    "postgresql": (
        "TRUNCATE ledger_entries",
        "TRUNCATE ledger_limits CASCADE",
    ),
}
"""Statements that one kind of database knows and the other does not."""


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entries SET usd = 0",
        "DELETE FROM ledger_entries",
        "UPDATE ledger_limits SET usd = 999",
        "DELETE FROM ledger_limits",
        "INSERT INTO ledger_entries SELECT * FROM ledger_entries WHERE true "
        "ON CONFLICT (id) DO UPDATE SET usd = 0",
        "INSERT INTO ledger_entries SELECT * FROM ledger_entries WHERE true "
        "ON CONFLICT (project, key, round, kind) DO UPDATE SET usd = 0",
        None,
    ],
)
def test_no_line_is_ever_changed(ledger, database, places, statement):
    ledger.limit(WORKSPACE, USD(5))
    reserve(ledger.purse("p", "film"), "a", "0.50")
    for tried in (statement,) if statement else ONLY[places.kind]:
        with (
            pytest.raises(sql.exc.IntegrityError, match="only added to"),
            plain(database).begin() as stranger,
        ):
            stranger.exec_driver_sql(tried)
    assert ledger.booked() == USD("0.5")
    assert ledger.limits()[0].usd == 5


def test_costs_add_up_the_same_whichever_way_they_are_looked_at(database):
    clock = Clock("2026-11-20T23:30:00+00:00")
    ledger = Ledger(database, clock=clock)
    film, other = ledger.purse("p", "Sea film"), ledger.purse("q", "Ash film")
    for i in range(30):
        purse = film if i % 2 else other
        if i == 15:
            clock.set("2026-11-21T00:30:00+00:00")
        provider = "fal:ltxv-13b" if i % 3 else "replicate:hailuo-02"
        reserve(purse, f"k{i}", "0.10", provider=provider, shot=f"s{i // 4:02}")
        if i % 5:
            settle(purse, f"k{i}", USD("0.033333"), measured=i % 5 > 1)
        elif i % 10:
            purse.release(f"k{i}", "failed")
    by = {kind: accounts.costs(ledger, kind) for kind in ("project", "model", "day", "shot")}
    assert [row.name for row in by["project"]] == ["Ash film", "Sea film"]
    assert [row.name for row in by["model"]] == ["fal:ltxv-13b", "replicate:hailuo-02"]
    assert [row.name for row in by["day"]] == ["2026-11-20", "2026-11-21"]
    sums = {kind: accounts.total(rows) for kind, rows in by.items()}
    assert len(set(sums.values())) == 1
    assert sums["day"].total == 24 * USD("0.033333")
    assert sums["day"].unmeasured == 6 * USD("0.033333")
    assert (sums["day"].waiting, sums["day"].open) == (3, USD("0.3"))
    assert ledger.booked() == sums["day"].total + sums["day"].open
    (row,) = accounts.costs(ledger, "project", project="p")
    assert (row.name, row.clips) == ("Sea film", 12)
    late = accounts.total(accounts.costs(ledger, "day", since=date(2026, 11, 21)))
    assert late == accounts.total(by["day"][1:])


def test_what_may_still_be_billed_is_listed(ledger):
    purse = ledger.purse("p", "film")
    for key in "abc":
        reserve(purse, key, "0.20", shot=f"s-{key}")
    settle(purse, "a", "0.10")
    purse.release("b", "failed")
    reserve(purse, "b", "0.30", shot="s-b")
    assert [(line.key, line.usd) for line in accounts.reservations(ledger)] == [
        ("c", USD("0.2")), ("b", USD("0.3")),
    ]  # fmt: skip
    assert accounts.reservations(ledger, project="q") == ()


def test_a_project_is_shown_by_its_latest_name(ledger):
    settle(ledger.purse("p", "untitled"), "a", "1")
    settle(ledger.purse("p", "Sea film"), "b", "2")
    (row,) = accounts.costs(ledger, "project")
    assert (row.name, row.total) == ("Sea film", 3)


def test_the_csv_grows_at_its_end_and_sums_to_the_cent(ledger):
    purse = ledger.purse("p", '=HYPERLINK("x"), a "film"\n')
    reserve(purse, "a", "0.50", shot="s01")
    settle(purse, "a", "0.40")
    before = accounts.to_csv(accounts.entries(ledger))
    reserve(purse, "b", "0.25", shot="s02", provider="@SUM(A1)")
    settle(purse, "b", "0.026667", measured=False)
    reserve(purse, "c", "0.10")
    after = accounts.to_csv(accounts.entries(ledger))
    assert after.startswith(before)
    rows = list(csv.DictReader(io.StringIO(after, newline="")))
    charged = sum(USD(row["usd"]) for row in rows if row["kind"] == "settle")
    assert charged == USD("0.426667")
    assert sum(USD(row["change"]) for row in rows) == ledger.booked()
    assert {row["project_name"] for row in rows} == {'\'=HYPERLINK("x"), a "film"\n'}
    assert rows[2]["provider"] == "'@SUM(A1)"
    table = list(csv.DictReader(io.StringIO(accounts.to_csv(accounts.costs(ledger, "model")))))
    assert sum(USD(row["total"]) for row in table) == charged
    assert accounts.to_csv((), accounts.CostRow).startswith("name,project,clips")


def test_an_empty_book_costs_nothing(ledger):
    assert accounts.costs(ledger, "day") == ()
    assert accounts.total(()).total == 0
    assert accounts.to_csv(accounts.entries(ledger)).count("\r\n") == 1


def test_a_spread_is_set_aside_at_its_upper_end(ledger):
    quote = Quote(low=USD("0.02"), likely=USD("0.04"), high=USD("0.08"), basis="seconds of a GPU")
    purse = ledger.purse("p", "film")
    purse.reserve("a", quote, provider="replicate:ltx-video", shot="s01", request=REQUEST)
    (line,) = accounts.entries(ledger)
    assert (line.usd, line.basis) == (USD("0.08"), "seconds of a GPU")
    assert line.fingerprint == REQUEST.fingerprint
    assert line.at == datetime(2026, 11, 21, 12, tzinfo=UTC)
