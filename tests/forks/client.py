"""Stands for `python ...`: lets `server.py` run it, and ends as it ended. `client.py SOCKET WORD ...`."""

import json
import os
import signal
import socket
import sys

inherited = [int(name) for name in os.listdir("/proc/self/fd") if int(name) > 2]  # noqa: PTH208 - see below
inherited = [number for number in inherited if os.path.exists(f"/proc/self/fd/{number}") and os.get_inheritable(number)]  # noqa: PTH110
with socket.socket(socket.AF_UNIX) as server:
    server.connect(sys.argv[1])
    asked = {
        "folder": os.getcwd(),  # noqa: PTH109 - pathlib takes longer to import
        "environment": dict(os.environ),
        "words": sys.argv[2:],
        "descriptors": [0, 1, 2, *inherited],
    }
    message = json.dumps(asked).encode() + b"\n"
    sent = socket.send_fds(server, [message], asked["descriptors"])
    server.sendall(message[sent:])
    for number in inherited:
        os.close(number)  # who has the other end waits until all of this one are closed
    code = int(server.recv(16) or -signal.SIGKILL)
if code < 0:
    signal.signal(-code, signal.SIG_DFL) if -code != signal.SIGKILL else None
    os.kill(os.getpid(), -code)
sys.exit(code)
