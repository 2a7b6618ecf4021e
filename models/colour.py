"""OKLab to the light of a screen, and back.

Björn Ottosson, "A perceptual color space for image processing", 2020.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_TO_LMS = np.array(
    [
        [1.0, 0.3963377774, 0.2158037573],
        [1.0, -0.1055613458, -0.0638541728],
        [1.0, -0.0894841775, -1.2914855480],
    ]
)
_TO_RGB = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


def linear_srgb(lab: Floats) -> Floats:
    """Linear sRGB of colours in OKLab.

    Args:
        lab: Shape (..., 3): lightness 0 to 1, a, b.

    Returns:
        The same shape; outside [0, 1] where a colour is out of gamut.
    """
    rgb: Floats = (lab @ _TO_LMS.T) ** 3 @ _TO_RGB.T
    return rgb


def oklab(rgb: Floats) -> Floats:
    """OKLab of linear sRGB.

    Args:
        rgb: Shape (..., 3), 0 to 1.

    Returns:
        The same shape: lightness 0 to 1, a, b.
    """
    lms = np.cbrt(rgb @ _FROM_RGB.T)
    lab: Floats = lms @ _FROM_LMS.T
    return lab


_FROM_RGB, _FROM_LMS = np.linalg.inv(_TO_RGB), np.linalg.inv(_TO_LMS)
