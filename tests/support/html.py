"""HTML under test: whether it is well formed, and what of it is text."""

from html.parser import HTMLParser

_VOID = {"br", "img", "source", "input", "meta", "link", "hr"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> ends nothing"
        assert self.open[-1] == tag, f"</{tag}> ends <{self.open[-1]}>"
        self.open.pop()

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)


class Page:
    """A page that was read.

    Attributes:
        tags: Name and attributes of each element, in order.
        text: What is to be read on it.
    """

    def __init__(self, source: str) -> None:
        reader = _Reader()
        reader.feed(source)
        reader.close()
        assert reader.open == [], f"{reader.open} are not ended"
        self.tags, self.text = reader.tags, " ".join(reader.words)

    def all(self, name: str) -> list[dict[str, str | None]]:
        """Attributes of the elements called `name`."""
        return [attributes for tag, attributes in self.tags if tag == name]
