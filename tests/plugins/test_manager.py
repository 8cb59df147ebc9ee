"""Finding plugins and asking them: who answers first, and what a fault names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from collectkit.errors import PluginFaultError
from collectkit.plugins import hookimpl, load_plugins


class First:
    @hookimpl
    def collectkit_allocation_strategies(self) -> dict[str, object]:
        return {"first-of-all": object()}


class Second:
    @hookimpl
    def collectkit_allocation_strategies(self) -> dict[str, object]:
        return {"second": object()}


class Silent:
    @hookimpl
    def collectkit_allocation_strategies(self) -> None:
        return None


class TestAsking:
    def test_last_listed_is_asked_first(self) -> None:
        """
        Of two answers to one question the host's stands before ours.
        """
        plugins = load_plugins([First()], [Second()])

        assert ["Second", "First"] == [name for name, _ in plugins.ask("collectkit_allocation_strategies")]

    def test_none_is_no_answer(self) -> None:
        """
        A plugin with nothing to say is left out.
        """
        plugins = load_plugins([Silent()], [First()])

        assert ["First"] == [name for name, _ in plugins.ask("collectkit_allocation_strategies")]

    def test_an_argument_may_be_left_out(self) -> None:
        """
        A plugin takes of the arguments what it needs.
        """

        class Stingy:
            @hookimpl
            def collectkit_rule_packs(self) -> list[object]:
                return []

        answers = list(load_plugins([], [Stingy()]).ask("collectkit_rule_packs", names=("gb",)))

        assert [("TestAsking.test_an_argument_may_be_left_out.<locals>.Stingy", [])] == answers

    def test_two_kits_have_their_own(self) -> None:
        """
        What one kit registered is not heard by another.
        """
        plugin = First()
        one, other = load_plugins([plugin], []), load_plugins([], [Second()])

        assert (("First",), ("Second",)) == (one.names, other.names)

    @pytest.mark.parametrize("error", [ValueError("no disk"), SystemExit(3)])
    def test_fault_names_plugin_and_hook(self, error: BaseException) -> None:
        """
        What raises at assembly, or tries to end the process, stops the assembly and says who it was.
        """

        class Broken:
            @hookimpl
            def collectkit_subscribers(self) -> object:
                raise error

        with pytest.raises(PluginFaultError, match=rf"Broken' raised {type(error).__name__} in collectkit_subscribers") as caught:
            list(load_plugins([], [Broken()]).ask("collectkit_subscribers"))
        assert error is caught.value.__cause__


class TestRegistering:
    def test_misspelled_hook(self) -> None:
        """
        A hook that does not exist would never be called, so it is refused.
        """

        class Misspelled:
            @hookimpl
            def collectkit_stroe(self, settings: object) -> object:
                return None

        with pytest.raises(PluginFaultError, match="collectkit_stroe"):
            load_plugins([], [Misspelled()])

    def test_wrong_argument(self) -> None:
        """
        An argument that the hook does not have is refused at once.
        """

        class Wrong:
            @hookimpl
            def collectkit_store(self, url: object) -> object:
                return None

        with pytest.raises(PluginFaultError, match="url"):
            load_plugins([], [Wrong()])

    def test_no_hook_at_all(self) -> None:
        """
        A plugin without @hookimpl would be silent for ever.
        """

        class Unmarked:
            def collectkit_subscribers(self) -> list[object]:
                return []

        with pytest.raises(PluginFaultError, match="implements no hook"):
            load_plugins([], [Unmarked()])

    def test_wrapper(self) -> None:
        """
        A plugin adds answers; it cannot change those of others.
        """

        class Wrapper:
            @hookimpl(wrapper=True)
            def collectkit_subscribers(self) -> object:
                return (yield)

        with pytest.raises(PluginFaultError, match="wraps collectkit_subscribers"):
            load_plugins([], [Wrapper()])

    def test_same_plugin_twice(self) -> None:
        """
        A plugin listed twice is a mistake in the list.
        """
        plugin = First()

        with pytest.raises(PluginFaultError, match="plugin 'First' cannot be used: it is listed twice"):
            load_plugins([], [plugin, plugin])

    def test_a_class_is_no_object_of_it(self) -> None:
        """
        Its hooks would miss their first argument; a class of hooks that need none is as good as a module.
        """

        class Bare:
            @hookimpl
            def collectkit_allocation_strategies() -> dict[str, object]:  # type: ignore[misc]
                return {}

        with pytest.raises(PluginFaultError, match=r"plugin 'First' is a class; give an object of it, such as First\(\)"):
            load_plugins([], [First])
        assert 1 == len(load_plugins([], [Bare]).names)

    def test_two_objects_of_one_class(self) -> None:
        """
        They are two plugins, told apart by a number, and the one listed last is asked first.
        """
        assert ("First", "First (2)", "First (3)") == load_plugins([], [First(), First(), First()]).names

    @pytest.mark.parametrize("plugins", [First(), {"first": First()}, 7])
    def test_no_list(self, plugins: Sequence[object]) -> None:
        """
        One plugin that is given bare is named.
        """
        with pytest.raises(PluginFaultError, match="plugins is a list of modules, objects and names of entry points"):
            load_plugins([], plugins)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package on the path that offers one plugin, and one that cannot be imported."""
    info = tmp_path / "acme-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[collectkit]\nacme = acme_collect\nbroken = acme_missing\n", encoding="utf-8")
    code = "from collectkit.plugins import hookimpl\n\n@hookimpl\ndef collectkit_subscribers():\n    return []\n"
    (tmp_path / "acme_collect.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


class TestEntryPoints:
    def test_nothing_is_read_unasked(self, installed: Path) -> None:
        """
        What is installed is not heard until a host asks for it.
        """
        assert () == load_plugins([], []).names

    def test_one_by_name(self, installed: Path) -> None:
        """
        A host may name the plugins it wants; the broken one beside it does not matter.
        """
        assert ("acme",) == load_plugins([], ["acme"]).names

    def test_all_installed(self, installed: Path) -> None:
        """
        A plugin that cannot be imported is a fault, not a gap.
        """
        with pytest.raises(PluginFaultError, match="plugin 'broken' cannot be imported: ModuleNotFoundError"):
            load_plugins([], "installed")

    def test_unknown_name(self, installed: Path) -> None:
        """
        A name that nobody offers is refused with those that are there.
        """
        with pytest.raises(PluginFaultError, match="offers the plugin 'amce'; installed are acme, broken"):
            load_plugins([], ["amce"])
