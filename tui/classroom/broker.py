"""The broker, a Redis, as all that speaks to it in one process does: how it is reached, and what can go wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from engine.diagnostics import Diagnostic

if TYPE_CHECKING:
    from redis.asyncio import Redis

RETRY_SECONDS = 0.5
"""From one try to reach the broker again to the next."""
PATIENCE_SECONDS = 3.0
"""How long the broker may be silent before it counts as gone."""
BLOCK_SECONDS = 2.0
"""How long a read may wait for news."""


def reached(url: str) -> Redis:
    """A client of the broker at an address such as `redis://host:6379/0`; nothing is sent yet.

    Raises a Diagnostic `not_installed` without the package redis, and `bad_value` for what is no such address.
    """
    try:
        from redis.asyncio import Redis
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff
    except ModuleNotFoundError as problem:
        raise Diagnostic("not_installed", f"a class over several processes needs the package {problem.name}",
                         hints=("pip install 'chainstep[cluster]'",)) from None  # fmt: skip
    try:
        without_password(url)
        client: Redis = Redis.from_url(
            url, protocol=2, socket_connect_timeout=PATIENCE_SECONDS,
            socket_timeout=BLOCK_SECONDS + PATIENCE_SECONDS,
            retry=Retry(NoBackoff(), 0),  # a message that was sent twice would be two
        )  # fmt: skip
    except ValueError:
        raise Diagnostic("bad_value", "this is not the address of a Redis broker",
                         hints=("for example redis://127.0.0.1:6379/0",)) from None  # fmt: skip
    return client


def key_of(name: str) -> str:
    """What the broker has the class of this name under; what belongs to it has longer ones."""
    return f"chainstep:class:{name}"


def problems() -> tuple[type[Exception], ...]:
    """What is raised while the broker cannot be used."""
    from redis.exceptions import RedisError

    return (RedisError, OSError, TimeoutError)


def without_password(url: str) -> str:
    """An address as it may be shown. Raises a ValueError for what is none."""
    parts = urlsplit(url)
    return parts.path if parts.scheme == "unix" else f"{parts.hostname or 'localhost'}:{parts.port or 6379}"
