#!/bin/sh
# The browser tests need Chromium and its driver; where they cannot be installed those tests skip and say so.
set -eu
if command -v chromium >/dev/null && command -v chromedriver >/dev/null; then exit 0; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing chromium for the browser tests"
  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium chromium-driver >/dev/null || true
else
  echo "no chromium here: the browser tests will skip (apt-get install chromium chromium-driver)"
fi
