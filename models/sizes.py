"""Sizes for people: `told_bytes`."""

_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


def told_bytes(count: float) -> str:
    """A number of bytes to three digits, in units of 1024: `12 bytes`, `3.2 MiB`, `−1.5 GiB`."""
    amount, power = float(abs(count)), 0
    while amount >= 999.5 and power < len(_UNITS) - 1:
        amount, power = amount / 1024, power + 1
    digits = f"{amount:.0f}" if amount >= 99.95 else f"{amount:.3g}"
    return f"{'−' if count < 0 else ''}{digits} {_UNITS[power]}"
