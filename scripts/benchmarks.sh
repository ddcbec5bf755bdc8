#!/bin/bash
# Measures every figure of docs/benchmarks.md and of "What it costs" in docs/wireshark.md again
# and prints the tables as Markdown, in their order. Takes about an hour; the machine should be
# idle. scripts/setup.sh bench installs what is needed.
#
#   scripts/benchmarks.sh [DIR]      DIR has real captures (those of nDPI's tests); without it that part is left out
#
# RUNS=5 for fewer rounds; QUICK=1 for a trial with small captures, whose figures mean nothing.
# Captures and tables are kept in out/bench.
set -euo pipefail
cd "$(dirname "$0")/.."
real=${1:-}
runs=${RUNS:-9}
export PATH=$PATH:/usr/local/go/bin CGO_ENABLED=0
out=out/bench
mkdir -p "$out"
go build -o "$out/teardown" ./cmd/teardown
go build -o "$out/capgen" ./cmd/capgen
go build -o "$out/compare" ./cmd/compare
speed=("$out/compare" speed -teardown "$out/teardown")

# capture MIX PACKETS [FLAGS]: makes a capture once and prints its path.
capture() {
	local path=$out/$1-$2.pcap
	if [ ! -e "$path" ]; then
		"$out/capgen" -mix "$1" -packets "$2" "${@:3}" -o "$path.part"
		mv "$path.part" "$path"
	fi
	echo "$path"
}

million=1000000 few=300000 slow=200000
growth=(-packets 3000000 -workers 1 -gigabytes 1,4,16)
rounds=5
if [ -n "${QUICK:-}" ]; then
	million=50000 few=20000 slow=20000 runs=1 rounds=1
	growth=(-connections 10000,20000 -gigabytes 1 -packets 100000 -workers 1 -bars=false)
fi

{
	echo "# $(date -u +%F), $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2 | xargs), $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg), $(go version | cut -d' ' -f3)"
	printf '\n## Beside other programs\n\n'
	"${speed[@]}" -runs "$runs" -slow 3 "$(capture medium $million)"
	echo
	"${speed[@]}" -runs "$rounds" -slow 0 "$(capture medium $((4 * million)))"
	if [ -n "$real" ]; then
		printf '\n### Real traffic\n\n'
		scripts/join-captures.py "$real" "$out/real.pcap"
		"${speed[@]}" -runs "$runs" -slow 1 "$out/real.pcap"
	fi
	printf '\n### Other mixes\n\n'
	"${speed[@]}" -runs "$runs" -slow 0 "$(capture large $few)" "$(capture medium $few)" "$(capture small $few)" "$(capture flood $few)" \
		"$(capture many $few -live $((few / 6)))" "$(capture giant $few)"
	printf '\n## Where the time goes, more cores\n\n'
	"$out/compare" cores -rounds "$rounds"
	printf '\n## Practical limit\n\n'
	printf '| mix | limit, ns per packet | conversion, ns per packet | conversion / limit |\n|---|--:|--:|--:|\n'
	go test ./cmd/teardown -run '^$' -bench BenchmarkLimit -benchtime 3x | awk '/^Benchmark/ {
		split($1, name, /[\/-]/)
		for (i = 3; i < NF; i += 2) value[$(i + 1)] = $i
		printf "| %s | %.0f | %.0f | %.2f |\n", name[2], value["limit-cpu-ns/packet"], value["convert-cpu-ns/packet"], value["convert/limit"]
	}'
	printf '\n## How cost grows, memory\n\n'
	"$out/compare" growth -teardown "$out/teardown" "${growth[@]}"
	printf '\n## What the plugin costs (docs/wireshark.md)\n\n'
	plugin=("$(capture large $slow)" "$(capture medium $slow)" "$(capture small $slow)")
	if [ -n "$real" ]; then
		tshark -r "$out/real.pcap" -Y tcp -F pcap -w "$out/realtcp.pcap"
		plugin+=("$out/realtcp.pcap")
	fi
	"${speed[@]}" -plugin -runs "$runs" "${plugin[@]}"
	go test ./lua -count 1 -v -run Memory | grep bytes
} | tee "$out/tables.md"
