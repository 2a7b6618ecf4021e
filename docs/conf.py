"""How the documentation is built: `make docs`."""

import re
import sys
from pathlib import Path

from sphinx.application import Sphinx

import songreel
from songreel.web.studio.theme import HOUSE, Mode, tokens

sys.path.insert(0, str(Path(__file__).parent))

import generated  # the folder itself, once it is on the path

project = "songreel"
author = "the songreel authors"
copyright = "the songreel authors, Apache-2.0"  # noqa: A001 (Sphinx's name)
release = version = songreel.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
]

exclude_patterns = ["_build"]
source_suffix = {".md": "markdown"}
myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"songreel {release}"
html_static_path = ["static"]
html_css_files = ["songreel.css"]
html_copy_source = False
html_show_sphinx = False

autodoc_default_options = {
    "members": True,
    "member-order": "bysource",
    "exclude-members": "model_config, model_post_init",
}
autodoc_typehints = "signature"
autodoc_class_signature = "mixed"
autodoc_preserve_defaults = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
nitpicky = False


def _colours(mode: Mode) -> dict[str, str]:
    """The studio's own colours, under the names that the theme of these pages has for them."""
    found = {
        name: f"oklch({colour.lightness:.4f} {colour.chroma:.4f} {colour.hue:.2f})"
        for name, colour in tokens(HOUSE, mode).colours.items()
    }
    names = {
        "background-primary": "page", "background-secondary": "deep", "background-hover": "hover",
        "background-border": "line", "foreground-primary": "text", "foreground-secondary": "text-2",
        "foreground-muted": "text-2", "foreground-border": "edge", "brand-primary": "accent-text",
        "brand-content": "accent-text", "brand-visited": "accent-text",
        "link-underline": "line", "sidebar-link-text": "text-2",
        "sidebar-link-text--top-level": "text", "sidebar-item-background--hover": "hover",
        "sidebar-search-background": "inset", "sidebar-search-background--focus": "inset",
        "inline-code-background": "panel-solid", "api-background": "panel-solid",
        "api-background-hover": "hover", "highlight-on-target": "soft", "table-border": "line",
        "table-header-background": "panel-solid", "card-background": "panel-solid",
    }  # fmt: skip
    return {f"color-{name}": found[ours] for name, ours in names.items()} | {
        "font-stack": "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', sans-serif",
    }


html_theme_options = {
    "light_css_variables": _colours("light"),
    "dark_css_variables": _colours("dark"),
}


def _as_code(
    _app: Sphinx, _what: str, _name: str, _of: object, _how: object, lines: list[str]
) -> None:
    """Single backticks are code in our docstrings, as in Markdown."""
    lines[:] = [re.sub(r"(?<!`)`([^`]+)`(?!`)", r"``\1``", line) for line in lines]


def setup(app: Sphinx) -> None:
    """Write what is generated before the pages are read."""
    generated.write(Path(__file__).parent)
    app.connect("autodoc-process-docstring", _as_code, priority=400)  # before napoleon
