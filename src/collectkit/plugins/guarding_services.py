"""What a plugin keeps or decides for a kit, behind a guard: who may act, where heads go, who has the keys.

An authorizer that fails denies. An anchor that fails gets its heads next time. A key provider that fails is like a store that
fails: the command fails, and nothing is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final, cast

from collectkit.errors import CollectkitError, PluginFaultError
from collectkit.plugins.calling import Callers
from collectkit.plugins.hookspecs import AnchorSink, KeyProvider
from collectkit.plugins.manager import is_ours
from collectkit.principals import Act, Authorization, Authorize, Circumstances, Principal

AUTHORITY_SECONDS: Final = 5.0
ANCHOR_SECONDS: Final = 30.0
KEYS_SECONDS: Final = 10.0
_KEY_BYTES: Final = 32


class GuardedAuthority:
    """An authorizer of a plugin; what it has besides its answers is passed on as it is."""

    def __init__(self, authority: Authorize, callers: Callers) -> None:
        self._authority = authority
        self._caller = callers.add("authority", seconds=AUTHORITY_SECONDS)
        self._counting = callers.add("authority counts", seconds=AUTHORITY_SECONDS)
        counts = getattr(authority, "counts", None)
        if callable(counts):
            self.counts = partial(self._counts, counts)

    def __call__(self, principal: Principal, act: Act, circumstances: Circumstances) -> Authorization:
        """Return its answer, whatever that is; the kit takes what is none, and what is raised, for a denial."""
        outcome = self._caller.attempt(lambda: self._authority(principal, act, circumstances))
        if isinstance(outcome.error, Exception):
            raise outcome.error
        if outcome.error is not None or outcome.late:
            what = "no answer in time" if outcome.late else type(outcome.error).__name__
            raise PluginFaultError(f"the authorizer ended with {what}; nothing was permitted")
        return cast(Authorization, outcome.answer)

    def _counts(self, given: Callable[[str], object], action: str) -> bool:
        """Return whether it wants the sums of an act kept; one that cannot say is taken to want them."""
        try:
            return self._counting.call(lambda: bool(given(action)))
        except PluginFaultError:
            return True  # the caller has counted it

    def __getattr__(self, name: str) -> object:
        return getattr(self._authority, name)


class GuardedAnchor:
    """
    An anchor of a plugin.

    Args:
        sink: The plugin's.
        name: Under which it was brought.
        callers: Of the kit.
    """

    def __init__(self, sink: AnchorSink, name: str, callers: Callers) -> None:
        self._sink = sink
        self._caller = callers.add(f"anchor {name}", seconds=ANCHOR_SECONDS)
        heads = getattr(sink, "heads", None)
        if callable(heads):
            self.heads = partial(self._heads, heads)

    def anchor(self, tenant: str, number: int, head: str) -> None:
        """
        Give one head on.

        Raises:
            CollectkitError: One of ours that it raised on purpose, with its own words.
            OSError: The same.
            PluginFaultError: It raised something else, or did not answer in time.
        """
        outcome = self._caller.attempt(lambda: self._sink.anchor(tenant, number, head))
        if isinstance(outcome.error, CollectkitError | OSError):
            raise outcome.error
        if outcome.late:
            raise PluginFaultError(
                f"{self._caller.name} did not answer within {self._caller.seconds:g} seconds; the head counts as not anchored"
            )
        if outcome.error is not None:
            raise PluginFaultError(f"{self._caller.name} raised {type(outcome.error).__name__}; the head counts as not anchored")

    def _heads(self, given: Callable[[str], Iterable[str]], tenant: str) -> list[str]:
        return list(self._caller.call(lambda: _whole(given(tenant)), wanted="lines", check=_are_texts))


class GuardedKeys:
    """
    A key provider of a plugin: what it answers must be keys.

    Args:
        provider: The plugin's.
        callers: Of the kit.
    """

    def __init__(self, provider: KeyProvider, callers: Callers) -> None:
        self._provider = provider
        self._caller = callers.add("key provider", seconds=KEYS_SECONDS)

    def keys(self, tenant: str, owners: Sequence[str]) -> Mapping[str, tuple[str, bytes]]:
        """Return the newest key of each owner; see `KeyProvider`."""
        wanted = tuple(owners)
        return self._caller.call(
            lambda: dict(self._provider.keys(tenant, wanted)),
            wanted="a key of 32 bytes with its id for each owner",
            check=lambda got: all(_is_named_key(got.get(owner)) for owner in wanted),
        )

    def key(self, tenant: str, owner: str, key_id: str) -> bytes | None:
        """Return one key, or None; see `KeyProvider`."""
        return self._caller.call(
            lambda: self._provider.key(tenant, owner, key_id),
            wanted="a key of 32 bytes or None",
            check=lambda got: got is None or _is_key(got),
        )

    def destroy(self, tenant: str, owners: Sequence[str]) -> None:
        """Destroy keys; see `KeyProvider`."""
        given = tuple(owners)
        self._caller.call(lambda: self._provider.destroy(tenant, given))

    def destroyed(self, tenant: str) -> Iterable[str]:
        """Return whose keys were destroyed; see `KeyProvider`."""
        return self._caller.call(lambda: _whole(self._provider.destroyed(tenant)), wanted="names of owners", check=_are_texts)

    def pepper(self, tenant: str) -> bytes:
        """Return the secret for contact points; see `KeyProvider`."""
        return self._caller.call(
            lambda: self._provider.pepper(tenant), wanted="a secret of bytes", check=lambda got: isinstance(got, bytes) and len(got) > 0
        )

    def __getattr__(self, name: str) -> object:
        return getattr(self._provider, name)


def guarded_authority(authority: Authorize, callers: Callers) -> Authorize:
    """Return an authorizer behind its guard; ours as it is."""
    return authority if is_ours(authority) else GuardedAuthority(authority, callers)


def guarded_anchors(anchors: Mapping[str, AnchorSink], callers: Callers) -> dict[str, AnchorSink]:
    """Return anchors behind their guards; ours as they are."""
    return {name: sink if is_ours(sink) else GuardedAnchor(sink, name, callers) for name, sink in anchors.items()}


def guarded_keys(provider: KeyProvider, callers: Callers) -> KeyProvider:
    """Return a key provider behind its guard; ours as it is."""
    return provider if is_ours(provider) else GuardedKeys(provider, callers)


def _whole(answer: Iterable[str]) -> Iterable[str]:
    """Return an answer that may come bit by bit as a whole, where the deadline holds; a text is none of texts."""
    return answer if isinstance(answer, str) else tuple(answer)


def _are_texts(answer: object) -> bool:
    return isinstance(answer, tuple) and all(isinstance(one, str) for one in answer)


def _is_key(value: object) -> bool:
    return isinstance(value, bytes) and len(value) == _KEY_BYTES


def _is_named_key(value: object) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str) and _is_key(value[1])
