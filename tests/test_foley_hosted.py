"""`songreel foley` against the local services: whatever goes wrong, the film is delivered."""

from dataclasses import replace
from fractions import Fraction
from math import inf

import av
import pytest

from songreel.desk import Spending
from songreel.foley import Foley, Wish
from songreel.foley_place import place_without_film
from songreel.generation.sound import orders, registry
from songreel.models.mix import MixSpec
from songreel.settings import Settings
from songreel.sound.pcm import read
from songreel.store.ledger import Ledger
from support.cloud.faults import (
    ABORTED,
    CANCELED,
    ENDLESS,
    NO_VIDEO,
    NOT_JSON,
    PAGE,
    REFUSED,
    answer_lost,
    answers,
    fails,
    gives,
    lying,
    reset_unread,
    says,
    truncated,
)
from support.foley_shop import make_film
from support.hosted_films import HASTY
from support.hosted_sounds import source_of

FPS = Fraction(25)
AGREED = Spending(consent=lambda quote, bounds: True)  # noqa: ARG005
SOURCES = ["fal:mmaudio-v2", "replicate:mmaudio"]
FAULTS = [
    ("create", reset_unread()), ("create", answer_lost()), ("create", NOT_JSON),
    ("create", answers(401)), ("create", answers(402)), ("create", answers(422)),
    ("create", answers(429, retry_after=0.1)), ("create", answers(500)),
    ("create", fails("CUDA out of memory")), ("create", REFUSED), ("create", ABORTED),
    ("create", CANCELED), ("create", ENDLESS), ("create", says("dreaming")),
    ("create", gives("list")), ("poll", answers(500)), ("poll", answers(404)),
    ("poll", answer_lost()), ("poll", PAGE), ("upload", answers(500)),
    ("upload", reset_unread()), ("download", truncated()), ("download", lying()),
    ("download", NO_VIDEO), ("download", PAGE), ("download", answers(404)),
]  # fmt: skip


@pytest.fixture
def foley(tmp_path, monkeypatch, cloud):  # noqa: ARG001 (the keys must be there)
    def create(name, context):
        service, _, model = name.partition(":")
        source = source_of(service, context.scratch, model)
        source.longest = 2.0  # three pieces in 3.6 s
        return source

    hasty = replace(HASTY, deadline=1.5, tries=4)
    monkeypatch.setattr(registry, "create", create)
    monkeypatch.setattr(orders, "Patience", lambda: hasty)
    return Foley(Settings(tmp_path / "work", 1, f"sqlite:///{tmp_path}/l.db", tmp_path / "c"))


@pytest.fixture
def film(tmp_path):
    return make_film(tmp_path / "film.mp4", 90, FPS, [30, 60])


def frames(path):
    with av.open(str(path)) as container:
        return sum(1 for packet in container.demux(video=0) if packet.size)


@pytest.mark.parametrize("source", [SOURCES[0], pytest.param(SOURCES[1], marks=pytest.mark.slow)])
def test_a_film_gets_its_sound_from_a_service(tmp_path, foley, cloud, film, source):
    wish = Wish(source=source, preset="lo-fi", mix=MixSpec(codec="alac"))
    done = foley.make(foley.place(str(film)), wish, spending=AGREED)
    assert (done.failure, done.track.outcome, len(cloud.bill())) == ("", "whole", 3)
    assert done.track.output_samples == 3.6 * 48_000
    assert frames(done.place.output) == 90
    asked = [line.input for line in cloud.bill()]
    assert all("music" in each["negative_prompt"] for each in asked)
    assert all(each["duration"] in (1.375, 1.875, 1.75) for each in asked)
    assert all(each["num_steps"] == 25 for each in asked)
    # lo-fi lets words alone say what is heard, which one of the two can do.
    cannot = any("cannot do" in text for text in done.track.notices)
    assert cannot == (source == "replicate:mmaudio")
    assert all("mask_away_clip" not in each for each in asked) == cannot
    assert any(text.startswith("licence: CC-BY-NC") for text in done.track.notices)
    booked = Ledger(f"sqlite:///{tmp_path}/l.db").booked()
    assert booked == done.bill.project == done.track.cost.usd > 0
    sold = len(cloud.bill())
    foley.make(foley.place(str(film)), wish, force=True)
    assert len(cloud.bill()) == sold


def test_words_become_sound(tmp_path, foley, cloud):
    wish = Wish(source="fal:mmaudio-text", prompt="rain on tin", mix=MixSpec(codec="wav"))
    place = place_without_film(tmp_path / "rain.wav")
    done = foley.make(place, wish, seconds=Fraction(5, 2), spending=AGREED)
    assert done.track.outcome == "whole"
    assert read(place.output).samples.shape[1] == 2.5 * 48_000
    assert all("rain on tin" in line.input["prompt"] for line in cloud.bill())


EVERY_DAY = [("create", REFUSED.name, inf), ("download", truncated().name, inf)]
EACH = [
    pytest.param(
        kind, fault, times, SOURCES[(number + turn) % 2],
        id=f"{kind}: {fault.name}, {'for ever' if times == inf else 'once'}",
        marks=() if (kind, fault.name, times) in EVERY_DAY else pytest.mark.slow,
    )
    for number, (kind, fault) in enumerate(FAULTS)
    for turn, times in enumerate((1, inf))
]  # fmt: skip
"""Each once and for ever, at the two services in turn."""


@pytest.mark.parametrize(("kind", "fault", "times", "source"), EACH)
def test_every_fault_ends_in_a_delivered_film(foley, cloud, film, source, kind, fault, times):
    cloud.fail(kind, fault, times=times)
    place, wish = foley.place(str(film)), Wish(source=source)
    done = foley.make(place, wish, spending=AGREED)
    assert frames(done.place.output) == 90
    assert (done.track.outcome == "whole") == (not done.failure)
    if fault == REFUSED:  # of three pieces, one or all
        assert done.track.outcome == ("part" if times == 1 else "none")
    assert done.track.samples == 3.6 * 48_000
    cloud.heal()
    sold = len(cloud.bill())
    again = foley.make(place, wish, spending=AGREED, force=True)
    assert frames(again.place.output) == 90
    missing = sum(part.take is None for part in done.track.parts)
    assert len(cloud.bill()) - sold <= 2 * missing
    if done.track.outcome == "whole":
        assert len(cloud.bill()) == sold
