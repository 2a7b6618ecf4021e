"""A quote put before somebody, who agrees to the sum or does not: `agreed`."""

from decimal import Decimal

from songreel.models.money import dollars
from songreel.web.studio.editor.quoting import Asked
from songreel.web.studio.kit import Button, Text, answered, dialog, element


async def agreed(asked: Asked, what: str) -> Decimal | None:
    """The USD that somebody agreed to; 0 where nothing is to be paid; None where they did not.

    Args:
        asked: The quote.
        what: Is to be made, as a title.
    """
    if asked.free:
        return Decimal(0)
    with dialog(what) as shown:
        quote_lines(asked)
        with element("div", "sr-actions"):
            Button("Buy nothing", lambda: shown.submit(False), kind="quiet")
            Button(
                f"Agree to {dollars(asked.most)} USD at most",
                lambda: shown.submit(True),
                kind="primary",
            )
    answer = await answered(shown)
    return asked.most if answer else None


def quote_lines(asked: Asked) -> None:
    """The quote's lines, its sum, and what limits say."""
    with element("div", "ed-quote"):
        *lines, total = asked.lines
        for line in lines:
            Text(line, "p", "ed-quote-line")
        Text(total, "p", "ed-quote-total")
        if asked.retakes and not asked.free:
            often = "once" if asked.retakes == 1 else f"up to {asked.retakes} times"
            Text(
                f"Broken clips may be bought again {often}: {dollars(asked.most)} USD at most.",
                "p", "ed-quote-line",
            )  # fmt: skip
        for limit in asked.limits:
            Text(limit[:1].upper() + limit[1:] + ".", "p", "ed-limit")
