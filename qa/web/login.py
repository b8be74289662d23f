"""The login: one user and password, sessions for browsers, and a delay for those who guess."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from corpus.errors import UsageError

LIFETIME = 7 * 24 * 3600.0  # seconds that a session lasts
MOST_SESSIONS = 1000
FIRST_DELAY = 0.1  # seconds; each further wrong password from an address doubles it
LONGEST_DELAY = 3.0
MOST_WAITING = 8  # wrong passwords of one address that may wait for their answer at once
_MOST_ADDRESSES = 1000


@dataclass(frozen=True, slots=True)
class Login:
    """The user and the password that may enter."""

    user: str
    password: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Login:
        """Return what ``USER:PASSWORD`` says. Raises `UsageError` when it does not."""
        user, colon, password = text.partition(":")
        if not (user and colon and password):
            raise UsageError("--auth takes USER:PASSWORD")
        return cls(user, password)

    def is_right(self, user: str, password: str) -> bool:
        """Compare in a time that does not depend on what is wrong."""
        user_is_right = hmac.compare_digest(_digest(user), _digest(self.user))
        password_is_right = hmac.compare_digest(_digest(password), _digest(self.password))
        return user_is_right and password_is_right


class Sessions:
    """Browsers that have logged in, by a random token; the oldest leave when there are too many."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ends: OrderedDict[str, float] = OrderedDict()

    def open(self) -> str:
        """Return the token of a new session."""
        token = secrets.token_urlsafe(32)
        self._ends[token] = self._clock() + LIFETIME
        while len(self._ends) > MOST_SESSIONS:
            self._ends.popitem(last=False)
        return token

    def __contains__(self, token: str) -> bool:
        return self._ends.get(token, 0.0) > self._clock()

    def close(self, token: str) -> None:
        """End a session, if there is one."""
        self._ends.pop(token, None)


class Attempts:
    """Wrong passwords, counted by address: each makes that address wait longer for its answer."""

    def __init__(self) -> None:
        self._wrong: OrderedDict[str, int] = OrderedDict()
        self._waiting: Counter[str] = Counter()

    def are_too_many(self, address: str) -> bool:
        """Tell whether so many wrong passwords of an address wait that no other is looked at."""
        return self._waiting[address] >= MOST_WAITING

    def delay(self, address: str) -> float:
        """Count a wrong password and return for how many seconds its answer must wait."""
        wrong = self._wrong.pop(address, 0) + 1
        self._wrong[address] = wrong
        while len(self._wrong) > _MOST_ADDRESSES:
            self._wrong.popitem(last=False)
        return min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** min(wrong - 1, 10))

    async def fail(self, address: str) -> None:
        """Count a wrong password and wait; others are served meanwhile."""
        self._waiting[address] += 1
        try:
            await asyncio.sleep(self.delay(address))
        finally:
            self._waiting[address] -= 1
            if not self._waiting[address]:
                del self._waiting[address]

    def succeed(self, address: str) -> None:
        """Forget the wrong passwords of an address."""
        self._wrong.pop(address, None)


def basic_credentials(header: str) -> tuple[str, str] | None:
    """Return user and password of an ``Authorization`` header; None when it is not Basic."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except ValueError:
        return "", ""
    user, _, password = text.partition(":")
    return user, password


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
