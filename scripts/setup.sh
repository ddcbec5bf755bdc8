#!/bin/bash
# Installs what the tests and comparisons need beside Go: Debian packages, and
# in .tools three Python environments and a second tshark. Made for Debian 12 as
# root; what is there already stays as it is, so the second run takes a moment.
#
#   scripts/setup.sh            everything
#   scripts/setup.sh bench      everything, and the flow meters that "compare speed" times
#   scripts/setup.sh clean      removes .tools
#
#   .tools/venv      duckdb (Python and command line), pyarrow, pandas, polars
#   .tools/spark35   pyspark 3.5, its jars included
#   .tools/spark4    pyspark 4
#   .tools/trixie    Debian 13 with tshark 4.4 (Lua 5.4); the system's own tshark is 4.0 (Lua 5.2)
#   .tools/ready     the last thing written: all of the above is there
#
# DEBIAN_MIRROR names the mirror that debootstrap uses instead of its own default.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=.tools

if [ "${1:-}" = clean ]; then
	rm -rf --one-file-system "$tools"
	exit
fi

mkdir -p "$tools"
exec 9>"$tools/lock" # one set-up at a time; a second waits here
flock 9

scripts/setup-debian.sh "${1:-}"

# The four steps do not depend on each other and mostly wait for the network.
declare -A step
start() {
	local name=$1
	shift
	"$@" >"$tools/$name.log" 2>&1 9>&- &
	step[$!]=$name
}
start venv scripts/setup-python.sh venv
start spark35 scripts/setup-python.sh spark35
start spark4 scripts/setup-python.sh spark4
start trixie scripts/setup-trixie.sh

failed=0
for pid in "${!step[@]}"; do
	if ! wait "$pid"; then
		failed=1
		echo "setup: ${step[$pid]} failed; the end of $tools/${step[$pid]}.log:" >&2
		tail -n 20 "$tools/${step[$pid]}.log" >&2
	fi
done
[ "$failed" = 0 ] || exit 1
touch "$tools/ready"
