#!/bin/bash
# Makes the pictures of docs/wireshark.md with the real Wireshark, on a display that
# nobody sees. Nothing else needs this: the tests do without a graphical Wireshark.
#
#   scripts/pictures.sh            writes docs/images/wireshark-*.png
#
# On Debian: apt-get install wireshark xvfb openbox xdotool imagemagick pngquant
set -euo pipefail
cd "$(dirname "$0")/.."
for program in wireshark Xvfb openbox xdotool import convert pngquant; do
	command -v $program >/dev/null || { echo "pictures: $program is missing; see the head of this file" >&2; exit 1; }
done

work=$(mktemp -d)
started=()
finish() {
	for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
	wait 2>/dev/null || true
	rm -rf "$work"
}
trap finish EXIT

go build -o "$work/teardown" ./cmd/teardown
export HOME=$work/home XDG_CONFIG_HOME=$work/home/.config XDG_RUNTIME_DIR=$work/run LC_ALL=C.UTF-8
mkdir -p "$HOME" "$XDG_RUNTIME_DIR" docs/images
chmod 700 "$XDG_RUNTIME_DIR"
"$work/teardown" wireshark install
# Heights of the list and of the details.
printf 'gui.geometry_main_upper_pane: %s\ngui.geometry_main_lower_pane: %s\n' 420 890 >>"$HOME/.config/wireshark/profiles/Teardown/recent"

Xvfb :83 -screen 0 1500x1560x24 >"$work/xvfb.log" 2>&1 &
started+=($!)
export DISPLAY=:83
sleep 2
openbox >"$work/openbox.log" 2>&1 &
started+=($!)

# show CAPTURE FRAME WIDTH HEIGHT opens a capture at a frame, in a window of this size.
show() {
	"$work/teardown" wireshark open "$1" --frame "$2" >"$work/wireshark.log" 2>&1 &
	wireshark=$!
	started+=($!)
	window=$(xdotool search --sync --onlyvisible --name "^$(basename "$1")" | tail -n 1)
	sleep 3
	xdotool windowactivate --sync "$window" windowmove "$window" 5 25 windowsize "$window" "$3" "$4"
	sleep 2
}

# take NAME WINDOW AREA... writes a picture of a window; AREA are arguments of convert.
take() {
	local name=$1 of=$2
	shift 2
	import -window "$of" "$work/whole.png"
	convert "$work/whole.png" "$@" +repage "$work/$name.png"
	pngquant --force --speed 1 --output "docs/images/wireshark-$name.png" 64 "$work/$name.png"
}

# leave ends Wireshark.
leave() {
	kill "$wireshark" 2>/dev/null || true
	wait "$wireshark" 2>/dev/null || true
	sleep 1
}

lab=testdata/lab/captures
show $lab/inject-on_the_side_active-v4.pcapng 9 1180 1500
# The last line of the details, and all below it opened.
xdotool mousemove --window "$window" 300 606 click 1
sleep 0.5
xdotool key shift+Right
sleep 1
take details "$window" -crop 1180x904+0+535 -bordercolor white -fuzz 5% -trim -border 8
leave

show $lab/mixed-hundred-v4.pcapng 76 1480 1440
take columns "$window" -crop 1480x506+0+0

# Tools > Teardown is the last entry of its menu.
xdotool key alt+t
sleep 1
xdotool key Up
sleep 0.5
xdotool key Right
sleep 0.5
xdotool key Return
summary=$(xdotool search --sync --onlyvisible --name 'how TCP connections ended' | tail -n 1)
sleep 2
xdotool windowsize "$summary" 760 980
sleep 1
take window "$summary" -crop 760x980+0+0
leave

ls -l docs/images
