"""Plugins: what a host or a third package may add, and how it is asked.

A plugin is a module (or any object) with functions marked by `hookimpl`. Each kit asks its own plugins, once, when it
is assembled; the answers become frozen values.

>>> from collectkit.plugins import hookimpl
>>> class OurStrategies:
...     @hookimpl
...     def collectkit_allocation_strategies(self):
...         return {}
"""

from __future__ import annotations

from collectkit.plugins.guard import Committed, Observers, Subscriber
from collectkit.plugins.hookspecs import hookimpl
from collectkit.plugins.manager import Plugins, load_plugins

__all__ = ["Committed", "Observers", "Plugins", "Subscriber", "hookimpl", "load_plugins"]
