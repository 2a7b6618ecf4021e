"""`Wardrobe`: how a scene is set in each section of a film: its weather, its hour, its stuff."""

from collections import defaultdict
from collections.abc import Mapping
from math import hypot
from typing import NamedTuple

from songreel.generation.visuals.calls import EVERYWHERE, MOTIF, PROMPT, Film
from songreel.generation.visuals.said import forms, read
from songreel.generation.visuals.scene import Option, Scene, Setting
from songreel.models.clip import ClipRequest, fingerprint

_ANY = 0.7
"""Distance in mood of an option that goes with any: farther than one that suits."""
_WORN = 0.6
"""What an option loses for each other section in which the scene wore it."""
_CHANCE = 0.25


class Dressed(NamedTuple):
    """The settings of one shot, and a clause for each that says why."""

    settings: Mapping[str, str]
    reasons: tuple[str, ...]


class Wardrobe:
    """Chooses settings shot by shot, in the film's order; remembers what each section wore."""

    def __init__(self, film: Film, draw: int) -> None:
        self._film, self._draw = film, draw
        self._worn: dict[tuple[str, str, str], str] = {}
        self._uses: dict[tuple[str, str, str], int] = defaultdict(int)

    def dress(
        self, key: str, scene: type[Scene], request: ClipRequest, mood: tuple[float, float], at: str
    ) -> Dressed:
        """How `scene` is set for one shot.

        Words of the shot decide; else what the section wears already; else the option that suits
        its mood and that other sections have not worn.

        Args:
            key: The scene's.
            scene: It.
            request: The shot's.
            mood: Valence and arousal of the section.
            at: The section; the same for those that call one another back.
        """
        chosen: dict[str, str] = {}
        reasons: list[str] = []
        for setting in scene.settings:
            if not setting.options:
                continue
            place = (key, setting.name, at)
            named, word, who = self._named(setting, request)
            worn = self._worn.get(place)
            if len(named) == 1:
                option, why = named[0], f"{who} '{word}'"
            elif worn is not None and (not named or worn in named):
                option, why = worn, ""
            else:
                option, why = self._suiting(place, setting, named, mood), "suits the mood"
            if worn is None:
                self._worn[place] = option
                self._uses[key, setting.name, option] += 1
            chosen[setting.name] = option
            if why:
                reasons.append(f"{setting.name} {option}: {why}")
        return Dressed(chosen, tuple(reasons))

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
                sign = -1.0 if spoken.denied else 1.0
                for name in names:
                    scores[name] += sign * spoken.weight * (EVERYWHERE if everywhere else weight)
                    first.setdefault(name, (spoken.text, who))
        top = max(scores.values(), default=0.0)
        if top <= 0:
            return [], "", ""
        named = [name for name in setting.options if scores.get(name, 0.0) >= top - 1e-9]
        return named, *first[named[0]]

    def _suiting(
        self,
        place: tuple[str, str, str],
        setting: Setting,
        named: list[str],
        mood: tuple[float, float],
    ) -> str:
        scene, name, _ = place

        def cost(option: str) -> float:
            chance = int(fingerprint([self._draw, *place, option])[:8], 16) / 2**32
            worn = self._uses[scene, name, option]
            return _far(setting.options[option], mood) + _WORN * worn - _CHANCE * chance

        return min(named or setting.options, key=cost)


def _far(option: Option, mood: tuple[float, float]) -> float:
    """How far an option is from a mood, 0 to 2.8."""
    if option.mood is None:
        return _ANY
    return hypot(option.mood[0] - mood[0], option.mood[1] - mood[1])
