"""The library's side of the benchmark scripts, one module a script; a hook is a public name of `__all__`."""
