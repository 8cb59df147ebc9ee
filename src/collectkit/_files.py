"""Files that a person names: their text, or one sentence about why it cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


def text_of(path: Path, refuse: Callable[[str], Exception]) -> str:
    """
    Return the text of a file.

    Args:
        path: Of a file in UTF-8.
        refuse: Makes the error from the reason, which is said in words and without the number of a system error.

    Raises:
        Exception: What *refuse* made: the file cannot be read, or is no text in UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise refuse((error.strerror or type(error).__name__).lower()) from error
    except UnicodeDecodeError as error:
        raise refuse(f"it is no text in UTF-8, from byte {error.start} on") from error
