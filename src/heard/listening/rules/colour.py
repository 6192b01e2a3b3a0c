"""Which ink can be read on a colour that somebody else chose."""

import re

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
WHITE, BLACK = "#ffffff", "#000000"


def is_colour(text: str) -> bool:
    """Six hexadecimal digits after a #, and nothing else that could stand in a style."""
    return bool(_HEX.fullmatch(text))


def ink_on(colour: str) -> str:
    """White or black, whichever has the higher contrast; it is always 4.58:1 or more. WCAG 2.2, relative luminance."""
    return WHITE if 1.05 / (_luminance(colour) + 0.05) >= (_luminance(colour) + 0.05) / 0.05 else BLACK


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
