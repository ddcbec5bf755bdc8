#!/bin/bash
# Makes one Python environment in .tools from its list of pinned packages:
#
#   scripts/setup-python.sh NAME        .tools/NAME from scripts/NAME.txt
#
# Debian's own Python is used even where another comes first in PATH, so that
# the pinned versions always meet the same interpreter.
set -euo pipefail
cd "$(dirname "$0")/.."
name=$1
list=scripts/$name.txt
dir=.tools/$name

# The stamp holds the list that the environment was made from.
if cmp -s "$list" "$dir/stamp"; then
	exit 0
fi
rm -rf "$dir"
/usr/bin/python3 -m venv "$dir"
# setuptools and wheel build pyspark, which comes as source.
"$dir/bin/pip" install -q --disable-pip-version-check setuptools==68.2.2 wheel==0.41.3
"$dir/bin/pip" install -q --disable-pip-version-check --no-build-isolation --no-cache-dir -r "$list"
cp "$list" "$dir/stamp"
