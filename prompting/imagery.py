"""What the words of a song can be seen as: the lexicon of `imagery.toml`, and its reader."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import Field

from songreel.models.document import Frozen
from songreel.models.storyboard import Parts

Pair = Annotated[tuple[str, str], Field(min_length=2)]
"""The first time and the next."""
REACH = 4
"""Words after which a negation has worn off."""


class Noun(Frozen):
    """A thing of a kind."""

    seen: str
    needs: Literal["the", ""] = ""


class Scene(Frozen):
    """What fills the frame."""

    words: tuple[str, ...]
    calm: Pair
    rising: Pair
    wild: Pair
    against: tuple[str, ...] = ()


class Kind(Frozen):
    """A way in which many things can be seen."""

    words: dict[str, Noun | str]
    front: Pair
    calm: Pair
    rising: Pair
    wild: Pair


class Feeling(Frozen):
    """What abstract words do to mood and light."""

    words: tuple[str, ...]
    mood: str
    light: str


class Lexicon(Frozen):
    """Every word there is an image for."""

    idioms: tuple[str, ...]
    determiners: frozenset[str]
    negators: frozenset[str]
    turns: frozenset[str]
    forms: dict[str, str]
    scene: dict[str, Scene]
    kind: dict[str, Kind]
    act: dict[str, Pair]
    mood: dict[str, Feeling]


@dataclass(frozen=True)
class Image:
    """Something that a word brings to mind.

    Attributes:
        role: "scene", "thing", "act" or "mood".
        name: Of its scene, kind, act or feeling.
        thing: What is seen, for a thing.
        word: As it was sung.
    """

    role: Literal["scene", "thing", "act", "mood"]
    name: str
    word: str
    thing: str = ""

    @property
    def key(self) -> str:
        """What makes it the same image."""
        return f"{self.role}/{self.name}/{self.thing}"


@cache
def lexicon() -> Lexicon:
    """The lexicon, read once."""
    text = (files("songreel.prompting") / "imagery.toml").read_text(encoding="utf-8")
    return Lexicon.model_validate(tomllib.loads(text))


@cache
def _known() -> dict[str, tuple[Image, ...]]:
    """Images by base form."""
    found: dict[str, tuple[Image, ...]] = {}

    def add(word: str, image: Image) -> None:
        found[word] = (*found.get(word, ()), image)

    known = lexicon()
    for name, scene in known.scene.items():
        for word in scene.words:
            add(word, Image("scene", name, word))
    for name, kind in known.kind.items():
        for word, noun in kind.words.items():
            thing = noun if isinstance(noun, str) else noun.seen
            add(word, Image("thing", name, word, thing))
    for word in known.act:
        add(word, Image("act", word, word))
    for name, feeling in known.mood.items():
        for word in feeling.words:
            add(word, Image("mood", name, word))
    return found


def images(text: str) -> tuple[Image, ...]:
    """What `text` brings to mind, in its order, each image once.

    What is negated is not among them ("no fire", "without a home"), nor what an idiom says
    without meaning it ("falling in love" is no fall).
    """
    known, found = _known(), dict[str, Image]()
    spoken = text.lower().replace("’", "'")
    for idiom in lexicon().idioms:
        spoken = re.sub(rf"\b{re.escape(idiom)}\b", _feeling(idiom), spoken)
    tokens = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)*'?|[,.;:!?()/]", spoken)
    negated, before = 0, list[str]()
    for token in tokens:
        if not token[0].isalpha() or token in lexicon().turns:
            negated = 0
        elif token in lexicon().negators or token.endswith("n't"):
            negated = REACH + 1
        base = next((form for form in bases(token) if form in known), None)
        if base is not None and negated == 0:
            for image in known[base]:
                if _meant(image, token, before):
                    found.setdefault(image.key, image)
        negated = max(negated - 1, 0)
        before.append(token)
    return tuple(found.values())


def _feeling(idiom: str) -> str:
    """What is left of an idiom: its abstract word, if it has one."""
    abstract = {word for feeling in lexicon().mood.values() for word in feeling.words}
    return next((word for word in idiom.split() if word in abstract), " ")


def _meant(image: Image, token: str, before: list[str]) -> bool:
    """Whether a word is the noun or verb that the image takes it for."""
    known = lexicon()
    article = any(word in known.determiners for word in before[-2:])
    if image.role == "act":
        # "The dance" is none, and in "rain is falling" it is the rain that falls.
        subject = [w for w in before[-2:] if any(b in _known() for b in bases(w))]
        taken = [w for w in subject if any(i.role in ("scene", "thing") for i in _first(w))]
        return not (before and before[-1] in known.determiners) and not taken
    if image.role == "thing":
        noun = known.kind[image.name].words[image.word]
        needed = isinstance(noun, Noun) and noun.needs == "the"
        return article or not needed or (token.endswith("s") and token != image.word)
    return True


def _first(word: str) -> tuple[Image, ...]:
    base = next((form for form in bases(word) if form in _known()), None)
    return _known()[base] if base else ()


def bases(word: str) -> Iterator[str]:
    """Forms that `word` may be an inflection of, the likeliest first."""
    forms = lexicon().forms
    bare = word.removesuffix("'s").strip("'")
    if word.endswith("in'"):
        bare = word[:-3] + "ing"
    for form in _stems(bare):
        yield forms.get(form, form)


def _stems(word: str) -> Iterator[str]:
    yield word
    if len(word) > 4 and word.endswith("ies"):
        yield word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        yield word[:-1]
    if re.search(r"(?:[sxzo]|[cs]h)es$", word):
        yield word[:-2]
    for ending in ("ing", "ed"):
        stem = word.removesuffix(ending)
        if stem == word or not re.search(r"[aeiouy]", stem) or len(stem) < 3:
            continue
        if re.search(r"([bdgklmnprtz])\1$", stem):
            yield stem[:-1]
        # "Staring" is of "stare": one syllable with one vowel would double its consonant.
        if not re.fullmatch(r"[^aeiou]*[aeiou][^aeiouwxy]", stem):
            yield stem
        yield stem + "e"


def fits(image: Image, parts: Parts, negative: str) -> bool:
    """Whether the look's world has room for the image."""
    around = f"{parts.place} {parts.light} {parts.time}".lower()
    against = lexicon().scene[image.name].against if image.role == "scene" else ()
    if any(re.search(rf"\b{re.escape(word)}\b", around) for word in against):
        return False
    said = f"{image.word} {image.thing} {' '.join(clauses(image))}".lower()
    forbidden = (thing.strip().lower() for thing in negative.split(",") if thing.strip())
    return not any(re.search(rf"\b{re.escape(thing)}s?\b", said) for thing in forbidden)


def clauses(image: Image) -> tuple[str, ...]:
    """Every clause of an image."""
    known = lexicon()
    if image.role == "scene":
        scene = known.scene[image.name]
        return (*scene.calm, *scene.rising, *scene.wild)
    if image.role == "thing":
        kind = known.kind[image.name]
        pairs = (*kind.calm, *kind.rising, *kind.wild)
        return tuple(clause.format(image.thing) for clause in pairs)
    return known.act[image.name] if image.role == "act" else ()
