"""What can be wrong with the words of one shot: a rule is a function to sentences."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations

from songreel.models.storyboard import CameraMove, Shot, Words
from songreel.prompting.moves import commands_in, moves_in, sizes_in
from songreel.prompting.palette import colour_name, hue_of
from songreel.prompting.prose import head_of
from songreel.prompting.sentences import Limits, count_tokens, count_words
from songreel.prompting.tongues import Tongue, asks_for


@dataclass(frozen=True)
class Case:
    """One shot's words as they are to be sent."""

    shot: Shot
    sent: Words
    dialect: str
    tongue: Tongue
    limits: Limits
    subjects: frozenset[str]
    """Who carries the film, in the film's own words."""

    @property
    def prompt(self) -> str:
        """The prompt."""
        return self.sent.prompt


Rule = Callable[[Case], Iterator[str]]


def _words(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(alternatives)})(?!\w)", re.I)


COMMANDS = frozenset(
    (
        "truck left", "truck right", "pan left", "pan right", "push in", "pull out", "pedestal up",
        "pedestal down", "tilt up", "tilt down", "zoom in", "zoom out", "shake", "tracking shot",
        "static shot",
    )
)  # fmt: skip
"""MiniMax's fifteen."""
_OTHER_SHOTS = _words(
    r"(?<!again and )again(?! and again)", "same as", "as before", "like before", "once more",
    r"(?:as|like) in the (?:last|previous|first|earlier|other)", "as seen earlier",
    r"(?:the )?(?:previous|preceding|last|next|earlier|following) (?:shot|scene|clip|frame)s?",
    r"the same \w+(?: \w+)? as", "continu(?:es|ing|ed) from", "still the same", "as already",
)  # fmt: skip
_NEGATION = _words(
    "no", "not", "without", "never", "none", "nobody", "nothing", "avoid", r"\w+n[’']t", "cannot",
)  # fmt: skip
_SOUND = _words(
    "sounds?", "soundtrack", "audio", "music", "musical", "songs?", "sings?", "singing", "sung",
    r"humm?(?:s|ing)?", r"whisper\w*", r"roar\w*", "loud(?:ly)?", "nois(?:e|es|y)", r"echo\w*",
    r"melod\w+", r"drum(?:s|ming|beats?)?", "rhythms?", "beats?", "chords?", "voices?", "dialogue",
    "sfx", r"listen\w*", "hears?", "heard", "hearing", "audible", r"scream\w*", r"shout\w*",
    "ticking", "knocking", "ringing", "in time with", r"creak\w*", r"howl\w*", r"whistl\w*",
    "on every hit", "crescendo",
)  # fmt: skip
_SILENCE = _words("silent(?:ly)?", "silence", "soundless(?:ly)?")
_LETTERS = _words(
    "watermarks?", "logos?", "subtitles?", "captions?", "lettering", "typography", "title card",
    "texts?", "written words?", r"(?:sign|banner|poster) (?:that )?(?:says|reads|reading|saying)",
)  # fmt: skip
_FAMOUS = _words(
    "disney", "pixar", "marvel", "ghibli", "star wars", "harry potter", "pok[eé]mon", "batman",
    "spider-?man", "mickey mouse", "barbie", "lego", "nike", "adidas", "coca-?cola", "pepsi",
    "mcdonald[’']?s", "starbucks", "ferrari", "porsche", "iphone", "netflix", "taylor swift",
    "beyonc[eé]", "michael jackson", "madonna", "elvis", "billie eilish", "drake", "rihanna",
    "lady gaga", "brad pitt", "tom cruise", "scarlett johansson", "elon musk", "donald trump",
    "barack obama", "wes anderson", "quentin tarantino", "christopher nolan",
)  # fmt: skip
_STYLE_OF = re.compile(r"\bin the style of (?-i:[A-Z])", re.I)
_MOOD = _words(
    r"evok\w+", "feelings?", "a sense of", "moods?", r"nostalgi\w+", r"melanchol\w+", r"euphori\w+",
    "hopeful", "longing", "bittersweet", "soulful", "heartfelt", r"emotion\w*", "vibes?",
    "yearning", "atmosphere of",
)  # fmt: skip
_SYNTAX = re.compile(
    r"--\w+|\(\w[^()]*:\d(?:\.\d+)?\)|<lora:|\b(?:trending on artstation|masterpiece|8k uhd)\b"
    r"|\bISO ?\d{2,}",
    re.I,
)
_PLACEHOLDER = re.compile(r"\{[^{}]*\}|<(?:subject|place|\w+ here)>|\blorem ipsum\b|\bTODO\b")
_ANGLE = _words(
    r"(?:low|high|dutch|canted|overhead|aerial|eye-level)[- ]angle", r"bird[’']s[- ]eye view",
    r"worm[’']s[- ]eye view", "eye level",
)  # fmt: skip
_JARGON = _words(
    r"doll(?:y|ies|ying)(?: (?:in|out|zoom))?", "truck (?:left|right)", "pedestal (?:up|down)",
    "jib", "arc shot", "rack focus", "whip pan",
)  # fmt: skip
JARGON_DEAF = frozenset(("ltx", "mochi", "wan"))
"""Dialects that follow a plain sentence about the camera, not the trade's words."""
_OPPOSED: tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...] = (
    ("day and night",
     _words("daylight", "daytime", "midday", "noon", "sunshine", "sunlit", "sunny", "broad day"),
     _words("night", "midnight(?! blue)", "moonlight", "moonlit", "nocturnal")),
    ("indoors and outdoors",
     _words("indoors", "interior", r"(?:in|inside) an? (?:\w+ )?(?:room|kitchen|hall|bedroom|attic|"
            r"cellar|ballroom|warehouse|office|studio)"),
     _words("outdoors", "exterior", "open air", "under (?:the|an) open sky",
            r"in an? (?:\w+ )?(?:forest|field|meadow|desert)",
            r"on an? (?:\w+ )?(?:beach|mountain|hillside)")),
    ("summer and winter",
     _words("summer", "midsummer", "heatwave"), _words("winter", "snowfall", "blizzard")),
    ("stillness and wild movement",
     _words("motionless", "nothing moves", "completely still", "freeze[- ]frame", "frozen in time",
            r"everything (?:is|stands|stays) still", "still (?:image|photograph|picture)"),
     _words("frantic(?:ally)?", "wild(?:ly)?", r"explod\w+", r"whirl\w*", "at full speed",
            r"burst\w*", "rushing", "racing", "chaotic")),
    ("deep and shallow focus", _words("deep focus"),
     _words(r"(?:shallow|razor-thin) (?:focus|depth of field)", "shallow depth of field")),
    ("slow motion and time-lapse", _words("slow[- ]motion"), _words("time-?lapse", "sped up")),
    ("an empty place and a crowd", _words("deserted", "empty of people", "abandoned"),
     _words("crowds?", "crowded", "bustling")),
)  # fmt: skip
_GRADING = re.compile(
    r"\b(?:colou?rs?|tones?|palette|grad(?:e|ed|ing))(?: (?:are|is|of|in|to))* ([^.;:]+)", re.I
)
_COLOURLESS = _words("monochrome", "black[- ]and[- ]white", "sepia", "greyscale", "grayscale")
_OPENING, _CLOSING = "([{“«", ")]}”»"


def _empty(case: Case) -> Iterator[str]:
    if not re.search(r"\w", case.prompt):
        yield "the prompt says nothing; write one, or plan the shot anew"


def _characters(case: Case) -> Iterator[str]:
    for where, text in (("prompt", case.prompt), ("negative prompt", case.sent.negative)):
        odd = [c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Co", "Cn") or c == "�"]
        if odd:
            code = f"U+{ord(odd[0]):04X}"
            yield f"the {where} holds a character that does not print ({code}); take it out"


def _brackets(case: Case) -> Iterator[str]:
    open_: list[str] = []
    for character in case.prompt:
        if character in _OPENING:
            open_.append(character)
            continue
        closes = _CLOSING.find(character)
        if closes >= 0 and (not open_ or _OPENING.index(open_.pop()) != closes):
            yield f"{character!r} closes nothing; take it out or open it"
            return
    if open_:
        yield f"{open_[-1]!r} is never closed; close it or take it out"
    if case.prompt.count('"') % 2:
        yield "a quotation mark is never closed; close it or take it out"


def _placeholder(case: Case) -> Iterator[str]:
    if found := _PLACEHOLDER.search(case.prompt):
        yield f"{found[0]!r} was to be filled in; put in its place what is to be seen"


def _other_shots(case: Case) -> Iterator[str]:
    if found := _OTHER_SHOTS.search(case.prompt):
        yield (
            f"{found[0]!r} points to another shot, which the model does not see; say in full "
            "what is to be seen"
        )


def _negation(case: Case) -> Iterator[str]:
    if found := _NEGATION.search(case.prompt):
        instead = "in the negative prompt" if case.tongue.takes_negative else "as it should look"
        yield (
            f"{found[0]!r} in a prompt tends to bring what it forbids; say what is there, and "
            f"what is to stay away {instead}"
        )


def _sound(case: Case) -> Iterator[str]:
    found = _SOUND.search(case.prompt)
    if found is None and case.dialect != "veo":
        found = _SILENCE.search(case.prompt)
    if found:
        yield f"{found[0]!r} cannot be seen, the song is the sound; say what it looks like"


def _banned(case: Case) -> Iterator[str]:
    if found := _LETTERS.search(case.prompt):
        yield f"{found[0]!r} asks for letters, which come out garbled; leave them out"
    if found := _FAMOUS.search(case.prompt) or _STYLE_OF.search(case.prompt):
        yield (
            f"{found[0]!r} names a real person, brand or artist, which services refuse; describe "
            "what is to be seen instead"
        )


def _long(case: Case) -> Iterator[str]:
    sizes = (
        (count_words(case.prompt), case.limits.words, "words"),
        (len(case.prompt), case.limits.characters, "characters"),
        (count_tokens(case.prompt), case.limits.tokens, "tokens"),
    )
    for size, limit, unit in sizes:
        if limit and size > limit:
            yield f"the prompt has {size} {unit}, {case.dialect} reads {limit}; shorten it"


def _short(case: Case) -> Iterator[str]:
    size, least = count_words(case.prompt), case.limits.least
    if 0 < size < least:
        yield (
            f"the prompt has {size} words, and {case.dialect} does poorly under {least}; add "
            "place, light and movement"
        )


def _contradiction(case: Case) -> Iterator[str]:
    for name, first, second in _OPPOSED:
        a, b = first.search(case.prompt), second.search(case.prompt)
        if a and b:
            yield f"{a[0]!r} and {b[0]!r} do not go together ({name}); keep one of them"
    for small, large in combinations(sorted(sizes_in(case.prompt)), 2):
        yield f"the prompt asks for a {small} and a {large} shot at once; keep one of them"


def _camera(case: Case) -> Iterator[str]:
    moves = moves_in(case.prompt)
    moving = moves - {CameraMove.STATIC}
    if CameraMove.STATIC in moves and moving:
        yield f"the camera cannot stand still and {min(moving)} at once; keep one of them"
    elif len(moving - {CameraMove.HANDHELD}) > case.tongue.moves_at_once:
        asked = " and ".join(sorted(moving))
        yield f"{asked} are more moves than {case.dialect} makes in one clip; keep one of them"
    elif moves and case.shot.camera not in moves:
        asked = " and ".join(sorted(moves))
        yield f"the plan's camera is {case.shot.camera}, the prompt's {asked}; make them agree"
    if case.dialect == "wan" and moving and (found := _ANGLE.search(case.prompt)):
        yield f"{found[0]!r} beside a camera move confuses wan; keep the angle or the move"
    if case.dialect in JARGON_DEAF and (found := _JARGON.search(case.prompt)):
        yield (
            f"{case.dialect} does not know {found[0]!r}; write a sentence, as 'the camera slowly "
            "pushes in'"
        )


def _commands(case: Case) -> Iterator[str]:
    commands = commands_in(case.prompt)
    if not commands:
        return
    if not case.tongue.brackets:
        yield f"{case.dialect} takes [{commands[0]}] for noise; say the move in words"
        return
    for command in commands:
        if command.lower() not in COMMANDS:
            yield (
                f"[{command}] is none of the fifteen commands and is ignored; take one of "
                f"{', '.join(sorted(COMMANDS))}"
            )
    if len(commands) > case.tongue.moves_at_once:
        yield f"{len(commands)} commands are more than {case.tongue.moves_at_once}; keep the first"


def _syntax(case: Case) -> Iterator[str]:
    if found := _SYNTAX.search(case.prompt):
        yield f"{found[0]!r} is another tool's syntax, which {case.dialect} ignores; take it out"


def _mood(case: Case) -> Iterator[str]:
    if case.tongue.sees_mood:
        return
    own = case.shot.parts.mood if case.shot.parts else ""
    found = _MOOD.search(case.prompt)
    told = own if own and asks_for(case.prompt, own) else found[0] if found else ""
    if told:
        yield f"{case.dialect} cannot see {told!r}; say what in the picture makes it felt"


def _colours(case: Case) -> Iterator[str]:
    vivid = [colour for colour in case.shot.palette if colour.chroma >= 0.025]
    own = {colour_name(colour) for colour in case.shot.palette}
    if len(vivid) >= 2 and (found := _COLOURLESS.search(case.prompt)):
        yield f"{found[0]!r} goes against the shot's palette; change one of them"
    for told in _GRADING.findall(case.prompt):
        for name in re.split(r", | and ", told):
            hue = hue_of(name.strip())
            if hue is None or not vivid or name.strip() in own:
                continue
            if min(abs((colour.hue - hue + 180) % 360 - 180) for colour in vivid) > 60:
                yield f"{name.strip()!r} is not in the shot's palette; change one of them"


def _negative(case: Case) -> Iterator[str]:
    negative = case.sent.negative
    if negative and not case.tongue.takes_negative:
        yield (
            f"{case.dialect} takes no negative prompt, so {negative[:40]!r} is not sent; say in "
            "the prompt what is there"
        )
        return
    if found := _NEGATION.search(negative):
        yield f"{found[0]!r} in the negative prompt turns it round; list the things alone"
    for thing in filter(None, (item.strip() for item in negative.split(","))):
        if asks_for(case.prompt, thing):
            yield f"the negative prompt forbids {thing!r}, which the prompt asks for; drop it there"
        moving = case.shot.camera is not CameraMove.STATIC
        if moving and thing.lower() in ("camera movement", "camera motion", "movement", "motion"):
            yield f"the negative prompt forbids {thing!r}, and the camera moves; drop it there"
    limit = case.limits.negative
    if limit and len(negative) > limit:
        size = len(negative)
        yield f"the negative prompt has {size} characters, {case.dialect} reads {limit}; shorten it"


def _subject(case: Case) -> Iterator[str]:
    for subject in sorted(case.subjects):
        if subject in case.prompt.lower():
            continue
        if found := _words(rf"the {re.escape(head_of(subject))}(?:[’']s)?").search(case.prompt):
            yield f"{found[0]!r} is somebody the model has not met; write {subject!r}"


RULES: dict[str, tuple[Rule, str]] = {
    "empty": (_empty, "error"),
    "characters": (_characters, "error"),
    "brackets": (_brackets, "error"),
    "placeholder": (_placeholder, "error"),
    "other shots": (_other_shots, "error"),
    "negation": (_negation, "warning"),
    "sound": (_sound, "warning"),
    "banned words": (_banned, "error"),
    "too long": (_long, "error"),
    "too short": (_short, "warning"),
    "contradiction": (_contradiction, "error"),
    "camera": (_camera, "error"),
    "commands": (_commands, "error"),
    "syntax": (_syntax, "warning"),
    "unseen mood": (_mood, "warning"),
    "colours": (_colours, "warning"),
    "negative": (_negative, "error"),
    "subject": (_subject, "warning"),
}
"""Each rule and how grave it is when it is broken."""
