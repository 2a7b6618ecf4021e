"""`Calls`: which scenes the words of a request call, how surely, and by which words."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from songreel.generation.visuals.near import NEAR, WEAK
from songreel.generation.visuals.said import Said, Word, forms, read
from songreel.generation.visuals.scene import Scene
from songreel.models.clip import ClipRequest

MOTIF, PROMPT, EVERYWHERE, BY_HAND = 2.0, 1.0, 0.5, 3.0
"""Weight of a word in the motif, in the prompt, in most of the film's prompts, and in a prompt
that stands apart from the film's others: somebody wrote it for this shot."""
_OPTION, _NEAR, _WEAK = 0.5, 0.45, 0.4
"""Weight of a word that calls a scene's setting, that is only near to one of its words, and that
is said of much else."""
_DENIED, _KEPT_OUT = -3.0, -0.6
"""Weight of a word that the text denies, and of one in the negative prompt."""
_OFTEN = 0.5
"""Share of a film's prompts in which a word is everywhere: the look says it, not the shot."""
_VAGUE = 0.35
"""Weight at most, times the text's own, of all words that are near or everywhere, however many:
they hint at a scene and never name it."""
_TOLD = 3
"""Words that a reason names."""
_FEW = 4
"""Shots from which on a film has an everywhere."""
_APART = 0.33
"""Share of the everywhere words below which a prompt stands apart from the film's others. Of the
2992 prompts of four songs in every look that ships none has less than 0.66."""


class _Target(NamedTuple):
    scene: str
    weight: float
    own: bool
    """Whether it is one of the scene's own words, which name it; others hint at it."""
    near: str = ""
    """The word of the scene that the said one is near to."""


@dataclass
class Call:
    """How surely the words call one scene."""

    named: float = 0.0
    """Weight of the scene's own words in the text that leads: the motif; the prompt where it
    stands apart or is alone. What either text denies is taken off."""
    other: float = 0.0
    """Weight of its own words in the other text, less those in the negative prompt."""
    hinted: float = 0.0
    """Weight in the leading text of its settings' words, of words that are near to its own, and of
    those that are everywhere in the film."""
    other_hinted: float = 0.0
    said: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """The words that are the scene's or its settings' own, by what says them."""
    near: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """The words that are near to one of its own."""

    @property
    def named_by_both(self) -> float:
        """Weight of its own words in both texts."""
        return self.named + self.other

    @property
    def lead(self) -> float:
        """Weight of all that the leading text says."""
        return self.named + self.hinted

    @property
    def weight(self) -> float:
        """Of everything."""
        return self.lead + self.other + self.other_hinted

    @property
    def reasons(self) -> tuple[str, ...]:
        """A clause for each text that says something, the leading one first."""
        told: set[str] = set()
        clauses = []
        for who, words in (self.said or self.near).items():
            new = [word for word in dict.fromkeys(words) if word not in told][:_TOLD]
            told.update(words)
            if new:
                clauses.append(f"{who} {', '.join(new)}")
        return tuple(clauses)


NO_CALL = Call()


def _common(texts: Sequence[frozenset[str]]) -> frozenset[str]:
    """The words that most of the texts have."""
    counts = Counter(word for text in texts for word in text)
    return frozenset(word for word, count in counts.items() if count >= _OFTEN * len(texts))


class Film(NamedTuple):
    """What a film's prompts have in common."""

    everywhere: frozenset[str] = frozenset()
    kept_out: frozenset[str] = frozenset()
    """The words of most of the negative prompts."""

    @classmethod
    def of(cls, requests: Iterable[ClipRequest]) -> "Film":
        """Read the film's prompts."""
        requests = tuple(requests)
        said = _common([read(request.prompt).texts for request in requests])
        kept_out = _common([read(request.negative).texts for request in requests])
        return cls(said if len(requests) >= _FEW else frozenset(), kept_out)

    def apart(self, prompt: Said) -> bool:
        """Whether `prompt` has next to nothing of what the others say."""
        if len(self.everywhere) < _FEW:
            return False
        return len(self.everywhere & prompt.texts) < _APART * len(self.everywhere)


class Calls:
    """The words by which `scenes` are called."""

    def __init__(self, scenes: Mapping[str, type[Scene]]) -> None:
        own: dict[str, set[str]] = defaultdict(set)
        options: dict[str, set[str]] = defaultdict(set)
        for key, scene in scenes.items():
            for word in scene.words:
                own[word].add(key)
            for setting in scene.settings:
                for option in setting.options.values():
                    for word in option.words:
                        options[word].add(key)
        self._targets: dict[str, tuple[_Target, ...]] = {}
        self._known: dict[tuple[str, str], tuple[_Target, ...]] = {}
        for word in own.keys() | options.keys() | NEAR.keys():
            direct = own.get(word, set())
            found = [_Target(key, _share(word, direct), own=True) for key in sorted(direct)]
            others = options.get(word, set()) - direct
            found += [_Target(k, _OPTION * _share(word, others), own=False) for k in sorted(others)]
            reached = {key: near for near in NEAR.get(word, ()) for key in own.get(near, ())}
            new = {key: near for key, near in reached.items() if key not in direct}
            # A word that is one scene's own leads on to others hardly at all.
            factor = _NEAR * (0.3 if direct else 1.0)
            found += [
                _Target(k, factor * _share(word, new), own=False, near=new[k]) for k in sorted(new)
            ]
            self._targets[word] = tuple(found)

    def of(self, request: ClipRequest, film: Film) -> dict[str, Call]:
        """The scenes that the words of `request` call, by key; weights below 0 keep one out."""
        calls: dict[str, Call] = defaultdict(Call)
        motif, prompt = read(request.motif, phrase=True), read(request.prompt)
        if film.apart(prompt):
            told = "the prompt, unlike the film's others, says"
            self._hear(calls, told, prompt, BY_HAND, frozenset(), leads=True)
            self._hear(calls, "the motif says", motif, PROMPT, frozenset(), leads=False)
        elif not motif.words:
            self._hear(calls, "the prompt says", prompt, MOTIF, film.everywhere, leads=True)
        else:
            self._hear(calls, "the motif says", motif, MOTIF, frozenset(), leads=True)
            self._hear(calls, "the prompt says", prompt, PROMPT, film.everywhere, leads=False)
        for word in read(request.negative).words:
            for scene, worth, own, _ in self._reached(word):
                if own:
                    calls[scene].other += _KEPT_OUT * worth
        return calls

    def of_motif(self, motif: str) -> dict[str, Call]:
        """The scenes that a motif calls by itself."""
        calls: dict[str, Call] = defaultdict(Call)
        said = read(motif, phrase=True)
        self._hear(calls, "the motif says", said, MOTIF, frozenset(), leads=True)
        return calls

    def _hear(
        self,
        calls: dict[str, Call],
        who: str,
        said: Said,
        factor: float,
        everywhere: frozenset[str],
        *,
        leads: bool,
    ) -> None:
        """Enter what one text says into `calls`."""
        gains: dict[tuple[str, bool], float] = defaultdict(float)
        for word in said.words:
            common = word.text in everywhere
            for scene, worth, own, near in self._reached(word):
                call = calls[scene]
                if word.denied:
                    call.named += _DENIED * worth
                    continue
                vague = common or not own
                gain = (EVERYWHERE if common else factor) * word.weight * worth
                gains[scene, vague] += gain
                if common:
                    continue  # it says nothing of this shot
                if near:
                    call.near[who].append(f"'{word.text}' (near '{near}')")
                else:
                    call.said[who].append(f"'{word.text}'")
        for (scene, vague), gain in gains.items():
            name = (
                ("hinted" if vague else "named")
                if leads
                else ("other_hinted" if vague else "other")
            )
            worth = min(gain, _VAGUE * factor) if vague else gain
            setattr(calls[scene], name, getattr(calls[scene], name) + worth)

    def _reached(self, word: Word) -> tuple[_Target, ...]:
        """What `word` leads to: with the one before it, by itself, or by what it is a form of."""
        asked = word.before, word.text
        if asked not in self._known:
            found = forms(word.text)
            wanted = (*(f"{word.before} {form}" for form in found), *found)
            self._known[asked] = next((self._targets[w] for w in wanted if w in self._targets), ())
        return self._known[asked]


def _share(word: str, scenes: Iterable[str]) -> float:
    """What a word is worth to each of the scenes that share it."""
    return (_WEAK if word in WEAK else 1.0) / max(len(set(scenes)), 1)
