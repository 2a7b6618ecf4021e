"""The studio's icons: strokes on a grid of 24, drawn for it, so that no font of icons is loaded."""

from html import escape

from nicegui import ui

PATHS: dict[str, str] = {
    "again": "M4 12a8 8 0 1 0 2.6-5.9M4 4v4.5h4.5",
    "alert": "M12 4 2.8 20h18.4zM12 10v4.5M12 17.4v.1",
    "back": "M15 5l-7 7 7 7",
    "beat": "M4 9v6M8 5v14M12 8v8M16 3v18M20 9v6",
    "bolt": "M13 3 5 14h6l-1 7 8-11h-6z",
    "box": "M4 8l8-4 8 4v8l-8 4-8-4zM4 8l8 4 8-4M12 12v8",
    "camera": "M3 7h13v10H3zM16 10.5 21 8v8l-5-2.5",
    "check": "M5 12.5l4.5 4.5L19 7.5",
    "close": "M6 6l12 12M18 6 6 18",
    "coin": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M14.8 9.2c-.6-1-1.6-1.5-2.8-1.5-1.6 0-2.8.8-2.8 2"
    " 0 2.9 5.8 1.5 5.8 4.4 0 1.3-1.3 2.2-3 2.2-1.4 0-2.5-.6-3-1.7M12 6v1.7M12 16.3V18",
    "compare": "M12 3v18M4 6h5v12H4zM15 6h5v12h-5z",
    "copy": "M8 8h11v12H8zM5 16V4h11",
    "cut": "M6.5 9a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5M6.5 20a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5"
    "M8.6 8 20 18M8.6 16 20 6",
    "down": "M6 9l6 6 6-6",
    "download": "M12 4v11M7 10.5l5 5 5-5M4 20h16",
    "dots": "M6 12v.1M12 12v.1M18 12v.1",
    "drag": "M9 6v.1M15 6v.1M9 12v.1M15 12v.1M9 18v.1M15 18v.1",
    "edit": "M4 20l1-4.5L16 4.5l3.5 3.5L8.5 19zM13.5 7l3.5 3.5",
    "film": "M4 4h16v16H4zM8 4v16M16 4v16M4 8h4M4 12h4M4 16h4M16 8h4M16 12h4M16 16h4",
    "folder": "M3 6h6l2 2.5h10V19H3z",
    "gear": "M4 7h9M17 7h3M4 17h3M11 17h9M13 7a2 2 0 1 0 4 0 2 2 0 0 0-4 0M7 17a2 2 0 1 0 4 0"
    " 2 2 0 0 0-4 0",
    "grid": "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z",
    "info": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 11v5.5M12 7.6v.1",
    "key": "M15 4a5 5 0 1 0 0 10 5 5 0 0 0 0-10M11.2 12.5 4 19.5V21h3v-2h2v-2h2l1.5-1.6",
    "link": "M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7L12 7M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0"
    " 5.7 5.7L12 17",
    "lock": "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
    "merge": "M4 5h4c4 0 4 7 8 7h4M4 19h4c4 0 4-7 8-7M17 9l3 3-3 3",
    "minus": "M5 12h14",
    "moon": "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10",
    "more": "M12 6v.1M12 12v.1M12 18v.1",
    "note": "M9 18V5l10-2v13M9 18a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0M19 16a2.5 2.5 0 1 1-5 0 2.5"
    " 2.5 0 0 1 5 0",
    "palette": "M12 3a9 9 0 1 0 0 18c1.6 0 2-1 1.6-2.2-.5-1.4.2-2.8 1.9-2.8H18a3 3 0 0 0 3-3"
    "c0-5.5-4-10-9-10M7.5 12v.1M10 7.8v.1M15 8v.1",
    "pause": "M8 5v14M16 5v14",
    "play": "M7 4.5v15l12-7.5z",
    "plus": "M12 5v14M5 12h14",
    "queue": "M4 6h16M4 12h10M4 18h7M17 14v7M13.5 17.5h7",
    "redo": "M20 8H9a5 5 0 0 0 0 10h6M16 4l4 4-4 4",
    "search": "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M15.5 15.5 21 21",
    "server": "M4 4h16v7H4zM4 13h16v7H4zM7.5 7.5v.1M7.5 16.5v.1",
    "sparkle": "M12 3c.7 5 3.5 8 9 9-5.5 1-8.3 4-9 9-.7-5-3.5-8-9-9 5.5-1 8.3-4 9-9z",
    "split": "M12 3v18M9 8l-4 4 4 4M15 8l4 4-4 4",
    "star": "M12 3.5l2.6 5.5 5.9.8-4.3 4.2 1.1 6-5.3-2.9L6.7 20l1.1-6L3.5 9.8l5.9-.8z",
    "stop": "M6 6h12v12H6z",
    "sun": "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2.5v2.5M12 19v2.5M2.5 12H5M19 12h2.5M5.3 5.3"
    "l1.8 1.8M16.9 16.9l1.8 1.8M5.3 18.7l1.8-1.8M16.9 7.1l1.8-1.8",
    "system": "M3 4h18v12H3zM9 20h6M12 16v4",
    "text": "M5 6V4h14v2M12 4v16M9 20h6",
    "trash": "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
    "undo": "M4 8h11a5 5 0 0 1 0 10H9M8 4 4 8l4 4",
    "unlock": "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 6.8-1.2",
    "up": "M6 15l6-6 6 6",
    "upload": "M12 16V5M7 9.5l5-5 5 5M4 20h16",
    "wave": "M3 12c2 0 2-6 4-6s2 12 4.5 12S14 6 16 6s2.5 6 5 6",
    "weight": "M12 4a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5M7 9h10l3 11H4z",
}  # fmt: skip
"""Path data by name; a dot is a line of no length with a round cap."""

MARK = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" role="img" aria-label="songreel">'
    '<rect width="32" height="32" rx="8" fill="#141a22"/>'
    '<g fill="none" stroke-width="2.6" stroke-linecap="round">'
    '<path d="M7 12v8" stroke="#5fb4d6"/><path d="M11.5 8v16" stroke="#f0a45d"/>'
    '<path d="M16 12.5v7" stroke="#f6cf8f"/><path d="M20.5 6.5v19" stroke="#f0a45d"/>'
    '<path d="M25 11v10" stroke="#5fb4d6"/></g></svg>'
)
"""The mark: a reel of beats. Also the page's icon."""


def svg(name: str, label: str = "") -> str:
    """An icon as SVG; hidden from screen readers unless it has a label of its own."""
    told = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return (
        f'<svg class="sr-icon" viewBox="0 0 24 24" {told} focusable="false">'
        f'<path d="{PATHS[name]}"/></svg>'
    )


def icon(name: str, label: str = "") -> ui.html:
    """An icon as an element."""
    return ui.html(svg(name, label), sanitize=False, tag="span").classes("sr-icon-box")
