"""The best film for a sum: never over it, never worse for more, and each sentence true."""

import re
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from itertools import combinations, pairwise, product
from random import Random

import pytest

from songreel.generation.budget import Allotment, Allotted, allot, apply
from songreel.generation.catalogue.entry import Entry
from songreel.generation.catalogue.load import catalogue
from songreel.generation.catalogue.pack import pack
from songreel.generation.catalogue.price import quote
from songreel.generation.requests import requests
from songreel.generation.spending.families import families
from songreel.generation.spending.knapsack import pick
from songreel.generation.spending.menu import NOTHING, Menu, Way, bill
from songreel.generation.spending.worth import weight
from songreel.models.errors import BudgetExceeded, InvalidInput
from songreel.models.money import FREE, dollars
from songreel.models.render import RenderSpec
from songreel.models.storyboard import Shot, Storyboard
from songreel.prompting.looks import looks
from songreel.prompting.plan import plan
from support.analyses import POP, Analysis, Part, Score, ballad, edm, pop, write

SPEC = RenderSpec()
USD = Decimal
NAMES = sorted(looks())


@pytest.fixture(scope="module")
def offered() -> tuple[Entry, ...]:
    """The models of both services that make clips of words alone."""
    return tuple(catalogue().where(needs_nothing=True))


@pytest.fixture(scope="module")
def film() -> Storyboard:
    return plan(pop(), looks()[NAMES[0]])


@pytest.fixture(scope="module")
def hailuo(offered) -> tuple[Entry, ...]:
    """One model, whose clips have six or ten seconds."""
    return tuple(entry for entry in offered if entry.key == "fal:hailuo-02")


def short_song(random: Random) -> Analysis:
    labels = ["verse", "chorus", "drop", "break", "build", "intro", "section"]
    chosen = [random.choice(labels) for _ in range(random.randint(1, 5))]
    parts = [
        Part(label, label[0].upper(), random.choice([2, 4, 8]), round(random.uniform(0.1, 1), 2))
        for label in chosen
    ]
    return write(Score(parts, bpm=random.choice([80.0, 120.0, 150.0])))


def paid(board: Storyboard, song: Analysis, offered: tuple[Entry, ...]) -> dict[str, Decimal]:
    """What the clips cost at most that the sources will plan for `board`, by source."""
    asked = requests(board, song, SPEC)
    costs = {}
    for entry in offered:
        own = {shot.id: asked[shot.id] for shot in board.shots if shot.provider == entry.key}
        clips = {p.request.fingerprint: p.request for p in pack(own, entry).values()}
        if clips:
            costs[entry.key] = sum((quote(entry, clip).high for clip in clips.values()), USD(0))
    return costs


@pytest.mark.parametrize("case", range(14))
def test_what_the_sources_will_plan_costs_what_was_said_and_never_more_than_the_sum(case, offered):
    random = Random(case)
    song = short_song(random)
    board = plan(song, looks()[random.choice(NAMES)], seed=case)
    models = tuple(random.sample(offered, 6))
    usd = USD(random.choice(["0.01", "0.1", "0.37", "1", "3", "12.5", "80"]))
    found = allot(board, SPEC, usd, entries=models)
    assert found.total.high <= usd
    assert found.left == usd - found.total.high >= 0
    applied = apply(board, found)
    assert sum(paid(applied, song, models).values()) == found.total.high
    assert len({each.source for each in found.shots} - {"builtin"}) <= 2
    if found.upgrade is not None:
        assert found.upgrade > found.left
    assert [each.shot for each in found.shots] == [shot.id for shot in board.shots]


@pytest.mark.slow
def test_more_money_is_never_a_worse_film(film, offered):
    sums = [USD(cents) / 100 for cents in (0, 3, 5, 40, 300, 301, 2500, 9000)]
    scores = [allot(film, SPEC, usd, entries=offered).score for usd in sums]
    assert scores == sorted(scores)
    assert scores[0] == 0
    assert scores[-1] > 2 * scores[4] > 0


def test_nothing_to_spend_buys_nothing(film, offered):
    found = allot(film, SPEC, USD(0), entries=offered)
    assert {each.source for each in found.shots} == {"builtin"}
    assert found.total == FREE
    assert allot(film, SPEC, USD(50), entries=()).total == FREE


def test_the_same_film_and_sum_give_the_same_choice(film, offered):
    first, second = (allot(film, SPEC, USD(5), entries=offered) for _ in range(2))
    assert first.model_dump_json() == second.model_dump_json()


def test_choruses_get_the_better_model_and_quiet_places_what_is_free(film, offered):
    found = allot(film, SPEC, USD(5), entries=offered)
    quality = {entry.key: entry.quality for entry in offered} | {"builtin": 0}
    by_label: dict[str, list[float]] = {}
    for shot, each in zip(film.shots, found.shots, strict=True):
        by_label.setdefault(film.sections[shot.section].label, []).append(quality[each.source])
    means = {label: sum(own) / len(own) for label, own in by_label.items()}
    assert means["chorus"] > means["verse"] > means["outro"]


def test_a_small_sum_goes_further_by_showing_clips_twice(film, hailuo):
    found = allot(film, SPEC, USD(5), entries=hailuo)
    bought = [each for each in found.shots if each.source != "builtin"]
    clips = sum(each.quote.high > 0 for each in bought)
    assert len(bought) > 1.5 * clips
    rich = allot(film, SPEC, USD(500), entries=hailuo)
    assert all(each.quote.high > 0 for each in rich.shots)


def test_shots_of_a_take_ask_for_one_clip_and_never_follow_each_other(film, hailuo):
    found = allot(film, SPEC, USD(4), entries=hailuo)
    applied = apply(film, found)
    takes: dict[str, list[tuple[int, Shot]]] = {}
    for place, shot in enumerate(applied.shots):
        if shot.provider != "builtin":
            takes.setdefault(shot.take or "", []).append((place, shot))
    assert max(len(members) for members in takes.values()) > 1
    for members in takes.values():
        places = [place for place, _ in members]
        assert all(after > before + 1 for before, after in pairwise(places))
        first = members[0][1]
        for _, shot in members:
            same = {"prompt", "negative", "seed", "parts", "motif", "camera", "size", "palette"}
            assert shot.model_dump(include=same) == first.model_dump(include=same)
        was = next(shot for shot in film.shots if shot.id == first.id)
        assert first.prompt == was.prompt
    for before, after in zip(film.shots, applied.shots, strict=True):
        kept = {"id", "at", "section", "transition", "energy", "motion", "rhymes_with"}
        assert before.model_dump(include=kept) == after.model_dump(include=kept)


def test_an_applied_plan_can_be_planned_anew_for_another_sum(film, offered):
    once = apply(film, allot(film, SPEC, USD(2), entries=offered))
    found = allot(once, SPEC, USD(0), entries=offered)
    assert {each.source for each in found.shots} == {"builtin"}
    assert not any(each.fixed for each in found.shots)


def changed(board: Storyboard, **shots: dict[str, object]) -> Storyboard:
    made = tuple(shot.model_copy(update=shots.get(shot.id, {})) for shot in board.shots)
    return board.model_copy(update={"shots": made})


def test_shots_that_name_a_source_are_paid_first_and_left_alone(film, offered):
    board = changed(
        film,
        s03={"provider": "fal:hailuo-02"},
        s05={"provider": "footage"},
        s07={"provider": "replicate", "locked": True},
        s09={"locked": True},
    )
    found = allot(board, SPEC, USD("0.90"), entries=offered)
    by_id = {each.shot: each for each in found.shots}
    assert [by_id[s].fixed for s in ("s03", "s05", "s07", "s09", "s11")] == [True] * 4 + [False]
    assert by_id["s03"].quote.high > 0
    assert by_id["s05"].quote == by_id["s09"].quote == FREE
    assert by_id["s07"].source == "replicate:ltx-video"
    assert found.total.high <= USD("0.90")
    applied = apply(board, found)
    for before, after in zip(board.shots, applied.shots, strict=True):
        if by_id[before.id].fixed:
            assert after == before
    assert len({e.source for e in found.shots if e.quote.high > 0}) <= 2
    assert any("4 shots keep their source" in sentence for sentence in found.sentences)


def test_a_shot_may_name_a_model_that_is_not_bought_from_otherwise(film, offered, hailuo):
    board = changed(film, s03={"provider": "fal:veo-3.1-fast"}, s05={"locked": True})
    own = "replicate:ltx-video"
    found = allot(board, SPEC, USD(3), entries=hailuo, known=offered, own=own)
    by_id = {each.shot: each for each in found.shots}
    assert by_id["s03"].quote.high > 0
    assert (by_id["s05"].source, by_id["s05"].quote.high > 0) == (own, True)
    assert {e.source for e in found.shots if not e.fixed} <= {"builtin", "fal:hailuo-02"}
    assert found.total.high <= 3


def test_shots_that_keep_their_models_may_not_pass_the_sum(film, offered):
    board = changed(film, s03={"provider": "fal:veo-3.1"})
    with pytest.raises(BudgetExceeded, match=r"may cost .* over the budget of 0\.10 USD"):
        allot(board, SPEC, USD("0.10"), entries=offered)


def test_a_model_that_is_not_offered_is_named(film, offered):
    board = changed(film, s03={"provider": "fal:nonsense"})
    with pytest.raises(InvalidInput, match="shot s03 comes from fal:nonsense"):
        allot(board, SPEC, USD(5), entries=offered)


@pytest.mark.parametrize("usd", ["-1", "NaN", "Infinity", "100000000"])
def test_a_sum_that_is_none_is_refused(film, offered, usd):
    with pytest.raises(InvalidInput, match="no sum to spend"):
        allot(film, SPEC, USD(usd), entries=offered)


def test_words_of_a_person_are_never_replaced_by_another_shots(film, hailuo):
    found = allot(film, SPEC, USD(4), entries=hailuo)
    takes = [each.take for each in found.shots]
    shared = [e.shot for e in found.shots if takes.count(e.take) > 1 and e.quote == FREE]
    own = changed(film, **{shared[0]: {"parts": None, "prompt": "my own words"}})
    for board, alone in ((own, ()), (film, shared[:1])):
        again = allot(board, SPEC, USD(4), entries=hailuo, alone=alone)
        mine = next(each for each in again.shots if each.shot == shared[0])
        assert [each.take for each in again.shots].count(mine.take) == 1


def test_a_model_that_needs_an_image_serves_shots_that_have_one(film):
    image = [e for e in catalogue().entries if e.needs("start") and not e.needs("end")][:1]
    assert {e.source for e in allot(film, SPEC, USD(9), entries=image).shots} == {"builtin"}
    board = changed(film, s30={"start_image": "photo.jpg"})
    found = allot(board, SPEC, USD(9), entries=image)
    assert [e.shot for e in found.shots if e.source != "builtin"] == ["s30"]


def value(menus: list[dict[str, tuple[Way, ...]]], sum_: int, unit: float, mixing: int) -> int:
    """The best score by trying everything, with at most two models."""
    best = 0
    names = list(menus[0])
    for size in (1, 2):
        for palette in combinations(names, size):
            offers = [[NOTHING, *(w for name in palette for w in menu[name])] for menu in menus]
            for ways in product(*offers):
                if sum(way.cost for way in ways) <= sum_:
                    gain = sum(int(way.gain / unit) for way in ways)
                    best = max(best, gain - mixing * (size - 1))
    return best


@pytest.mark.parametrize("case", range(30))
def test_small_cases_are_solved_as_well_as_by_trying_everything(case):
    random = Random(case)
    menus = [
        {
            name: tuple(
                Way(name, (), random.randint(1, 60), random.uniform(0, 9))
                for _ in range(random.randint(0, 3))
            )
            for name in "abc"
        }
        for _ in range(random.randint(1, 4))
    ]
    unit, mixing, sum_ = 0.5, random.randint(0, 4), random.randint(0, 150)
    found = pick(menus, sum_, unit=unit, mixing=mixing, most=2)
    assert found.score == value(menus, sum_, unit, mixing)
    assert sum(way.cost for way in found.ways) <= sum_
    assert found.gain == sum(int(way.gain / unit) for way in found.ways)


@pytest.mark.parametrize("usd", ["0.06", "0.4", "1.1", "2.9"])
def test_a_tiny_film_is_as_good_as_trying_every_choice(usd, offered):
    song = write(Score([Part("verse", "A", 2, 0.3), Part("chorus", "B", 4, 0.9)], tail=0.5))
    board = plan(song, looks()[NAMES[1]])
    names = ("fal:hailuo-02", "replicate:ltx-video", "fal:veo-3.1")
    models = [entry for entry in offered if entry.key in names]
    menu = Menu(board, SPEC)
    menus = [{e.key: menu.ways(group, e) for e in models} for group in families(board)]
    assert 2 <= len(menus) <= 8
    found = allot(board, SPEC, USD(usd), entries=models)
    assert found.score == value(menus, int(USD(usd) * 10**6), menu.best() / 4000, 120)


def test_ways_cost_more_only_where_they_are_better(film, offered):
    menu = Menu(film, SPEC)
    group = max(families(film), key=lambda group: len(group.shots))
    assert len(group.shots) > 4
    for entry in offered:
        ways = menu.ways(group, entry)
        costs, gains = [w.cost for w in ways], [w.gain for w in ways]
        assert costs == sorted(set(costs))
        assert gains == sorted(set(gains))
        for way in ways:
            shots = [shot for take in way.takes for shot in take]
            assert len(set(shots)) == len(shots)
            assert set(shots) <= set(group.shots)
        alone = {shot: menu.asked[shot] for shot in ways[0].takes[0][:1]} if ways else {}
        assert not ways or bill(pack(alone, entry), entry) <= ways[-1].cost


@cache
def with_footage(song: Callable[[], Analysis]) -> Storyboard:
    """The plan of a song, of which one shot keeps its source."""
    return changed(plan(song(), looks()[NAMES[2]]), s04={"provider": "footage"})


@pytest.mark.parametrize(
    ("song", "usd"),
    [
        *((pop, usd) for usd in ("0", "0.9", "5", "30")),
        *((song, "5") for song in (edm, ballad)),
        *(
            pytest.param(song, usd, marks=pytest.mark.slow)
            for song in (edm, ballad)
            for usd in ("0", "0.9", "30")
        ),
    ],
)
def test_every_sentence_is_true(song, usd, offered):
    board = with_footage(song)
    found = allot(board, SPEC, USD(usd), entries=offered)
    seconds = {s.id: end - start for s, (start, end) in zip(board.shots, board.spans, strict=True)}
    labels = {s.id: board.sections[s.section].label for s in board.shots}
    said = list(found.sentences)
    assert said.pop(0) == (
        f"At most {dollars(found.total.high)} of {dollars(USD(usd))} USD, "
        f"likely {dollars(found.total.likely)} USD."
    )
    assert "1 shot keeps their source" in said.pop(0)
    groups: dict[str, list[str]] = {}
    for each in found.shots:
        if not each.fixed:
            groups.setdefault(each.source, []).append(each.shot)
    prices = {each.shot: each.quote for each in found.shots}
    for source, shots in groups.items():
        (sentence,) = (text for text in said if f"from {source}," in text)
        said.remove(sentence)
        told = dict(re.findall(r"([a-z-]+) (\d+)(?=[,.])", sentence.rpartition(":")[2]))
        own = [labels[shot] for shot in shots]
        assert told == {label: str(own.count(label)) for label in set(own)}
        if source == "builtin":
            assert sentence.startswith(f"{len(shots)} shot")
            continue
        share = 100 * sum(seconds[shot] for shot in shots) / board.track.duration
        clips = sum(prices[shot].high > 0 for shot in shots)
        cost = sum((prices[shot].high for shot in shots), USD(0))
        assert sentence.startswith(
            f"{len(shots)} of {len(board.shots)} shots ({share:.0f} % of the film) from {source}, "
            f"{clips} clip{'s' * (clips != 1)} for at most {dollars(cost)} USD: "
        )
    for sentence in said:
        check_rest(sentence, board, found)


def check_rest(sentence: str, board: Storyboard, found: Allotment) -> None:
    """The sentences on what is shown twice, on weights, and on what is left."""
    bought = [each for each in found.shots if each.source != "builtin" and not each.fixed]
    free = [each for each in found.shots if each.source == "builtin"]
    if match := re.match(r"(\d+) shots? shows? another part of a clip .*, (\d+) of them", sentence):
        shared = [each for each in bought if each.quote == FREE]
        assert int(match[1]) == len(shared)
        assert all(any(o.take == e.take and o.quote != FREE for o in bought) for e in shared)
        firsts = {s.id: s.rhymes_with or s.id for s in board.shots}
        chain = {shot: firsts[first] for shot, first in firsts.items()}
        rhyming = [
            e
            for e in shared
            if any(
                o.take == e.take and o.shot != e.shot and chain[o.shot] == chain[e.shot]
                for o in bought
            )
        ]
        assert int(match[2]) == len(rhyming)
    elif match := re.match(
        r"A second .* weighs ([\d.]+) on average, of the rest ([\d.]+)", sentence
    ):
        assert (match[1], match[2]) == (mean_weight(board, bought), mean_weight(board, free))
        assert float(match[1]) > float(match[2])
    elif match := re.match(r"([\d.]+) USD is left; the next step up .* ([\d.]+) USD", sentence):
        assert USD(match[1]) == found.left < USD(match[2]) == found.upgrade
    else:
        assert (
            sentence
            == f"{found.left:.2f} USD is left; no model on offer would serve a shot better."
        )
        assert found.upgrade is None


def mean_weight(board: Storyboard, given: list[Allotted]) -> str:
    """Of a second of the shots, to two places."""
    spans = dict(zip((shot.id for shot in board.shots), board.spans, strict=True))
    shots = {shot.id: shot for shot in board.shots}
    lengths = [spans[each.shot][1] - spans[each.shot][0] for each in given]
    weights = [weight(board, shots[each.shot]) for each in given]
    return f"{sum(a * b for a, b in zip(lengths, weights, strict=True)) / sum(lengths):.2f}"


@pytest.mark.slow
def test_an_hour_is_planned_in_time(offered):
    parts = [part for _ in range(4) for part in POP]
    board = plan(write(Score(parts, bpm=124.0)), looks()[NAMES[0]])
    assert len(board.shots) > 200
    found = allot(board, SPEC, USD(40), entries=offered)
    assert USD(39) < found.total.high <= 40
