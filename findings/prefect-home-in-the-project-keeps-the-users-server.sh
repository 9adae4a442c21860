#!/bin/sh
# prefect 3.9.1: with `home` in prefect.toml the profile is "ephemeral", and the runs still go to the user's server.
#
# One would guess: `home = ".prefect"` in a project's prefect.toml makes the project independent of what the user has
# set up elsewhere; or, if the user's active profile still counts, Prefect names it.
# What happens: two parts of Prefect look in two places. The settings read the active profile of the user's home
# folder, so PREFECT_API_URL is that profile's. The settings' context, and with it `prefect config view` and
# `prefect profile ls`, look under the project's home, find no profiles there, and say "ephemeral": a temporary server.
# Why it matters: a pipeline is tried in a fresh checkout, with its own home, in the belief that nothing leaves the
# folder. Its runs and artifacts land on the team's server; or, if that is down, it fails to reach an address that no
# profile on show names.
# What to do: set PREFECT_API_URL in the environment (empty for a temporary server), and log the address at the start.
#
# Seen, with the profile "team" active in the user's home:
#   prefect.toml        profile      PREFECT_API_URL
#   none                team         http://127.0.0.1:4999/api
#   home = ".prefect"   ephemeral    http://127.0.0.1:4999/api
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check prefect==3.9.1
HOME="$tmp/user" DO_NOT_TRACK=1
export HOME DO_NOT_TRACK
unset PREFECT_API_URL PREFECT_API_KEY PREFECT_PROFILE PREFECT_PROFILES_PATH PREFECT_HOME
mkdir -p "$tmp/user/.prefect" "$tmp/project"
cd "$tmp/project"
cat > "$tmp/user/.prefect/profiles.toml" <<'TOML'
active = "team"

[profiles.team]
PREFECT_API_URL = "http://127.0.0.1:4999/api"
TOML
cat > "$tmp/look.py" <<'PYTHON'
from prefect.context import get_settings_context
from prefect.settings import PREFECT_API_URL

print(f"{get_settings_context().profile.name:12} {PREFECT_API_URL.value()}")
PYTHON
without=$("$tmp/venv/bin/python" "$tmp/look.py")
echo 'home = ".prefect"' > prefect.toml
with=$("$tmp/venv/bin/python" "$tmp/look.py")
echo "prefect.toml        profile      PREFECT_API_URL"
echo "none                $without"
echo "home = \".prefect\"   $with"
[ "$without" = "team         http://127.0.0.1:4999/api" ] && [ "$with" = "ephemeral    http://127.0.0.1:4999/api" ]
