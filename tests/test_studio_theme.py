"""The studio's colours: readable over every ground, in both themes, whatever the palette."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songreel.models.harmony import Key
from songreel.models.music import Mood
from songreel.models.storyboard import Oklch
from songreel.prompting.looks import looks
from songreel.prompting.palette import fitted, in_gamut
from songreel.web.studio.theme import (
    EDGE,
    HOUSE,
    TEXT,
    contrast,
    css,
    hex_of,
    of_song,
    rgb_of,
    tokens,
)

MODES = ("dark", "light")
COLOURS = st.builds(
    lambda lightness, chroma, hue: fitted(Oklch(lightness=lightness, chroma=chroma, hue=hue)),
    st.floats(0, 1), st.floats(0, 0.37), st.floats(0, 359.9),
)  # fmt: skip
PALETTES = st.lists(COLOURS, min_size=3, max_size=8).map(
    lambda colours: tuple(sorted(colours, key=lambda colour: colour.lightness))
)


def _worst(palette, mode):
    """The least contrast of any text on any ground, and which they are."""
    found = tokens(palette, mode)
    met = [
        (contrast(rgb_of(found.colours[text]), rgb), text, ground)
        for text in found.texts
        for ground, colours in found.grounds.items()
        for rgb in colours
    ]
    for text, ground in found.pairs:
        pair = rgb_of(found.colours[text]), rgb_of(found.colours[ground])
        met.append((contrast(*pair), text, ground))
    return min(met)


@settings(max_examples=25, deadline=None)
@given(PALETTES)
def test_text_is_readable_in_both_themes_under_any_palette(palette):
    for mode in MODES:
        ratio, text, ground = _worst(palette, mode)
        assert ratio >= TEXT, f"{text} on {ground} in the {mode} theme"


@pytest.mark.parametrize("mode", MODES)
def test_every_look_that_ships_is_readable(mode):
    for name, look in looks().items():
        ratio, text, ground = _worst(look.palette, mode)
        assert ratio >= TEXT, f"{name}: {text} on {ground}"


@settings(max_examples=15, deadline=None)
@given(PALETTES)
def test_controls_stand_out_and_every_colour_is_one_that_screens_show(palette):
    for mode in MODES:
        found = tokens(palette, mode)
        assert all(in_gamut(colour) for colour in found.colours.values())
        grounds = [rgb for colours in found.grounds.values() for rgb in colours]
        for name in ("edge", "ring", "hue-1"):
            own = rgb_of(found.colours[name])
            assert min(contrast(own, rgb) for rgb in grounds) >= EDGE


@settings(max_examples=10, deadline=None)
@given(PALETTES, st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_what_a_blur_mixes_of_the_page_is_readable_too(palette, weights):
    for mode in MODES:
        found = tokens(palette, mode)
        grounds = found.grounds["panel"]
        share = [weight + 0.01 for weight in weights]
        picked = [grounds[round(weight * (len(grounds) - 1))] for weight in weights]
        mixed = tuple(
            sum(part * rgb[i] for part, rgb in zip(share, picked, strict=True)) / sum(share)
            for i in range(3)
        )
        for text in found.texts:
            assert contrast(rgb_of(found.colours[text]), mixed) >= TEXT


def test_black_on_white_is_twenty_one_to_one():
    assert contrast((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)) == pytest.approx(21.0)
    assert contrast((1.0, 1.0, 1.0), (1.0, 1.0, 1.0)) == 1.0


def test_the_accent_is_the_palettes_own_hue():
    for look in looks().values():
        telling = max(look.palette, key=lambda c: c.chroma * (1 - abs(c.lightness - 0.62)))
        for mode in MODES:
            hue = tokens(look.palette, mode).colours["accent"].hue
            assert abs((hue - telling.hue + 180) % 360 - 180) < 0.1


def test_the_rules_say_every_token_for_dark_light_and_the_systems_wish():
    rules = css(HOUSE)
    assert rules.count("--sr-accent:") == 3
    assert "prefers-color-scheme: light" in rules
    assert not re.search(r"url|http|@import|<", rules)


def test_a_song_without_a_plan_gets_its_hue_of_its_key():
    a_minor, c_major = Key.model_validate("A minor"), Key.model_validate("C major")
    assert of_song(None, None) == HOUSE
    assert of_song(a_minor, None) != of_song(c_major, None)
    calm, wild = (of_song(c_major, Mood(valence=0.2, arousal=a))[2].chroma for a in (-0.8, 0.8))
    assert calm < wild


def test_a_colour_is_told_as_the_screen_shows_it():
    assert hex_of(Oklch(lightness=1, chroma=0, hue=0)) == "#ffffff"
    assert hex_of(Oklch(lightness=0, chroma=0, hue=0)) == "#000000"
