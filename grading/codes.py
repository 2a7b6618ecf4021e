"""What the code values of a picture mean: BT.709, limited range, 8 bits."""

BLACK, WHITE, GREY = 16, 235, 128
"""Luma of black and white, chroma of no colour (ITU-R BT.709, 8 bits)."""

GAMMA = 2.4
"""Exponent from coded values to light on a screen (ITU-R BT.1886)."""
