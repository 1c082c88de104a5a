"""Commands in Pods of the FAKE cluster: the WebSocket subprotocol of `exec`.

https://kubernetes.io/docs/reference/using-api/api-concepts/#websockets-and-kubernetes
"""

import http.server
import json
from collections.abc import Sequence

from wsproto import events
from wsproto.connection import Connection, ConnectionType
from wsproto.utilities import generate_accept_token

_PROTOCOL = "v4.channel.k8s.io"
_STDOUT, _STDERR, _STATUS = 1, 2, 3


def serve(handler: http.server.BaseHTTPRequestHandler, printed: str | None) -> None:
    """Answer a request to run a command: with what it printed, or as one that failed."""
    token = handler.headers.get("sec-websocket-key", "").encode()
    handler.send_response(101)
    handler.send_header("upgrade", "websocket")
    handler.send_header("connection", "Upgrade")
    handler.send_header("sec-websocket-accept", generate_accept_token(token).decode())
    handler.send_header("sec-websocket-protocol", _PROTOCOL)
    handler.end_headers()
    handler.close_connection = True
    for message in _messages(printed):
        handler.wfile.write(message)


def _messages(printed: str | None) -> Sequence[bytes]:
    connection = Connection(ConnectionType.SERVER)
    if printed is None:
        cause = {"reason": "ExitCode", "message": "1"}
        status = {"status": "Failure", "message": "exit status 1", "details": {"causes": [cause]}}
        told = [(_STDERR, "the fake does not know this command"), (_STATUS, json.dumps(status))]
    else:
        told = [(_STDOUT, printed), (_STATUS, json.dumps({"status": "Success"}))]
    sent = [connection.send(events.BytesMessage(bytes([channel]) + text.encode())) for channel, text in told]
    return [*sent, connection.send(events.CloseConnection(code=1000))]
