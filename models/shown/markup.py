"""HTML that is escaped by construction: `Markup`, `tag`, `table`."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape


class Markup(str):
    """Text that is HTML already. Whatever is none is escaped where it is set in."""

    __slots__ = ()


def tag(name: str, *children: object, **attributes: object) -> Markup:
    """An element.

    Args:
        name: Of the element.
        children: Texts, which are escaped; `Markup` as it is; None is left out.
        attributes: Values are escaped; None is left out, True stands alone. `class_` is `class`,
            and other underscores are hyphens.
    """
    said = "".join(
        f" {_named(key)}" if value is True else f' {_named(key)}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _EMPTY:
        return Markup(f"<{name}{said}>")
    return Markup(f"<{name}{said}>{joined(children)}</{name}>")


_EMPTY = frozenset({"br", "img", "source"})


def joined(children: Iterable[object]) -> Markup:
    """Children one after the other."""
    return Markup(
        "".join(
            child if isinstance(child, Markup) else escape(str(child))
            for child in children
            if child is not None
        )
    )


def table(
    heads: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    numbers: Sequence[str] = (),
    label: str = "",
) -> Markup:
    """A table.

    Args:
        heads: Of the columns.
        rows: Texts or `Markup`, a cell a column.
        numbers: Columns set flush right, by their heads.
        label: What it holds, for those who do not see it.
    """
    kinds = ["number" if head in numbers else None for head in heads]
    head = tag("tr", *(tag("th", h, scope="col", class_=k)
                       for h, k in zip(heads, kinds, strict=True)))  # fmt: skip
    body = [
        tag("tr", *(tag("td", cell, class_=k) for cell, k in zip(row, kinds, strict=True)))
        for row in rows
    ]
    return tag("table", tag("thead", head), tag("tbody", *body), aria_label=label or None)


def facts(pairs: Mapping[str, object]) -> Markup:
    """Names with their values."""
    return tag("dl", *(tag("div", tag("dt", k), tag("dd", v)) for k, v in pairs.items()))


def sentences(texts: Iterable[str], heading: str = "") -> Markup | None:
    """A list of sentences; None where there is none."""
    items = [tag("li", text) for text in texts]
    if not items:
        return None
    return joined((tag("p", heading, class_="small") if heading else None, tag("ul", *items)))


def folded(summary: object, *inside: object, unfolded: bool = False) -> Markup:
    """What opens on a click."""
    return tag("details", tag("summary", summary), *inside, open=unfolded)


def _named(key: str) -> str:
    return key.rstrip("_").replace("_", "-")
