"""Cells that a spreadsheet would run as a formula, and how they are written so that it does not.

The first letters are those of https://owasp.org/www-community/attacks/CSV_Injection.
"""

from __future__ import annotations

import re

FORMULA = r"^[=+\-@\t\r\n]"
"""What a cell begins with that Excel, LibreOffice and Google Sheets calculate instead of showing it."""
_QUOTED_OR_NOT = re.compile(r"'*[=+\-@\t\r\n]")


def as_text(cell: str) -> str:
    """The cell with a single quote before it where a spreadsheet would run it.

    Nothing is lost: a cell that begins with quotes and then such a letter gets one more, so that whoever takes one
    quote off every cell of that kind has the original.

    Returns:
        The cell as it is written.
    """
    return f"'{cell}" if _QUOTED_OR_NOT.match(cell) else cell
