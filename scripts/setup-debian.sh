#!/bin/bash
# Installs the Debian packages that are missing. Writes nothing when none is.
#
#   scripts/setup-debian.sh          those of tests and comparisons
#   scripts/setup-debian.sh bench    those of "compare speed", too
set -euo pipefail

packages=(
	tshark               # the reference that packets are compared with
	debootstrap          # builds .tools/trixie
	iproute2 iptables    # network namespaces in which real stacks close connections
	lua5.2 lua5.4        # the two Lua versions of Wireshark 4.0 and 4.4
	python3 python3-venv # the readers of the dataset
	ca-certificates
	util-linux # flock
)
# Spark needs Java, and any that is there will do.
if ! command -v java >/dev/null; then
	packages+=(openjdk-17-jre-headless)
fi

if [ "${1:-}" = bench ]; then
	packages+=(nfdump argus-server tcptrace)
fi

missing=()
for p in "${packages[@]}"; do
	if [ "$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null)" != installed ]; then
		missing+=("$p")
	fi
done
[ ${#missing[@]} -gt 0 ] || exit 0

echo "setup: installing ${missing[*]}"
if [ "$(id -u)" != 0 ]; then
	echo "setup: this needs root: run apt-get install ${missing[*]} first, or make as root" >&2
	exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends "${missing[@]}"
