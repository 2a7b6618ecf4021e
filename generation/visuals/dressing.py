"""`Wardrobe`: how a scene is set in each section of a film: its weather, its hour, its stuff."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import hypot
from typing import NamedTuple

from songreel.generation.visuals.calls import EVERYWHERE, MOTIF, PROMPT, Film
from songreel.generation.visuals.near import WEAK
from songreel.generation.visuals.said import forms, read
from songreel.generation.visuals.scene import Option, Scene, Setting
from songreel.models.clip import ClipRequest
from songreel.models.order import fingerprint

_ANY = 0.7
"""Distance in mood of an option that goes with any: farther than one that suits."""
_WORN = 0.3
"""What an option loses for each section before in which the scene wears it."""
_KEPT_OUT = 3.0
"""What it loses where the negative prompt names it."""
_SAME = 0.9
"""What it loses for having been worn the last time that this letter came."""
_CHANCE = 0.25


class Dressed(NamedTuple):
    """The settings of one shot, and a clause for each that says why."""

    settings: Mapping[str, str]
    reasons: tuple[str, ...]


class Place(NamedTuple):
    """A section, as far as it decides how scenes are set."""

    wears: str
    """The same for sections whose scenes are set alike."""
    key: str
    """The same for sections that call one another back."""
    mood: tuple[float, float]
    """Valence and arousal."""


class Wardrobe:
    """How each scene would be set in each section, and how words of a shot change that.

    Args:
        film: What its prompts have in common.
        places: Its sections, in order.
        draw: Decides between what suits alike.
    """

    def __init__(self, film: Film, places: Sequence[Place], draw: int) -> None:
        self._film, self._places, self._draw = film, places, draw
        self._laid_out: dict[str, Mapping[str, Mapping[str, str]]] = {}

    def dress(
        self, key: str, scene: type[Scene], request: ClipRequest, at: str, told: set[str]
    ) -> Dressed:
        """How `scene` is set for one shot: as its words say, else as its section wears it.

        Args:
            key: The scene's.
            scene: It.
            request: The shot's.
            at: What the section `wears`.
            told: What has been said of the section already; added to.
        """
        if key not in self._laid_out:
            self._laid_out[key] = self._lay_out(key, scene)
        worn = self._laid_out[key][at]
        chosen: dict[str, str] = {}
        reasons: list[str] = []
        for setting in scene.settings:
            option, why = worn[setting.name], "suits the mood"
            named, word, who = self._named(setting, request)
            if named and (option not in named or len(named) == 1):
                option, why = named[0], f"{who} '{word}'"
            chosen[setting.name] = option
            reason = f"{setting.name} {option}: {why}"
            if f"{key} {reason}" not in told:
                reasons.append(reason)
                told.add(f"{key} {reason}")
        return Dressed(chosen, tuple(reasons))

    def _lay_out(self, key: str, scene: type[Scene]) -> dict[str, dict[str, str]]:
        """The settings of a scene in every section, whether it is shown there or not.

        By mood, with what it has worn the least, and never as the last time this letter came; so
        what one shot shows does not change how others are set.
        """
        found: dict[str, dict[str, str]] = {}
        last: dict[str, Mapping[str, str]] = {}
        uses: dict[tuple[str, str], int] = defaultdict(int)
        for place in self._places:
            if place.wears not in found:
                found[place.wears] = {}
                for name, options in ((one.name, one.options) for one in scene.settings):
                    before = last.get(place.key, {}).get(name)
                    costs = {
                        option: _far(options[option], place.mood)
                        + _KEPT_OUT * self._kept_out(options[option])
                        + _WORN * uses[name, option]
                        + _SAME * (option == before)
                        - _CHANCE * self._chance(key, name, place.wears, option)
                        for option in options
                    }
                    option = min(costs, key=lambda option: costs[option])
                    found[place.wears][name] = option
                    uses[name, option] += 1
            last[place.key] = found[place.wears]
        return found

    def _kept_out(self, option: Option) -> bool:
        """Whether the film's negative prompts have a word that calls it."""
        kept_out = {form for word in self._film.kept_out for form in forms(word)}
        return not kept_out.isdisjoint(option.words)

    def _chance(self, *parts: str) -> float:
        return int(fingerprint([self._draw, *parts])[:8], 16) / 2**32

    def _named(self, setting: Setting, request: ClipRequest) -> tuple[list[str], str, str]:
        """The options that the shot's words name most, with the word and who says it."""
        scores: dict[str, float] = defaultdict(float)
        first: dict[str, tuple[str, str]] = {}
        called: dict[str, list[str]] = defaultdict(list)
        for name, option in setting.options.items():
            for word in option.words:
                called[word].append(name)
        motif, prompt = read(request.motif, phrase=True), read(request.prompt)
        for who, said, weight in (
            ("the motif says", motif, MOTIF),
            ("the prompt says", prompt, PROMPT),
        ):
            for spoken in said.words:
                names = next((called[form] for form in forms(spoken.text) if form in called), ())
                everywhere = said is prompt and spoken.text in self._film.everywhere
                if everywhere and not WEAK.isdisjoint(forms(spoken.text)):
                    continue  # what a lens or a lamp is called
                sign = -1.0 if spoken.denied else 1.0
                for name in names:
                    scores[name] += sign * spoken.weight * (EVERYWHERE if everywhere else weight)
                    first.setdefault(name, (spoken.text, who))
        top = max(scores.values(), default=0.0)
        if top <= 0:
            return [], "", ""
        named = [name for name in setting.options if scores.get(name, 0.0) >= top - 1e-9]
        return named, *first[named[0]]


def _far(option: Option, mood: tuple[float, float]) -> float:
    """How far an option is from a mood, 0 to 2.8."""
    if option.mood is None:
        return _ANY
    return hypot(option.mood[0] - mood[0], option.mood[1] - mood[1])
