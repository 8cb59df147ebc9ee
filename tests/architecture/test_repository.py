"""The repository works on other people's machines and says nothing of the one it was written on."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

# Written so that this file does not hold what it looks for.
PRIVATE = re.compile(r"(?<![\w.$}])/(?:work|root)/(?=\w|\.)")
INDEX = re.compile(r"https?://|--(?:extra-)?index-url|--find-links|--trusted-host")
FRAGMENT = re.compile(r"\+[a-z0-9-]+\.(breaking|deprecation|added|fixed|law)\.md")


@pytest.fixture(scope="module")
def texts(repository: Path) -> dict[str, str]:
    """Every text file that a commit would hold, by its path."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as fault:
        pytest.skip(f"NOT TESTED HERE: this is not a git checkout ({fault})")
    found: dict[str, str] = {}
    for name in filter(None, listed.split("\0")):
        file = repository / name
        raw = file.read_bytes() if file.is_file() else b"\0"
        if b"\0" not in raw:
            found[name] = raw.decode("utf-8", errors="replace")
    return found


class TestRepository:
    def test_no_file_names_a_private_path(self, texts: dict[str, str]) -> None:
        """
        Paths of one machine mean nothing on another.
        """
        assert [] == [name for name, text in texts.items() if PRIVATE.search(text)]

    @pytest.mark.parametrize("name", ["standard", "dev"])
    def test_locks_are_hashed_and_name_no_index(self, name: str, repository: Path) -> None:
        """
        Where packages come from is the machine's business; what they are is ours.
        """
        lock = (repository / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
        pins = re.split(r"\n(?=\S)", lock.strip())

        assert INDEX.search(lock) is None
        assert [] == [pin for pin in pins if "==" not in pin or "--hash=sha256:" not in pin]

    def test_no_other_lock_is_committed(self, texts: dict[str, str]) -> None:
        """
        `uv.lock` and `pylock.toml` record the registry's host on hundreds of lines.
        """
        assert set() == {"uv.lock", "pylock.toml", "poetry.lock"} & set(texts)

    def test_news_fragments_are_named_so_that_towncrier_finds_them(self, repository: Path) -> None:
        """
        A misnamed fragment is silently left out of the changelog.
        """
        names = [file.name for file in (repository / "changelog.d").iterdir() if file.name != ".gitignore"]

        assert [] == [name for name in names if not FRAGMENT.fullmatch(name)]
