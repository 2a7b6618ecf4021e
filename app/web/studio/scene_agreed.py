"""What a film of scenes may cost, put before somebody who agrees to a sum: `agreed`."""

from decimal import Decimal
from typing import Any

from songreel.models.money import dollars
from songreel.models.work_quote import WorkQuote
from songreel.web.studio.kit import Button, Text, answered, dialog, element, number_field


async def agreed(found: WorkQuote) -> Decimal | None:
    """The USD that somebody agreed to; 0 where nothing is to be paid; None where they did not.

    Args:
        found: The quote. Where it leaves something out, they say how much may be spent on that.
    """
    if not found.most and not found.unknown:
        return Decimal(0)
    sum_: dict[str, Any] = {"usd": found.most}
    with dialog("Make the film?") as shown:
        with element("div", "ed-quote"):
            for line in found.lines:
                Text(line, "p", "ed-quote-line")
            Text(f"Known now: {dollars(found.most)} USD at most.", "p", "ed-quote-total")
            for line in found.unknown:
                Text(f"Not known yet: {line}.", "p", "ed-limit")
            for line in found.bounds:
                Text(line[:1].upper() + line[1:] + ".", "p", "ed-limit")
        if found.unknown:

            def changed(event: Any) -> None:
                usd = Decimal(str(event.value or 0))
                sum_["usd"] = usd
                agree.set_text(f"Agree to {dollars(usd)} USD at most")

            number_field(
                "Spend at most, in all", float(found.most), changed, low=0, step=1, unit="USD",
                hint="With less than the clips cost, the film is planned and nothing is bought.",
            )  # fmt: skip
        with element("div", "sr-actions"):
            Button("Buy nothing", lambda: shown.submit(None), kind="quiet")
            agree = Button(
                f"Agree to {dollars(found.most)} USD at most",
                lambda: shown.submit(sum_["usd"]),
                kind="primary",
            )
    answer = await answered(shown)
    return None if answer is None else Decimal(answer)
