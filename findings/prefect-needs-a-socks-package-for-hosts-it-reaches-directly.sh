#!/bin/sh
# prefect 3.9.1 with httpx 0.28.1: a SOCKS proxy in the environment stops flows that talk to this machine only.
#
# One would guess: a proxy matters for hosts that it is used for. `NO_PROXY=127.0.0.1,localhost` excepts Prefect's
# own server on this machine, which is all that a flow with a temporary server talks to.
# What happens: httpx, Prefect's client, prepares a connection to every proxy of the environment when a client is made,
# before any host is known. A SOCKS proxy needs the package `socksio`, which Prefect does not require. Without it no
# client can be made, and the flow ends with an ImportError before its first task. With `NO_PROXY=*` it can.
# Why it matters: machines of a laboratory often reach the outside through `ALL_PROXY=socks5://...` only. The pipeline
# that ran on the desk fails there, with a message about a proxy that it has no use for.
# What to do: install `httpx[socks]` beside Prefect, or start the flow with the proxy variables unset.
#
# Seen:
#   environment                                           httpx.Client()   flow run
#   no proxy                                              made             Completed
#   ALL_PROXY=socks5:..., NO_PROXY=127.0.0.1,localhost    ImportError      ImportError
#   ALL_PROXY=socks5:..., NO_PROXY=*                      made             not tried
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check prefect==3.9.1 httpx==0.28.1
HOME="$tmp" DO_NOT_TRACK=1 PREFECT_SERVER_ANALYTICS_ENABLED=false PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS=120
export HOME DO_NOT_TRACK PREFECT_SERVER_ANALYTICS_ENABLED PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS
unset ALL_PROXY all_proxy HTTP_PROXY http_proxy HTTPS_PROXY https_proxy NO_PROXY no_proxy
unset PREFECT_API_URL PREFECT_API_KEY PREFECT_PROFILE PREFECT_HOME
cd "$tmp"
cat > client.py <<'PYTHON'
import httpx

try:
    httpx.Client()
    print("made")
except ImportError:
    print("ImportError")
PYTHON
cat > retrain.py <<'PYTHON'
from prefect import flow


@flow
def retrain():
    return "trained"


try:
    print(retrain(return_state=True).name)
except ImportError:
    print("ImportError")
PYTHON
see() { "$tmp/venv/bin/python" "$1" 2>> log || { cat log; exit 1; }; }
plain="$(see client.py) $(see retrain.py)"
export ALL_PROXY=socks5://127.0.0.1:1080 NO_PROXY=127.0.0.1,localhost
excepted="$(see client.py) $(see retrain.py)"
export NO_PROXY='*'
all=$(see client.py)
row() { printf '%-53s %-16s %s\n' "$@"; }
row "environment" "httpx.Client()" "flow run"
row "no proxy" $plain
row "ALL_PROXY=socks5:..., NO_PROXY=127.0.0.1,localhost" $excepted
row "ALL_PROXY=socks5:..., NO_PROXY=*" "$all" "not tried"
[ "$plain" = "made Completed" ] && [ "$excepted" = "ImportError ImportError" ] && [ "$all" = made ]
