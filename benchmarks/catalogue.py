"""How much of what hosted models sell a film would not show, with shared clips and without.

    python benchmarks/catalogue.py [films]

Random films (seed 0, 1, …): six sections of three letters, 20 s each, shots of 1 to 4 s, three
motifs a section. Each is planned twice in the same run: every shot on its own clip, and with the
takes that `share` proposes. Wasted is 1 − seconds shown / seconds bought; cost is the likely price
of a film of two minutes in USD. Also 1,000 shots of random length per entry are asked for, and
checked against the entry's schema and for being long enough.
"""

import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from songreel.generation.catalogue.entry import Entry
from songreel.generation.catalogue.legal import inputs, longest, validate
from songreel.generation.catalogue.load import catalogue
from songreel.generation.catalogue.pack import pack, waste
from songreel.generation.catalogue.price import quote
from songreel.generation.catalogue.share import share
from songreel.models.clip import ClipRequest, Portion
from support.hosted import UPLOADED, asked, shared_requests, song, stills_of


def main(films: int) -> None:
    entries = catalogue().entries
    print(f"{'':38}{'alone':>16}{'shared':>26}{'1,000 shots':>20}")
    print(
        f"{'model':38}{'wasted':>8}{'USD':>8}{'wasted':>8}{'USD':>8}{'shots/clip':>12}"
        f"{'illegal':>10}{'too short':>11}"
    )
    means = [row(entry, films) for entry in entries]
    alone, shared = (sum(column) / len(means) for column in zip(*means, strict=True))
    print(f"{'mean over the entries':38}{alone:8.1%}{'':8}{shared:8.1%}")


def row(entry: Entry, films: int) -> tuple[float, float]:
    """Print one entry; its mean waste alone and shared."""
    wasted: tuple[list[float], list[float]] = ([], [])
    cost = [Decimal(0), Decimal(0)]
    shots = clips = 0
    for seed in range(films):
        film = song(seed)
        for kind, takes in enumerate(({each.shot: each.shot for each in film}, share(film, entry))):
            requests = {
                shot: each.model_copy(update=stills_of(entry))
                for shot, each in shared_requests(film, takes).items()
            }
            portions = pack(requests, entry)
            bought = {each.request.fingerprint: each.request for each in portions.values()}
            wasted[kind].append(waste(portions))
            cost[kind] += sum(quote(entry, each).likely for each in bought.values())
        shots, clips = shots + len(film), clips + len(bought)
    illegal, short = checked(entry, pack(random_shots(entry), entry))
    alone, shared = (sum(each) / films for each in wasted)
    print(
        f"{entry.key:38}{alone:8.1%}{cost[0] / films:8.2f}{shared:8.1%}{cost[1] / films:8.2f}"
        f"{shots / clips:12.2f}{illegal:10}{short:11}"
    )
    return alone, shared


def random_shots(entry: Entry) -> dict[str, ClipRequest]:
    random, top = Random(entry.key), float(longest(entry)) - 1 / 12
    return {
        f"s{i}": asked(
            random.uniform(0.2, top), rate=Fraction(30), seed=i, **stills_of(entry)
        )
        for i in range(1000)
    }  # fmt: skip


def checked(entry: Entry, portions: dict[str, Portion]) -> tuple[int, int]:
    """How many requests are illegal, and how many shots are not covered wholly."""
    illegal = sum(
        bool(validate(entry, inputs(entry, each.request, UPLOADED))) for each in portions.values()
    )
    return illegal, sum(each.covered < 1 for each in portions.values())


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
