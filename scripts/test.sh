#!/bin/bash
# Runs every check and test of the repository, after scripts/setup.sh. What go
# test prints is kept in out/test.log.
set -uo pipefail
cd "$(dirname "$0")/.."
# A test that misses a tool fails instead of being skipped.
export TEARDOWN_TOOLS=required
mkdir -p out
: >out/test.log # that of the last run says nothing about this one

unformatted=$(find . -name '*.go' -not -path './.*' -not -path './out/*' -print0 | xargs -0 gofmt -l)
if [ -n "$unformatted" ]; then
	printf 'these files are not formatted by gofmt:\n%s\n' "$unformatted" >&2
	exit 1
fi

# ./... leaves out what lies below testdata.
mapfile -t beside < <(find . -path './.*' -prune -o -path '*/testdata/*' -name '*.go' -printf '%h\n' | sort -u)
go vet ./... "${beside[@]}" || exit 1
# Systems that nothing runs on here: everything compiles for them, tests included.
for system in windows darwin; do
	GOOS=$system go vet ./... || exit 1
done
go test -timeout 30m "$@" ./... "${beside[@]}" 2>&1 | tee out/test.log
