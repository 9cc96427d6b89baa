"""Numbers as print has them: a real minus, powers of ten, groups of three."""

from typing import Any

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def digits(value: Any, style: str = ".4g") -> str:
    """Return a number in the style of `format`, as print has it.

    Args:
        value: Anything that a float can hold.
        style: What `format` is to do, such as ".3f" or ",.0f".

    Example:
        >>> from docs._ext.content.digits import digits
        >>> digits(-0.3), digits(2.5e-15, ".2g")
        ('−0.3', '2.5 × 10⁻¹⁵')
    """
    mantissa, _, exponent = format(float(value), style).partition("e")
    mantissa = mantissa.replace("-", "−")
    if not exponent:
        return mantissa
    power = "10" + str(int(exponent)).translate(RAISED)
    return power if mantissa == "1" else f"{mantissa} × {power}"
