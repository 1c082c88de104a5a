"""Asks a daemon over HTTP whether it is ready."""

import ssl
import urllib.request


def answers(url: str, *, authority: str | None = None) -> bool:
    """Whether the address answers with success; `authority` is the file of the certificates to trust."""
    trust = ssl.create_default_context(cafile=authority)
    # No proxy of the caller's environment stands between the host and its own bed.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust))
    try:
        with opener.open(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
