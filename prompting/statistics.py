"""Rank correlations with ties, on small arrays."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def spearman(x: Floats, y: Floats) -> float:
    """Spearman's ρ of two arrays of shape (n,); 0 where one of them is constant."""
    a, b = _ranks(x), _ranks(y)
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float((a * b).sum() / scale) if scale > 0 else 0.0


def _ranks(values: Floats) -> Floats:
    """Ranks from 0; equal values share the mean of theirs."""
    less = (values[None, :] < values[:, None] - 1e-9).sum(axis=1)
    equal = (np.abs(values[None, :] - values[:, None]) <= 1e-9).sum(axis=1)
    ranks: Floats = less + (equal - 1) / 2
    return ranks


def kendall(values: Floats, tie: float = 0.02) -> float:
    """Kendall's τ-b of `values` against their order; 0 where none differ by `tie` or more."""
    n = len(values)
    i, j = np.triu_indices(n, 1)
    signs = np.where(np.abs(values[j] - values[i]) < tie, 0.0, np.sign(values[j] - values[i]))
    pairs = len(signs)
    untied = int((signs != 0).sum())
    return float(signs.sum() / np.sqrt(pairs * untied)) if untied else 0.0
