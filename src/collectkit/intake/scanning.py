"""Looking at a whole file before its first row: is it text, is it whole, is it of a size that can be read.

One pass in constant memory. It also makes the digest by which a file is known when it comes again. What is refused here
is refused by name, with the encoding it seems to have; nothing is guessed and nothing is converted.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

import attrs

from collectkit.errors import IntakeError

BLOCK = 1 << 16

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a zip archive or an office document"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstandard"),
    (b"7z\xbc\xaf", "7-zip"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"%PDF", "PDF"),
    (b"SQLite format 3\x00", "a SQLite database"),
    (b"PAR1", "Parquet"),
)
_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


@attrs.frozen(kw_only=True)
class Limits:
    """
    What is refused for its size, so that reading a file needs constant memory.

    Attributes:
        file_bytes_max: Bytes of one file, unpacked.
        unpacked_ratio_max: Bytes unpacked for each byte of a ``.gz`` file.
        line_bytes_max: Bytes of one line of a table, or of one record of JSON.
        field_characters_max: Characters of one value.
        columns_max: Columns of a table.
        joined_rows_max: Rows held in memory at once because another file refers to them.
        rejections_max: Rejections kept with their details; the rest is counted.
    """

    file_bytes_max: int = 8 << 30
    unpacked_ratio_max: int = 200
    line_bytes_max: int = 1 << 20
    field_characters_max: int = 10_000
    columns_max: int = 1_000
    joined_rows_max: int = 5_000_000
    rejections_max: int = 100_000


@attrs.frozen
class Scan:
    """
    What one pass over a file found.

    Attributes:
        path: Which file.
        digest: SHA-256 of the bytes as they lie on disk, hexadecimal.
        size: Bytes of the text, unpacked.
        encoding: What to decode it with.
        last_line_ended: Whether the last line has its end.
        lines: Line ends, an upper bound of the rows of a table.
    """

    path: Path
    digest: str
    size: int
    encoding: str
    last_line_ended: bool
    lines: int


def opened(path: Path) -> IO[bytes]:
    """Open the bytes of a file, unpacked when its name ends in ``.gz``."""
    if path.suffix == ".gz":
        return cast(IO[bytes], gzip.open(path))
    return path.open("rb")


def text_of(scan: Scan) -> io.TextIOWrapper:
    """Open a scanned file as text, lines ended by LF alone."""
    return io.TextIOWrapper(io.BufferedReader(_Raw(opened(scan.path)), BLOCK), encoding=scan.encoding, newline="\n")


class _Raw(io.RawIOBase):
    """A thin raw layer, so that plain and unpacked bytes are buffered alike."""

    def __init__(self, inner: IO[bytes]) -> None:
        self._inner = inner

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._inner.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._inner.close()
        super().close()


def scan(path: Path, *, encoding: str, lines: bool, limits: Limits) -> Scan:
    """
    Read a whole file once.

    Args:
        path: The file.
        encoding: As the mapping has it; ``utf-8`` takes a byte order mark as well.
        lines: Whether it is made of lines (a table, JSON Lines).
        limits: What is too large.

    Raises:
        IntakeError: The file is missing, an archive, too large, damaged, in another encoding, or holds NUL or a lone CR.
    """
    look = _Look(path, encoding, lines, limits)
    packed = path.stat().st_size if path.is_file() else -1
    if packed < 0:
        raise IntakeError(f"{path.name}: there is no such file; no row was imported")
    if packed > limits.file_bytes_max:
        raise look.refusal(f"the file has {packed} bytes, at most {limits.file_bytes_max} are read; split it")
    try:
        with opened(path) as file:
            for block in iter(lambda: file.read(BLOCK), b""):
                look.at(block, packed)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise look.refusal("the compressed file is damaged or was cut; fetch it again") from error
    except OSError as error:
        raise look.refusal(f"the file cannot be read ({type(error).__name__})") from error
    return look.result(_digest(path))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Look:
    """The state of one pass."""

    def __init__(self, path: Path, encoding: str, lines: bool, limits: Limits) -> None:
        self.path, self.limits, self.lines = path, limits, lines
        self.encoding = "utf-8-sig" if encoding == "utf-8" else encoding
        self._decoder = codecs.getincrementaldecoder(self.encoding)()
        self._size = self._run = self._ends = 0
        self._last = b""

    def at(self, block: bytes, packed: int) -> None:
        if not self._size:
            self._check_start(block)
        self._size += len(block)
        if self._size > self.limits.file_bytes_max:
            raise self.refusal(f"the file unpacks to more than {self.limits.file_bytes_max} bytes")
        if self.path.suffix == ".gz" and self._size > max(1 << 20, packed * self.limits.unpacked_ratio_max):
            raise self.refusal(f"the file unpacks to more than {self.limits.unpacked_ratio_max} times its size, as a zip bomb does")
        if b"\0" in block:
            raise self.refusal(f"it holds NUL bytes and seems to be {_with_nul(block)}; save it as UTF-8")
        try:
            self._decoder.decode(block)
        except UnicodeDecodeError as error:
            raise self.refusal(f"it is not {error.encoding.upper()} and seems to be {_seems(block)}; save it as UTF-8") from error
        if self.lines:
            self._check_lines(block)
        self._last = block[-1:]

    def _check_start(self, block: bytes) -> None:
        for magic, name in _MAGIC:
            if block.startswith(magic):
                raise self.refusal(f"it is {name}; text as CSV, JSON or JSON Lines is read, plain or as .gz")
        for mark, name in _MARKS:
            if block.startswith(mark):
                raise self.refusal(f"it seems to be {name}; save it as UTF-8")

    def _check_lines(self, block: bytes) -> None:
        returns = block.count(b"\r")
        if returns or self._last == b"\r":
            # A CR at the end of a block may have its LF in the next one.
            joined = self._last + block if self._last == b"\r" else block
            open_end = joined.endswith(b"\r")
            if joined.count(b"\r") - joined.count(b"\r\n") - open_end:
                raise self.refusal("it holds a carriage return (CR) without line feed; save it with LF or CRLF at the line ends")
        self._ends += block.count(b"\n")
        first = block.find(b"\n")
        self._run += len(block) if first < 0 else first
        if self._run > self.limits.line_bytes_max:
            raise self.refusal(f"a line is longer than {self.limits.line_bytes_max} bytes")
        if first >= 0:
            self._run = len(block) - block.rfind(b"\n") - 1

    def refusal(self, why: str) -> IntakeError:
        return IntakeError(f"{self.path.name}: {why}; no row was imported")

    def result(self, digest: str) -> Scan:
        try:
            self._decoder.decode(b"", True)
        except UnicodeDecodeError as error:
            raise self.refusal("the last character is cut in two: the file was cut") from error
        if self.lines and self._last == b"\r":
            raise self.refusal("it ends in a carriage return (CR) without line feed; save it with LF or CRLF at the line ends")
        return Scan(self.path, digest, self._size, self.encoding, self._last in (b"\n", b""), self._ends)


def _with_nul(block: bytes) -> str:
    even, odd = block[::2].count(0), block[1::2].count(0)
    return "UTF-16" if max(even, odd) > len(block) // 5 else "binary"


def _seems(block: bytes) -> str:
    """Name the encoding that the bytes look like."""
    foreign = [byte for byte in block if byte >= 0x80]
    mixed = any(True for _ in _valid_sequences(block))
    single = "Windows-1252" if any(0x80 <= byte <= 0x9F for byte in foreign) else "ISO 8859-1 (Latin-1)"
    return f"a mixture of UTF-8 and {single}" if mixed else single


def _valid_sequences(block: bytes) -> Iterator[bytes]:
    for word in block.split():
        if not word.isascii():
            try:
                word.decode("utf-8")
            except UnicodeDecodeError:
                continue
            yield word
