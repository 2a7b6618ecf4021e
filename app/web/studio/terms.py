"""What a film is going to be, as a list of terms beside a form: `terms`."""

from collections.abc import Mapping

from songreel.web.studio.kit import Text, element


def terms(labels: Mapping[str, str]) -> dict[str, Text]:
    """Build the list, with nothing in it yet.

    Args:
        labels: What each term is called, by name.

    Returns:
        The texts beside the terms, by name.
    """
    texts = {}
    with element("dl", "sr-sum"):
        for name, label in labels.items():
            with element("div"):
                Text(label, "dt")
                texts[name] = Text("", "dd")
    return texts
