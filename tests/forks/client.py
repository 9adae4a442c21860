"""Stands for `python -m MODULE ...`: lets `server.py` run it, and ends as it ended. `client.py SOCKET MODULE ...`."""

import json
import os
import signal
import socket
import sys

with socket.socket(socket.AF_UNIX) as server:
    server.connect(sys.argv[1])
    asked = {"folder": os.getcwd(), "environment": dict(os.environ), "words": sys.argv[2:]}  # noqa: PTH109 - pathlib takes longer to import
    message = json.dumps(asked).encode() + b"\n"
    sent = socket.send_fds(server, [message], [0, 1, 2])
    server.sendall(message[sent:])
    code = int(server.recv(16) or -signal.SIGKILL)
if code < 0:
    signal.signal(-code, signal.SIG_DFL) if -code != signal.SIGKILL else None
    os.kill(os.getpid(), -code)
sys.exit(code)
