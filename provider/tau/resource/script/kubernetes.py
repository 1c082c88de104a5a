"""Talks to the Kubernetes API with the token of the Pod's ServiceAccount.

https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
"""

import http.client
import json
import os
import pathlib
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any

CLUSTERS = "apis/postgresql.cnpg.io/v1", "clusters"
OBJECT_STORES = "apis/barmancloud.cnpg.io/v1", "objectstores"
CONFIG_MAPS = "api/v1", "configmaps"
PODS = "api/v1", "pods"
SECRETS = "api/v1", "secrets"

Kind = tuple[str, str]

_ACCOUNT = pathlib.Path("/var/run/secrets/kubernetes.io/serviceaccount")
_SECONDS_TO_ANSWER = 30
_SECONDS_TO_TRY = 120
_SECONDS_BETWEEN = 3


class Refused(Exception):
    """The API server's own words, with its status; 0 where it did not answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Kubernetes:
    """Objects of one namespace. A server that is away for a moment is asked again; `namespace` is the Pod's own."""

    def __init__(self) -> None:
        self.namespace = (_ACCOUNT / "namespace").read_text().strip()
        host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ["KUBERNETES_SERVICE_PORT"]
        self._server = f"https://{f'[{host}]' if ':' in host else host}:{port}"
        self._trust = ssl.create_default_context(cafile=str(_ACCOUNT / "ca.crt"))
        # Python 3.13 refuses authorities without extensions that many a cluster's own, which is years old, lacks.
        self._trust.verify_flags &= ~ssl.VERIFY_X509_STRICT

    def get(self, kind: Kind, name: str) -> Any | None:
        """One object, or None where there is none."""
        try:
            return json.loads(self._call("GET", kind, name))
        except Refused as refused:
            if refused.status != 404:
                raise
            return None

    def labelled(self, kind: Kind, label: str) -> list[Any]:
        """The objects that have a label, given as `key=value`."""
        query = urllib.parse.urlencode({"labelSelector": label})
        return list(json.loads(self._call("GET", kind, query=query))["items"])

    def create(self, kind: Kind, body: Mapping[str, Any]) -> Any:
        """Create an object; what the API server made of it."""
        return json.loads(self._call("POST", kind, body=body))

    def merge(self, kind: Kind, name: str, change: Mapping[str, Any]) -> None:
        """Change an object by a merge patch."""
        self._call("PATCH", kind, name, body=change)

    def delete(self, kind: Kind, name: str, uid: str) -> None:
        """Delete an object, if it is still this very one."""
        try:
            self._call("DELETE", kind, name, body={"propagationPolicy": "Background", "preconditions": {"uid": uid}})
        except Refused as refused:
            if refused.status not in (404, 409):
                raise

    def log(self, pod: str, container: str) -> str:
        """The last lines that a container wrote; empty where there are none."""
        try:
            query = urllib.parse.urlencode({"container": container, "tailLines": 200})
            return self._call("GET", PODS, f"{pod}/log", query=query).decode(errors="replace")
        except Refused:
            return ""

    def _call(
        self, method: str, kind: Kind, name: str = "", *, query: str = "", body: Mapping[str, Any] | None = None
    ) -> bytes:
        group, plural = kind
        url = f"{self._server}/{group}/namespaces/{self.namespace}/{plural}{f'/{name}' if name else ''}"
        request = urllib.request.Request(f"{url}?{query}" if query else url, method=method)
        request.data = json.dumps(body).encode() if body is not None else None
        patch = method == "PATCH"
        request.add_header("Content-Type", "application/merge-patch+json" if patch else "application/json")
        until = time.monotonic() + _SECONDS_TO_TRY
        while True:
            try:
                return self._answer(request)
            except Refused as refused:
                passing = refused.status in (0, 429) or refused.status >= 500
                if not passing or time.monotonic() > until:
                    raise
                time.sleep(_SECONDS_BETWEEN)

    def _answer(self, request: urllib.request.Request) -> bytes:
        # The kubelet renews the token while the check is at work.
        request.add_header("Authorization", f"Bearer {(_ACCOUNT / 'token').read_text().strip()}")
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS_TO_ANSWER, context=self._trust) as response:
                return bytes(response.read())
        except urllib.error.HTTPError as failure:
            raise Refused(failure.code, _words(failure)) from failure
        except (OSError, http.client.HTTPException) as failure:
            raise Refused(0, f"Kubernetes does not answer: {failure}") from failure


def _words(failure: urllib.error.HTTPError) -> str:
    try:
        return str(json.loads(failure.read())["message"])
    except (ValueError, KeyError, TypeError, OSError):
        return str(failure)
