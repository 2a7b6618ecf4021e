from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from songreel.analysis import network
from songreel.analysis.features import BANDS
from songreel.analysis.network import Network
from songreel.models.errors import InvalidInput

FIRST, SECOND, WIDTH, TAPS, LAYERS = 3, 4, 5, 5, 3


def small_network() -> Network:
    """Three layers that reach 14 frames to each side, with weights of chance."""
    rng = np.random.default_rng(5)

    def pair(rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
        matrix = rng.standard_normal((rows, columns)) / np.sqrt(rows)
        return matrix.astype(np.float32), rng.standard_normal(columns).astype(np.float32)

    return Network(
        front=(pair(9, FIRST), pair(9 * FIRST, SECOND), pair(8 * SECOND, WIDTH)),
        trunk=tuple((*pair(TAPS * WIDTH, WIDTH), *pair(WIDTH, WIDTH)) for _ in range(LAYERS)),
        head=pair(WIDTH, 2),
    )


def mel_of(frames: int) -> np.ndarray:
    return np.random.default_rng(1).random((frames, BANDS)).astype(np.float32) * 3


def elu(x: np.ndarray) -> np.ndarray:
    return np.where(x > 0, x, np.exp(np.minimum(x, 0)) - 1)


def plainly(net: Network, mel: np.ndarray) -> np.ndarray:
    """Log-odds of each pair of feature frames, by the definition, one frame at a time."""

    def front(x: np.ndarray, part: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        matrix, bias = part
        padded = np.pad(x.astype(float), ((1, 1), (1, 1), (0, 0)))
        out = np.empty((x.shape[0], x.shape[1], bias.size))
        for t in range(x.shape[0]):
            for f in range(x.shape[1]):
                out[t, f] = padded[t : t + 3, f : f + 3].reshape(-1) @ matrix + bias
        return out

    one = elu(front(mel[..., None], net.front[0]))
    one = one.reshape(one.shape[0] // 2, 2, BANDS // 2, 2, FIRST).max(axis=(1, 3))
    two = elu(front(one, net.front[1]))
    two = two.reshape(two.shape[0], BANDS // 8, 4, SECOND).max(axis=2)
    x = elu(two.reshape(two.shape[0], -1) @ net.front[2][0] + net.front[2][1])
    for i, (reach, reach_bias, mix, mix_bias) in enumerate(net.trunk):
        seen = np.zeros((x.shape[0], TAPS, WIDTH))
        for t in range(x.shape[0]):
            for k in range(TAPS):
                at = t + (k - TAPS // 2) * 2**i
                if 0 <= at < x.shape[0]:
                    seen[t, k] = x[at]
        x = x + elu(seen.reshape(x.shape[0], -1) @ reach + reach_bias) @ mix + mix_bias
    return elu(x) @ net.head[0] + net.head[1]


def test_the_network_computes_what_its_weights_say() -> None:
    net, mel = small_network(), mel_of(120)
    found = net.listen(mel)
    wanted = plainly(net, mel)
    # Feature frames lie a quarter and three quarters of the way between frames of the network.
    for k, odds in enumerate((found.beat, found.downbeat)):
        assert odds.shape == (120,)
        assert_allclose((odds[2:-2:2] + odds[3:-1:2]) / 2, _blurred(wanted[:, k]), atol=1e-3)


def _blurred(odds: np.ndarray) -> np.ndarray:
    """Mean of the interpolated values at the two feature frames of each inner frame."""
    return 0.125 * odds[:-2] + 0.75 * odds[1:-1] + 0.125 * odds[2:]


def test_no_seam_shows_between_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    net, mel = small_network(), mel_of(1501)
    whole = net.listen(mel)
    monkeypatch.setattr(network, "BLOCK", 100)
    monkeypatch.setattr(network, "CHUNK", 37)
    parts = net.listen(mel)
    assert net.context == 14
    assert_allclose(parts.beat, whole.beat, atol=1e-4)
    assert_allclose(parts.downbeat, whole.downbeat, atol=1e-4)


def test_a_single_frame_is_heard() -> None:
    found = small_network().listen(mel_of(1))
    assert found.beat.shape == (1,)
    assert np.isfinite(found.beat).all()


def stored(path: Path, net: Network, **changes: object) -> Path:
    parts: dict[str, object] = {"format": 1, "bands": BANDS, "layers": LAYERS}
    for i, (matrix, bias) in enumerate(net.front, start=1):
        parts |= {f"conv{i}": matrix, f"conv{i}_bias": bias}
    for i, (reach, reach_bias, mix, mix_bias) in enumerate(net.trunk):
        parts |= {f"reach{i}": reach, f"reach{i}_bias": reach_bias}
        parts |= {f"mix{i}": mix, f"mix{i}_bias": mix_bias}
    parts |= {"head": net.head[0], "head_bias": net.head[1]} | changes
    np.savez(path, **{name: np.asarray(value) for name, value in parts.items()})
    return path


def test_weights_come_back_from_their_file(tmp_path: Path) -> None:
    net, mel = small_network(), mel_of(64)
    again = Network.load(stored(tmp_path / "weights.npz", net))
    assert_allclose(again.listen(mel).beat, net.listen(mel).beat)


def test_a_file_that_holds_no_network_is_told(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.npz"
    wrong.write_bytes(b"not an archive")
    whole = stored(tmp_path / "whole.npz", small_network()).read_bytes()
    cut = tmp_path / "cut.npz"
    cut.write_bytes(whole[: len(whole) // 2])
    for path in (tmp_path / "none.npz", wrong, cut):
        with pytest.raises(InvalidInput, match=r"no file of weights"):
            Network.load(path)
    np.savez(tmp_path / "other.npz", format=np.asarray(1))
    with pytest.raises(InvalidInput, match=r"no file of weights"):
        Network.load(tmp_path / "other.npz")
    newer = stored(tmp_path / "newer.npz", small_network(), format=99)
    with pytest.raises(InvalidInput, match=r"another build"):
        Network.load(newer)
