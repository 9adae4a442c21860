"""A page as a test reads it: a tree of elements that are found by their tag and their `data-` attributes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"meta", "link", "img", "br", "input"}


@dataclass
class Element:
    """A tag with its attributes, and the texts and elements in it."""

    tag: str
    attributes: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text in the element, with one space wherever there is any."""
        pieces = [child if isinstance(child, str) else child.text for child in self.children]
        return " ".join(" ".join(pieces).split())

    def walk(self) -> Iterator[Element]:
        """The element and all elements in it, in the order of the page."""
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def all(self, tag: str = "", **data: str) -> list[Element]:
        """Elements of a tag (any, where it is empty) whose `data-` attributes have these values."""
        wanted = {f"data-{name}": value for name, value in data.items()}
        return [
            element
            for element in self.walk()
            if tag in ("", element.tag) and all(element.attributes.get(name) == value for name, value in wanted.items())
        ]

    def one(self, tag: str = "", **data: str) -> Element:
        """The only such element."""
        elements = self.all(tag, **data)
        assert len(elements) == 1, f"{len(elements)} of {tag or 'any tag'} with {data}"
        return elements[0]

    def values(self, name: str, tag: str = "") -> list[str]:
        """Values of a `data-` attribute, in the order of the page."""
        key = f"data-{name}"
        return [element.attributes[key] for element in self.all(tag) if key in element.attributes]

    def cells(self, header: str = "") -> list[str]:
        """Texts of the cells of a table row: of this one, or of the row in it whose header begins with `header`."""
        row = self
        if header:
            row = next(row for row in self.all("tr") if (row.all("th") or [row])[0].text.startswith(header))
        return [cell.text for cell in row.walk() if cell.tag in ("th", "td")]


class Page(HTMLParser):
    """A page; parsing fails where tags do not close in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.root = Element("", {})
        self._open = [self.root]
        self.feed(html)
        assert self._open == [self.root], "a tag is not closed"

    def section(self, name: str) -> Element:
        """A section of the report."""
        return next(element for element in self.root.all("section") if element.attributes["id"] == name)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag, f"</{tag}> closes another tag"

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)
