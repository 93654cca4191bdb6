#!/bin/sh
# Makes sure that PostgreSQL's server programs are there; the tests start a throw-away server of their own with them.
set -eu
for bin in /usr/lib/postgresql/*/bin; do
    [ -x "$bin/initdb" ] && exit 0
done
if command -v initdb >/dev/null 2>&1; then exit 0; fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "PostgreSQL's server programs (initdb, postgres) are missing: install the package postgresql." >&2
    exit 1
fi
apt-get -qq update
DEBIAN_FRONTEND=noninteractive apt-get -qq install -y postgresql >/dev/null
