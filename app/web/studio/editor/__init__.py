"""The page of one project."""

from songreel.web.studio.editor.page import editor_page

__all__ = ["editor_page"]
