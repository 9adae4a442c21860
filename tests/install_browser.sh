#!/bin/sh
# The browser tests need Chromium, its driver and axe-core, which npm brings; where one cannot be installed the tests
# that need it skip and say so.
set -eu
cd "$(dirname "$0")/.."

install() { # what it is for, then Debian packages
  for_what=$1
  shift
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing $* for $for_what"
    apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@" >/dev/null || true
  else
    echo "not here, so $for_what will skip: $* (apt-get install $*)"
  fi
}

if ! command -v chromium >/dev/null || ! command -v chromedriver >/dev/null; then
  install "the browser tests" chromium chromium-driver
fi
if ! command -v npm >/dev/null; then install "the tests with axe-core" npm; fi
PYTHONPATH=. "${PYTHON:-python3}" -m tests.browser.axe
