#!/bin/bash
# Puts Debian 13 with tshark 4.4 into .tools/trixie, run with chroot. Its Lua is
# 5.4, where Debian 12's tshark has 5.2: the plugin has to work in both.
set -euo pipefail
cd "$(dirname "$0")/.."
dir=.tools/trixie

if [ -e "$dir/usr/bin/tshark" ]; then
	exit 0
fi
if [ "$(id -u)" != 0 ]; then
	echo "setup: debootstrap and chroot need root: make as root" >&2
	exit 1
fi
# debootstrap does not read apt's configuration.
proxy=$(apt-config dump --format '%v' Acquire::http::Proxy)
if [ -n "$proxy" ] && [ "$proxy" != DIRECT ]; then
	export http_proxy=${http_proxy:-$proxy}
fi
rm -rf --one-file-system "$dir" "$dir.partial"
debootstrap --variant=minbase --include=tshark trixie "$PWD/$dir.partial" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"}
rm -rf "$dir.partial/var/cache/apt/archives" "$dir.partial/var/lib/apt/lists"
chroot "$dir.partial" tshark --version
mv "$dir.partial" "$dir" # whole or absent
