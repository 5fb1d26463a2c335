"""The wire itself: a requests session with time-outs, the guard at its adapter, and failures told apart.

What matters to a write is whether its bytes may have arrived: ``NotSent`` says no, ``Broken`` says perhaps.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NameResolutionError, NewConnectionError

from toolkit.clients import guard
from toolkit.clients.endpoint import Timeouts, is_loopback
from toolkit.model import Side

_PIECE = 256 * 1024
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)  # its debug lines hold whole queries, values and all


class NotSent(Exception):
    """No connection: nothing of the request left this machine."""


class Broken(Exception):
    """The connection failed after it stood: the request may have arrived. ``code`` says how, for the log."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class _Bearer(requests.auth.AuthBase):
    """Sets the token itself; without this, requests would put a .netrc entry in its place."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class _Guarded(HTTPAdapter):
    """Looks at the very request that is about to be written to the socket."""

    def __init__(self, system: Side, read_only: Callable[[], bool], base_url: Callable[[], str]) -> None:
        super().__init__(pool_connections=1, pool_maxsize=2, max_retries=0)
        self._system, self._read_only, self._base_url = system, read_only, base_url

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        guard.check(self._system, request.method or "", request.url or "", request.headers, request.body,
                    base_url=self._base_url(), read_only=self._read_only())
        return super().send(request, *args, **kwargs)


class Line:
    """One session. ``base_url`` is a function, since a sign-in may tell another address."""

    def __init__(self, system: Side, timeouts: Timeouts, read_only: Callable[[], bool],
                 base_url: Callable[[], str]) -> None:
        self._timeouts, self._base_url = timeouts, base_url
        self._session = requests.Session()
        adapter = _Guarded(system, read_only, base_url)
        for prefix in ("https://", "http://"):
            self._session.mount(prefix, adapter)
        self._session.headers.update({"User-Agent": "salesforce-accelo-toolkit", "Accept": "application/json"})

    def send(self, method: str, path: str, *, token: str, params: Mapping[str, Any] | None, json: Any, data: Any,
             headers: Mapping[str, str] | None, stream: bool) -> requests.Response:
        """The complete answer (with ``stream`` its head). Redirects are not followed."""
        base = self._base_url()
        self._session.trust_env = not is_loopback(base)  # no proxy between this machine and itself
        started = time.perf_counter()
        try:
            response = self._session.request(
                method, base + path, params=params, json=json, data=data, headers=headers, auth=_Bearer(token),
                timeout=(self._timeouts.connect, self._timeouts.read), allow_redirects=False, stream=True)
        except requests.ConnectionError as error:
            if never_sent(error):
                raise NotSent("no connection.") from None
            raise Broken("CONNECTION_LOST") from None
        except requests.Timeout:
            raise Broken("TIMEOUT") from None
        except requests.RequestException:
            raise Broken("BROKEN_ANSWER") from None
        if not stream or response.status_code >= 300:
            self._read(response, started)
        return response

    def _read(self, response: requests.Response, started: float) -> None:
        """The whole body, within the total time: a server that drips is a server that does not answer."""
        pieces: list[bytes] = []
        try:
            for piece in response.iter_content(_PIECE):
                pieces.append(piece)
                if time.perf_counter() - started > self._timeouts.total:
                    response.close()
                    raise Broken("TIMEOUT")
        except (requests.RequestException, OSError):
            response.close()
            raise Broken("TRUNCATED") from None
        response._content = whole_characters(b"".join(pieces))  # where requests itself keeps a body that was read

    def close(self) -> None:
        self._session.close()


_ESCAPES = re.compile(rb"\\\\|\\u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w|\\u[dD][89a-fA-F]\w\w")


def whole_characters(body: bytes) -> bytes:
    """JSON in which half a surrogate pair (an emoji that was cut in two) is U+FFFD: no file or database holds it."""
    if b"\\ud" not in body and b"\\uD" not in body:
        return body
    return _ESCAPES.sub(lambda found: found[0] if len(found[0]) != 6 else rb"\ufffd", body)


def never_sent(error: requests.ConnectionError) -> bool:
    """Did this fail before the connection stood (refused, unknown host, a certificate that does not hold)."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    if isinstance(error, requests.exceptions.SSLError):
        return "certificate verify failed" in str(error).lower()
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    return isinstance(reason, (NewConnectionError, ConnectTimeoutError, NameResolutionError))
