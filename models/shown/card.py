"""What an object says of itself: `Card`, as a page in a notebook and as a line in a terminal."""

from dataclasses import dataclass

from songreel.models.shown.markup import Markup, joined, tag

_SELF = ".songreel.songreel.songreel"
"""Said thrice, so that what a notebook does to all tables does not reach ours."""

_RULES = (
    "{font-size:13px;line-height:1.45;max-width:960px;margin:4px 0;container-type:inline-size;"
    "text-align:left;white-space:normal}",
    " *{box-sizing:border-box}",
    " .head{display:flex;flex-wrap:wrap;gap:2px 12px;align-items:baseline}",
    " .head b{font-size:15px;font-weight:650}",
    " .head span,.small{color:color-mix(in oklab,currentColor 78%,transparent)}",
    " .part{margin:8px 0}",
    " p{margin:2px 0}",
    " ul{margin:2px 0 2px 18px;padding:0}",
    " li{margin:1px 0}",
    " a{color:inherit;text-decoration:underline}",
    " code{font-size:12px;background:color-mix(in oklab,currentColor 10%,transparent);"
    "padding:0 3px;border-radius:3px;color:inherit}",
    " dl{display:flex;flex-wrap:wrap;gap:4px 18px;margin:0;width:100%;max-width:none}",
    " dl div{display:block;flex:0 1 auto;max-width:100%;width:auto}",
    " dt{font-size:11px;font-weight:400;margin:0;padding:0;width:auto;float:none;"
    "color:color-mix(in oklab,currentColor 78%,transparent)}",
    " dd{margin:0;padding:0;width:auto;max-width:none;float:none;overflow-wrap:anywhere;"
    "font-variant-numeric:tabular-nums}",
    " .wide{overflow-x:auto;overflow-y:auto;max-height:440px}",
    " table{border-collapse:collapse;width:100%;margin:0;font-size:12px;color:inherit;"
    "border:none;table-layout:auto}",
    " thead{border:none;background:none}",
    " tbody tr{background:none;border:none}",
    " th{position:static;font-weight:500;font-size:11px;text-align:left;padding:3px 8px 3px 0;"
    "border:none;border-bottom:1px solid color-mix(in oklab,currentColor 35%,transparent);"
    "background:none;vertical-align:bottom;white-space:nowrap;"
    "color:color-mix(in oklab,currentColor 78%,transparent)}",
    " td{text-align:left;vertical-align:top;padding:3px 8px 3px 0;border:none;background:none;"
    "border-bottom:1px solid color-mix(in oklab,currentColor 12%,transparent);max-width:none;"
    "font-variant-numeric:tabular-nums;white-space:normal}",
    " th.number, td.number{text-align:right;white-space:nowrap}",
    " .group td{padding-top:8px;font-weight:600}",
    " .clip{display:-webkit-box;-webkit-line-clamp:2;-webkit-box-orient:vertical;overflow:hidden;"
    "min-width:220px}",
    " details{margin:6px 0}",
    " summary{cursor:pointer;display:list-item}",
    " .lane{position:relative;height:20px;margin:2px 0;overflow:hidden;border-radius:3px}",
    " .lane.low{height:12px}",
    " .lane.tall{height:44px}",
    " .lane.axis{height:16px;border-radius:0;border-top:1px solid "
    "color-mix(in oklab,currentColor 35%,transparent)}",
    " .lane span{position:absolute;top:0;bottom:0;overflow:hidden;white-space:nowrap;"
    "text-overflow:ellipsis;font-size:11px;line-height:20px;padding:0 4px;"
    "border-left:1px solid color-mix(in oklab,currentColor 55%,transparent)}",
    " .lane.axis span{line-height:15px;padding:0 0 0 3px;overflow:visible}",
    " .lane.bare span{border:none;padding:0}",
    " .lane svg{position:absolute;inset:0;width:100%;height:100%;display:block}",
    " .lanes{display:grid;grid-template-columns:64px minmax(0,1fr);gap:0 8px;align-items:center}",
    " .lanes>i{font-style:normal;font-size:11px;text-align:right;"
    "color:color-mix(in oklab,currentColor 78%,transparent)}",
    " .side{display:flex;flex-wrap:wrap;gap:8px 32px;align-items:flex-start}",
    " .meter{display:inline-block;width:72px;height:7px;border-radius:4px;overflow:hidden;"
    "vertical-align:middle;background:color-mix(in oklab,currentColor 18%,transparent)}",
    " .meter i{display:block;height:100%;background:oklch(0.62 0.12 250)}",
    " .meter.low i{background:oklch(0.64 0.15 55)}",
    " .swatch{display:inline-block;width:13px;height:13px;border-radius:3px;margin-right:2px;"
    "vertical-align:-2px;border:1px solid color-mix(in oklab,currentColor 45%,transparent)}",
    " .swatch.large{width:40px;height:26px}",
    " .good,.bad{display:inline-block;border:1px solid;border-radius:9px;padding:0 8px;"
    "font-size:11px;line-height:17px;font-weight:600}",
    " .good{border-color:oklch(0.62 0.14 150);background:oklch(0.62 0.14 150/.2)}",
    " .bad{border-color:oklch(0.62 0.18 30);background:oklch(0.62 0.18 30/.22)}",
    " .stills{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:8px}",
    " figure{margin:0}",
    " figcaption{font-size:11px;overflow-wrap:anywhere}",
    " img, video{max-width:100%;height:auto;display:block;border-radius:4px;margin:0}",
    " audio{width:100%;max-width:560px;display:block}",
)
_STYLE = Markup("".join(
    ",".join(_SELF + one if i == 0 else f" {_SELF} {one.strip()}"
             for i, one in enumerate(rule[: rule.index("{")].split(","))) + rule[rule.index("{"):]
    for rule in _RULES
))  # fmt: skip


@dataclass(frozen=True)
class Card:
    """An object in a notebook.

    Attributes:
        title: What it is, or is called.
        facts: In a few words each, the weightiest first.
        parts: Below them; None is left out.
    """

    title: str
    facts: tuple[str, ...] = ()
    parts: tuple[Markup | None, ...] = ()

    def html(self) -> str:
        """As a page's part."""
        head = tag("div", tag("b", self.title), *(tag("span", fact) for fact in self.facts),
                   class_="head")  # fmt: skip
        parts = [tag("div", part, class_="part") for part in self.parts if part is not None]
        return page(head, *parts)

    def line(self) -> str:
        """As one line."""
        return f"{self.title}: {', '.join(self.facts)}" if self.facts else self.title


def page(*parts: Markup) -> str:
    """Parts with their style, for one output of a notebook."""
    return str(tag("div", tag("style", _STYLE), joined(parts), class_="songreel"))
