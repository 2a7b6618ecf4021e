"""Stored objects: what is written is what is read, and an error says where it is."""

from fractions import Fraction
from functools import cached_property

import pytest

from songreel.models.document import Document, Frozen
from songreel.models.errors import InvalidInput
from songreel.models.harmony import Key
from songreel.models.located import LocatedJson
from songreel.models.music import Curve
from songreel.models.render import RenderSpec


class Old(Document):
    """A document whose first version called `name` otherwise."""

    kind = "test.old"
    version = 2
    upgrades = {1: lambda raw: {"name": raw["title"]}}  # noqa: RUF012

    name: str


def test_an_old_version_is_lifted():
    assert Old.from_json('{"kind": "test.old", "version": 1, "title": "x"}').name == "x"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"kind": "test.old",\n "version": 3, "name": "x"}', r"f, line 2: version 3 .* update"),
        ('{"kind": "other", "version": 1}', "expected a test.old document, found other"),
        ("[1, 2]", "expected a test.old document, found no object"),
        ('{"kind": "test.old", "version": 2,\n\n"name": 4}', r"f, line 3: name: .*\(given 4\)"),
        ('{"kind": "test.old",\n"version" 2}', r"f, line 2, column 11: not valid JSON"),
        ('{"kind": "test.old", "version": 2, "name": "x",\n"nom": "y"}', r"line 2: nom: Extra"),
    ],
)
def test_a_broken_document_is_refused_with_its_line_and_field(text, message):
    with pytest.raises(InvalidInput, match=message):
        Old.from_json(text, "f")


class Square(Frozen):
    side: int

    @cached_property
    def area(self) -> int:
        return self.side**2


def test_a_changed_copy_works_out_anew_what_follows_from_its_values():
    square = Square(side=2)
    assert square.area == 4
    assert square.model_copy(update={"side": 3}).area == 9
    assert square.area == 4


def test_keys_with_an_underscore_are_for_the_reader():
    assert Old.from_json('{"kind": "test.old", "version": 2, "name": "x", "_n": 1}').name == "x"


def test_a_document_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "a.json"
    Old(name="ü").save(path)
    assert Old.load(path) == Old(name="ü")
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_every_value_knows_its_line():
    text = '{\n "a": [1,\n 2, {"b":\n "c"}],\n "d": {}\n}'
    located = LocatedJson(text, "x")
    lines = {(): 1, ("a",): 2, ("a", 0): 2, ("a", 1): 3, ("a", 2, "b"): 4, ("d",): 5}
    assert {place: located.line(place) for place in lines} == lines
    assert located.line(("a", 2, "nowhere")) == 3


def test_a_key_is_its_name():
    assert str(Key.model_validate("F# minor")) == "Gb minor"
    with pytest.raises(ValueError, match="'H major' is not a key"):
        Key.model_validate("H major")


def test_a_curve_is_read_between_its_samples():
    curve = Curve(rate=2.0, values=(0.0, 1.0, 0.5))
    assert curve.at(0.25) == 0.5
    assert curve.at(9.0) == 0.5
    assert curve.mean(0.0, 1.0) == 0.5
    assert curve.cut(0.25, 0.75).values == (0.5, 0.75)


@pytest.mark.parametrize(
    ("aspect", "side", "size"),
    [("16:9", 720, (1280, 720)), ("9:16", 1080, (1080, 1920)), ("1:1", 720, (720, 720)),
     ("4:5", 1080, (1080, 1350)), ("16:9", 90, (160, 90))],
)  # fmt: skip
def test_sizes_are_even_and_in_proportion(aspect, side, size):
    spec = RenderSpec.of(aspect, side, Fraction(24))
    assert (spec.width, spec.height) == size


@pytest.mark.parametrize(("aspect", "side"), [("3:2", 720), ("16:9", 721), ("16:9", 10)])
def test_sizes_that_cannot_be_are_refused(aspect, side):
    with pytest.raises(InvalidInput, match="choose one of|even number"):
        RenderSpec.of(aspect, side, Fraction(24))


def test_what_was_worked_out_is_not_compared():
    one, other = (Curve(rate=10, values=(0.1, 0.2)) for _ in range(2))
    assert one.array is not other.array  # comparing arrays would raise
    assert one == other
    assert one != other.model_copy(update={"rate": 20.0})
    assert one != 3
