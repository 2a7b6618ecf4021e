"""Lists of what goes wrong at a service: faults that pass, that stay, and storms of them."""

from support.cloud.faults import (
    ENDLESS,
    NO_VIDEO,
    NOT_JSON,
    PAGE,
    REFUSED,
    answer_lost,
    answers,
    fails,
    lying,
    reset_unread,
    says,
    slow,
    truncated,
)

PASSING = [
    ("create", answers(429, retry_after=0.02)),
    ("create", answers(429, retry_after=0)),
    ("create", answers(500)),
    ("create", answers(503)),
    ("create", reset_unread()),
    ("create", answer_lost()),
    ("create", NOT_JSON),
    ("create", PAGE),
    ("create", slow(0.2)),
    ("poll", answers(500)),
    ("poll", answers(429, retry_after=0.02)),
    ("poll", answer_lost()),
    ("poll", NOT_JSON),
    ("poll", PAGE),
    ("result", answers(502)),
    ("result", PAGE),
    ("list", answers(503)),
    ("download", truncated()),
    ("download", lying()),
    ("download", NO_VIDEO),
    ("download", PAGE),
    ("download", answers(503)),
    ("download", answers(429, retry_after=0.02)),
    ("download", answer_lost()),
]  # fmt: skip
"""What costs time and nothing else, by the kind of call that meets it."""

FINAL = [
    ("create", answers(402)),
    ("create", answers(404)),
    ("create", answers(422, fields={"prompt": "is too long"})),
    ("create", answers(429, retry_after=0.01)),
    ("create", answers(500)),
    ("create", REFUSED),
    ("create", fails("the machine fell over")),
    ("create", ENDLESS),
    ("create", says("dreaming")),
    ("create", answer_lost()),
    ("poll", answers(500)),
    ("download", answers(404)),
    ("download", answers(503)),
    ("download", PAGE),
    ("download", truncated()),
]  # fmt: skip
"""What stays as it is however often it is asked."""

STORM = {
    "create": [answers(429, retry_after=0.01), answers(500), answers(503), answer_lost(), PAGE,
               NOT_JSON, REFUSED, fails("out of memory"), slow(0.05)],
    "poll": [answers(500), answers(429, retry_after=0.02), answer_lost(), PAGE, slow(0.05)],
    "result": [answers(502), NOT_JSON],
    "list": [answers(503), answers(429, retry_after=0.02)],
    "download": [truncated(), lying(), PAGE, NO_VIDEO, answers(503), answer_lost()],
}  # fmt: skip
"""What is drawn from by chance, by the kind of call."""


def creates(cloud) -> int:
    """How often something was ordered."""
    return len(cloud.requests("create"))
