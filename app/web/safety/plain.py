"""The look of pages that run nothing: log-in and the description of REST."""

PLAIN_STYLE = """
:root { color-scheme: light dark; font: 16px/1.55 system-ui, sans-serif;
  --page: light-dark(oklch(0.975 0.006 70), oklch(0.17 0.018 250));
  --panel: light-dark(oklch(1 0 0), oklch(0.22 0.02 250));
  --text: light-dark(oklch(0.24 0.02 250), oklch(0.95 0.008 70));
  --soft: light-dark(oklch(0.43 0.02 250), oklch(0.77 0.015 250));
  --line: light-dark(oklch(0.88 0.01 250), oklch(0.33 0.02 250));
  --edge: light-dark(oklch(0.6 0.02 250), oklch(0.52 0.02 250));
  --accent: light-dark(oklch(0.5 0.12 55), oklch(0.79 0.13 62));
  --on-accent: light-dark(oklch(0.99 0.01 70), oklch(0.2 0.04 60));
  --bad: light-dark(oklch(0.48 0.18 25), oklch(0.8 0.12 25)); }
body { margin: 0; background: var(--page); color: var(--text); }
a { color: light-dark(oklch(0.45 0.1 230), oklch(0.81 0.09 225)); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
[role=alert] { color: var(--bad); font-weight: 600; }
"""
"""Colours of the studio's own palette: amber and teal on ink or paper. Text has a contrast of
4.5:1 at least on what it stands on, in both."""

MARK = (
    '<svg viewBox="0 0 32 32" width="40" height="40" aria-hidden="true">'
    '<rect width="32" height="32" rx="8" fill="#141a22"/><g fill="none" stroke-width="2.6" '
    'stroke-linecap="round"><path d="M7 12v8M25 11v10" stroke="#5fb4d6"/>'
    '<path d="M11.5 8v16M20.5 6.5v19" stroke="#f0a45d"/>'
    '<path d="M16 12.5v7" stroke="#f6cf8f"/></g></svg>'
)
"""The mark: a reel of beats."""
