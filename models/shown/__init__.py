"""How objects show themselves in notebooks: HTML in which every text is escaped.

`shows` is what an object inherits; `card` is what it says of itself, as a page and as a line;
`markup` and `lanes` are what cards are drawn with. Colours follow the text's own, so that a card
looks the same on light and on dark paper.
"""
