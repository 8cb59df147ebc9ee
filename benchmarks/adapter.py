"""What the benchmark scripts call: every hook of the modules in `benchmarks.adapters`, under one name.

A hook translates words and calls public API; it computes nothing itself and keeps no answer.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from benchmarks import adapters

for _found in iter_modules(adapters.__path__):
    _module = import_module(f"{adapters.__name__}.{_found.name}")
    globals().update({name: getattr(_module, name) for name in _module.__all__})
