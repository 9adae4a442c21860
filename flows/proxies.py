"""Proxies that the user has set, and this machine's own addresses, which are never asked of them."""

from __future__ import annotations

import os
from collections.abc import MutableMapping

from longtail.errors import BadParameter, Problem

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
_EXCEPTIONS = ("no_proxy", "NO_PROXY")  # some libraries read the one, some the other


def reach_loopback_directly(environment: MutableMapping[str, str] = os.environ) -> None:
    """Add the loopback addresses to the hosts that no proxy is used for, in this process and those it starts.

    Where no proxy is set nothing is: on macOS any of these variables would hide the system's own settings.
    """
    if not _set(environment):
        return
    hosts = [host.strip() for name in _EXCEPTIONS for host in environment.get(name, "").split(",") if host.strip()]
    for name in _EXCEPTIONS:
        environment[name] = ",".join(dict.fromkeys([*hosts, *LOOPBACK]))


def check(environment: MutableMapping[str, str] = os.environ) -> None:
    """Refuse proxies that Prefect's client cannot be made with; it reads all of them, whatever it asks.

    Raises:
        BadParameter: an address is malformed, or of a kind that the client does not know.
    """
    import httpx

    problems = []
    for name in _set(environment):
        try:
            with httpx.Client(proxy=_with_scheme(environment[name]), trust_env=False):
                pass
        except (ValueError, ImportError, httpx.InvalidURL) as error:
            what = f"the proxy in {name} cannot be used ({type(error).__name__})"
            remedy = "Set http://, https:// or socks5:// with a host and a port, or unset it."
            problems.append(Problem(what, remedy, where=f"environment variable {name}"))
    if problems:
        raise BadParameter(*problems)


def _set(environment: MutableMapping[str, str]) -> list[str]:
    return [name for name in environment if name.lower() in _PROXIES and environment[name]]


def _with_scheme(address: str) -> str:
    return address if "://" in address else f"http://{address}"
