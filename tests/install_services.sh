#!/bin/sh
# The team's tests need PostgreSQL; where it cannot be installed those tests skip and say so.
set -eu
if command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then exit 0; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing postgresql for the team's tests"
  # They start a cluster of their own: the system's is neither made nor started, unless somebody has set that up.
  mkdir -p /etc/postgresql-common
  settings=/etc/postgresql-common/createcluster.conf
  [ -e "$settings" ] || echo "create_main_cluster = false" >"$settings"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql >/dev/null || true
else
  echo "no PostgreSQL here: the team's tests will skip (apt-get install postgresql)"
fi
