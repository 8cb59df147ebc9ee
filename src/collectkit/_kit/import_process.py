"""A second process that reads the files of an import while this one writes the book.

Reading and writing take about as long as each other, and one interpreter does one at a time. The reader is a fresh
interpreter that runs this module and nothing of the host: not a copy of this process, whose threads, locks and open
database a copy would inherit half, and not `multiprocessing`, which would run the host's main script again. It never
sees the book. It is started before the first row is needed, and if it does not answer, the files are read here.
"""

from __future__ import annotations

import marshal
import os
import pickle
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import date
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self, cast

from collectkit._kit.import_wire import FORMAT, chunks_of, heard, messages
from collectkit._kit.prepared import Prepared
from collectkit.errors import ImportBrokenOffError
from collectkit.intake.delivery import Delivery

BYTES_MIN: Final = 2 << 20
"""From so many bytes on a second process is worth its start, which costs about what reading some thousand rows does."""

START_SECONDS_MAX: Final = 60.0
_PIPE_BYTES: Final = 1 << 20
_INTERPRETER = re.compile(r"(?:python|pypy)[\w.-]*", re.IGNORECASE)
_RUN: Final = "import marshal, sys; sys.path[:] = marshal.load(sys.stdin.buffer); from collectkit._kit.import_process import serve; serve()"


def _greeting() -> bytes:
    """Return what a reader says first: same interpreter, same library, same form of messages."""
    known = f"{sys.implementation.cache_tag} {marshal.version} {FORMAT} {Path(__file__).resolve()}"
    return f"collectkit reader {known}\n".encode(errors="replace")


def worthwhile(delivery: Delivery) -> bool:
    """Tell whether a second process would make an import faster, and can be started at all."""
    return delivery.bytes_expected >= BYTES_MIN and _processors() > 1 and _interpreter() is not None


def _processors() -> int:
    """Return how many processors this process may use."""
    usable = getattr(os, "sched_getaffinity", None)  # not on every system
    return len(usable(0)) if usable is not None else os.cpu_count() or 1


def _interpreter() -> str | None:
    """Return the path of this interpreter, or None where the program is another one that has Python inside."""
    path = sys.executable or ""
    plain = not getattr(sys, "frozen", False) and _INTERPRETER.fullmatch(Path(path).name) is not None
    return path if plain else None


class Reader:
    """
    The chunks of a delivery, read in another process.

    Args:
        delivery: Of which files and mapping are looked at already.
        as_of: Business date of the opening standings.
        rows: Drafts of a chunk.
        insist: Raise when there can be no other process, and do not read here instead.

    Raises:
        ImportBrokenOffError: No other process can be started, and one was insisted on; no row was imported.
    """

    def __init__(self, delivery: Delivery, as_of: date, rows: int, *, insist: bool) -> None:
        self._delivery, self._as_of, self._rows, self._insist = delivery, as_of, rows, insist
        self._process: subprocess.Popen[bytes] | None = None
        self._watch: threading.Timer | None = None
        self._why = ""

    @property
    def pid(self) -> int | None:
        """The id of the other process, if there is one."""
        return None if self._process is None else self._process.pid

    def __enter__(self) -> Self:
        path = _interpreter()
        if path is None:
            self._why = "the program that runs here is no Python interpreter"
        else:
            try:
                self._start(path)
            except (OSError, RuntimeError) as error:  # no more processes, or threads to watch one, may be had
                self._why = f"it cannot be started ({type(error).__name__})"
                self._end()
        return self

    def _start(self, path: str) -> None:
        self._process = subprocess.Popen(
            [path, "-c", _RUN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, pipesize=_PIPE_BYTES
        )
        # From here on nothing may wait for a program that does not read or answer.
        watch = threading.Timer(START_SECONDS_MAX, self._process.kill)
        watch.daemon = True
        watch.start()
        self._watch = watch
        job = pickle.dumps((self._delivery.mapping, self._delivery.scans, self._delivery.limits, self._as_of, self._rows))
        with suppress(OSError), cast(BinaryIO, self._process.stdin) as stream:
            stream.write(marshal.dumps([entry for entry in sys.path if isinstance(entry, str)]) + job)

    def chunks(self) -> Iterator[list[Prepared]]:
        """
        Yield the chunks, in the order of the files.

        Raises:
            IntakeError: A file turns out to be unusable.
            ImportBrokenOffError: The other process failed or was ended; chunks before may stand.
        """
        if self._process is not None and self._answers(cast(BinaryIO, self._process.stdout)):
            yield from heard(self._delivery, self._messages(cast(BinaryIO, self._process.stdout)))
            return
        if self._insist:
            raise ImportBrokenOffError(f"there is no second process: {self._why}; import with workers=1; no row was imported")
        yield from chunks_of(self._delivery, self._rows)

    def _answers(self, stream: BinaryIO) -> bool:
        expected = _greeting()
        found = stream.read(len(expected))
        self._unwatch()
        self._why = "it did not answer as expected"
        return found == expected

    def _messages(self, stream: BinaryIO) -> Iterator[bytes]:
        while len(head := stream.read(8)) == 8:
            length = int.from_bytes(head, "big")
            text = stream.read(length)
            if len(text) < length:
                return
            yield text

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end()

    def _unwatch(self) -> None:
        if self._watch is not None:
            self._watch.cancel()

    def _end(self) -> None:
        """End the other process, whatever it is doing; it holds nothing that could be lost."""
        process, self._process = self._process, None
        if process is None:
            return
        self._unwatch()
        with ExitStack() as closing:
            closing.callback(process.wait)
            closing.callback(process.kill)
            closing.callback(cast(BinaryIO, process.stdout).close)


def serve() -> None:
    """Read what standard input asks for and tell it on standard output: what the other process runs."""
    import gc

    gc.disable()  # as the importer does: objects by the million and no cycles
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is for the process that writes; it ends this one
    out = FileIO(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever else may print does not get between the messages
    mapping, scans, limits, as_of, rows = pickle.load(sys.stdin.buffer)  # noqa: S301  (from the process that started this one)
    with suppress(BrokenPipeError):
        _write(out, _greeting())
        for text in messages(lambda: Delivery(mapping, limits=limits, scans=scans), as_of, rows):
            _write(out, len(text).to_bytes(8, "big"))
            _write(out, text)
    os._exit(0)  # nothing is left to be flushed, and nobody waits for what was imported to be taken apart


def _write(out: FileIO, text: bytes) -> None:
    """Write all of *text*: a pipe takes as much at a time as it has room for."""
    rest = memoryview(text)
    while rest:
        rest = rest[out.write(rest) :]
