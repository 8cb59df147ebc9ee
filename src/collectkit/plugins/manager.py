"""Finding plugins and asking them, one by one, so that a fault names the plugin that made it.

Entry points are read only when a host asks for them. Every kit has its own manager: two kits in one process may
have different plugins. Of plugins that answer the same question, the one listed last is asked first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import entry_points
from inspect import signature
from types import ModuleType

import pluggy

from collectkit.errors import CollectkitError, PluginFaultError
from collectkit.plugins import hookspecs
from collectkit.plugins.calling import Caller

GROUP = "collectkit"
"""The entry point group."""

INSTALLED = "installed"
"""Stands for every plugin that an installed package offers in the group."""


ASSEMBLY_SECONDS = 30.0
"""How long one plugin may take to answer one hook."""


class Plugins:
    """
    The plugins of one kit. Made by `load_plugins`.

    Args:
        seconds: How long one plugin may take to answer one hook.
    """

    def __init__(self, *, seconds: float = ASSEMBLY_SECONDS) -> None:
        self._seconds = seconds
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the plugins' names in the order of registration."""
        return tuple(name for name, _ in self._manager.list_name_plugin())

    def add(self, plugin: object, name: str = "") -> None:
        """
        Register a plugin.

        Raises:
            PluginFaultError: It is registered already, implements no hook, one that does not exist or one with other
                arguments, or wraps the hooks of others.
        """
        if self._manager.is_registered(plugin):
            raise PluginFaultError(f"plugin {name or _name_of(plugin)!r} cannot be used: it is listed twice; no kit was assembled")
        name = self._free(name or _name_of(plugin))
        try:
            self._manager.register(plugin, name)
            self._manager.check_pending()
        except (ValueError, pluggy.PluginValidationError) as error:
            raise PluginFaultError(f"plugin {name!r} cannot be used: {error}; no kit was assembled") from error
        calls = self._manager.get_hookcallers(plugin) or []
        if not calls:
            raise PluginFaultError(f"plugin {name!r} implements no hook of collectkit (is @hookimpl missing?); no kit was assembled")
        impls = [(call.name, impl) for call in calls for impl in call.get_hookimpls() if impl.plugin is plugin]
        if isinstance(plugin, type) and any(next(iter(signature(impl.function).parameters), "") == "self" for _, impl in impls):
            raise PluginFaultError(f"plugin {name!r} is a class; give an object of it, such as {name}(); no kit was assembled")
        wrapped = [hook for hook, impl in impls if impl.wrapper or impl.hookwrapper]
        if wrapped:
            text = f"plugin {name!r} wraps {wrapped[0]}; a plugin adds answers and changes no others'; no kit was assembled"
            raise PluginFaultError(text)

    def _free(self, name: str) -> str:
        """Return a name that no other plugin has: two objects of one class are two plugins."""
        number = sum(held == name or held.startswith(f"{name} (") for held in self.names)
        return f"{name} ({number + 1})" if number else name

    def ask(self, hook: str, **arguments: object) -> Iterator[tuple[str, object]]:
        """
        Yield each plugin's name and answer, last registered first; None is no answer and left out.

        Raises:
            PluginFaultError: A plugin raised, or tried to end the process.
            CollectkitError: A plugin raised one of ours on purpose; a note names plugin and hook.
        """
        for impl in reversed(getattr(self._manager.hook, hook).get_hookimpls()):
            answer = self._answer(impl, hook, arguments)
            if answer is not None:
                yield impl.plugin_name, answer

    def _answer(self, impl: pluggy.HookImpl, hook: str, arguments: Mapping[str, object]) -> object:
        """Ask one plugin, in a thread of its own and for so long as it may take; our own parts are asked directly."""
        given = [arguments[name] for name in impl.argnames]
        if is_ours(impl.plugin):
            return impl.function(*given)
        outcome = Caller(f"plugin {impl.plugin_name}", seconds=self._seconds).attempt(lambda: _whole(impl.function(*given)))
        error = outcome.error
        if outcome.late:
            raise PluginFaultError(
                f"plugin {impl.plugin_name!r} did not answer {hook} within {self._seconds:g} seconds; no kit was assembled"
            )
        if isinstance(error, CollectkitError):
            # It says what is wrong in our own words, such as a store that cannot be opened.
            error.add_note(f"raised by plugin {impl.plugin_name!r} in {hook}; no kit was assembled")
            raise error
        if error is not None:
            text = f"plugin {impl.plugin_name!r} raised {type(error).__name__} in {hook}: {error}; no kit was assembled"
            raise PluginFaultError(text) from error
        return outcome.answer


def is_ours(thing: object) -> bool:
    """Tell whether code is the library's own, which is trusted to answer."""
    home = thing.__name__ if isinstance(thing, ModuleType) else type(thing).__module__
    return home.partition(".")[0] == "collectkit"


def _whole(answer: object) -> object:
    """Return an answer that comes bit by bit as a whole: what makes the bits is the plugin's code too."""
    return tuple(answer) if isinstance(answer, Iterator) else answer


def load_plugins(builtin: Sequence[object], plugins: str | Sequence[object] = (), *, seconds: float = ASSEMBLY_SECONDS) -> Plugins:
    """
    Register our own parts and a host's plugins.

    Args:
        builtin: Our own parts, asked last.
        plugins: ``installed`` for every entry point of the group, or a list of modules, objects and names of entry
            points; ``installed`` may stand in the list too.
        seconds: How long one plugin may take to answer one hook.

    Raises:
        PluginFaultError: A plugin cannot be imported or registered, or there is no entry point of that name.
    """
    found = Plugins(seconds=seconds)
    for part in builtin:
        found.add(part)
    if isinstance(plugins, Mapping) or not isinstance(plugins, Iterable):
        wanted = "a list of modules, objects and names of entry points, or 'installed'"
        raise PluginFaultError(f"plugins is {wanted}, got {_name_of(plugins)}; no kit was assembled")
    for plugin in [plugins] if isinstance(plugins, str) else plugins:
        if isinstance(plugin, str):
            for name, loaded in _installed(plugin):
                found.add(loaded, name)
        else:
            found.add(plugin)
    return found


def _installed(wanted: str) -> Iterator[tuple[str, object]]:
    """Yield the plugins of installed packages, sorted by name: all of them, or the one of the name *wanted*."""
    offered = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    chosen = [point for point in offered if wanted in (INSTALLED, point.name)]
    if not chosen and wanted != INSTALLED:
        names = ", ".join(point.name for point in offered) or "none"
        raise PluginFaultError(f"no installed package offers the plugin {wanted!r}; installed are {names}; no kit was assembled")
    for point in chosen:
        try:
            yield point.name, point.load()
        except (Exception, SystemExit) as error:
            text = f"plugin {point.name!r} cannot be imported: {type(error).__name__}: {error}; no kit was assembled"
            raise PluginFaultError(text) from error


def _name_of(plugin: object) -> str:
    if isinstance(plugin, ModuleType):
        return plugin.__name__
    return plugin.__qualname__ if isinstance(plugin, type) else type(plugin).__qualname__
