from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest

from collectkit.errors import IntakeError
from collectkit.intake.scanning import BLOCK, Limits, Scan, scan, text_of


def scanned(
    folder: Path, content: bytes, *, name: str = "a.csv", limits: Limits | None = None, lines: bool = True, encoding: str = "utf-8"
) -> Scan:
    path = folder / name
    path.write_bytes(content)
    return scan(path, encoding=encoding, lines=lines, limits=limits or Limits())


class TestScan:
    def test_a_plain_file_is_known_by_its_digest(self, tmp_path: Path) -> None:
        """
        The digest is over the bytes as they lie on disk.
        """
        found = scanned(tmp_path, b"a,b\n1,2\n")

        assert (8, 2, True) == (found.size, found.lines, found.last_line_ended)
        assert 64 == len(found.digest)

    def test_a_byte_order_mark_is_taken_off(self, tmp_path: Path) -> None:
        """
        It is not a part of the first column's name.
        """
        with text_of(scanned(tmp_path, b"\xef\xbb\xbfa,b\r\n")) as file:
            assert "a,b\r\n" == file.read()

    @pytest.mark.parametrize(
        ("content", "named"),
        [
            ("a,ü\n".encode("utf-16"), "UTF-16"),
            ("a,b\n1,2\n".encode("utf-16-le"), "UTF-16"),
            ("a,b\n".encode("utf-32"), "UTF-32"),
            ("a,Müller\n".encode("latin-1"), "ISO 8859-1"),
            ("a,€\n".encode("cp1252"), "Windows-1252"),
            ("a,Müller\n".encode() + "b,Jörg\n".encode("latin-1"), "mixture of UTF-8 and ISO 8859-1"),
            (b"a,b\n1,\x002\n", "NUL"),
            (b"a,b\r1,2\r", "carriage return"),
            (b"a,b\n1,2\r3,4\n", "carriage return"),
            (b"a,b\n1,2\r", "carriage return"),
            ("a,ü".encode()[:-1], "was cut"),
        ],
    )
    def test_other_encodings_are_refused_by_name(self, tmp_path: Path, content: bytes, named: str) -> None:
        """
        The encoding it seems to have is named, and nothing is converted.
        """
        with pytest.raises(IntakeError, match=named) as caught:
            scanned(tmp_path, content)

        assert "no row was imported" in str(caught.value)

    def test_a_declared_encoding_is_read(self, tmp_path: Path) -> None:
        """
        When the mapping says so, an old encoding is read as such.
        """
        with text_of(scanned(tmp_path, "a,Müller €\n".encode("cp1252"), encoding="windows-1252")) as file:
            assert "a,Müller €\n" == file.read()

    def test_line_ends_across_blocks_are_no_lone_returns(self, tmp_path: Path) -> None:
        """
        CR and LF may fall into two blocks.
        """
        content = b"x" * (BLOCK - 1) + b"\r\n" + b"y" * 10 + b"\r\n"

        assert 2 == scanned(tmp_path, content).lines

    def test_archives_are_refused_by_name(self, tmp_path: Path) -> None:
        """
        Whatever the file is called.
        """
        with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
            archive.writestr("a.csv", "a,b\n")

        with pytest.raises(IntakeError, match="zip archive"):
            scan(tmp_path / "z.zip", encoding="utf-8", lines=True, limits=Limits())

    def test_a_bomb_is_refused_while_it_unpacks(self, tmp_path: Path) -> None:
        """
        Long before it is unpacked as a whole.
        """
        with pytest.raises(IntakeError, match="zip bomb"):
            scanned(tmp_path, gzip.compress(b"\n" * 50_000_000), name="a.csv.gz")

    @pytest.mark.parametrize("cut", [10, 40, -4])
    def test_a_cut_archive_is_refused(self, tmp_path: Path, cut: int) -> None:
        """
        Its rows would end somewhere in the middle.
        """
        packed = gzip.compress(b"".join(b"%d,%d\n" % (n, n * n) for n in range(200)))

        with pytest.raises(IntakeError, match="damaged or was cut"):
            scanned(tmp_path, packed[:cut], name="a.csv.gz")

    def test_limits_hold(self, tmp_path: Path) -> None:
        """
        Of the file, and of one line.
        """
        with pytest.raises(IntakeError, match="at most 10 are read"):
            scanned(tmp_path, b"a,b\n1,2\n3,4\n", limits=Limits(file_bytes_max=10))
        with pytest.raises(IntakeError, match="a line is longer than"):
            scanned(tmp_path, b"a" * 3_000_000, limits=Limits())
        with pytest.raises(IntakeError, match="unpacks to more than"):
            scanned(tmp_path, gzip.compress(b"ab\n" * 1000), name="b.csv.gz", limits=Limits(file_bytes_max=2000))

    def test_a_missing_file_is_said_to_be_missing(self, tmp_path: Path) -> None:
        """
        By its name alone; the folders are nobody's business.
        """
        with pytest.raises(IntakeError, match=r"^b\.csv: there is no such file"):
            scan(tmp_path / "b.csv", encoding="utf-8", lines=True, limits=Limits())
