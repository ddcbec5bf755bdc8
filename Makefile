# make test       sets up what the tests need (Debian 12, as root), then runs all tests
# make demo       converts a capture of testdata and shows what came out
# make build      builds out/teardown, one static file
# make generate   writes the generated files again
# make compare    compares with tshark, with the plugin in two versions of it, with Zeek where
#                 the folder has its zeek-conn.csv, and with readers; CAPTURES=DIR [SAMPLE=120]
# make profile    writes cmd/teardown/default.pgo again, by which go build decides what to inline
# make man        writes the manual pages to out/man
# make bench      runs the Go benchmarks; scripts/benchmarks.sh measures every figure of the docs
# make clean      removes what make wrote

CAPTURES ?= testdata/captures
SAMPLE   ?= all
BENCH    ?= .

export CGO_ENABLED = 0
export PATH := $(PATH):/usr/local/go/bin

.PHONY: build test setup demo generate profile compare man bench clean

build:
	go build -trimpath -o out/teardown ./cmd/teardown

test: setup
	scripts/test.sh

setup:
	@scripts/setup.sh

demo: build
	out/teardown convert testdata/captures/web.pcapng -o demo --overwrite
	@find demo -type f | sort

generate:
	go generate ./...

profile:
	go test -trimpath -o /dev/null -run '^$$' -bench BenchmarkConvert -benchtime 3s -cpuprofile cmd/teardown/default.pgo ./cmd/teardown

compare: setup build
	go build -o out/compare ./cmd/compare
	out/compare tshark -teardown out/teardown -sample $(SAMPLE) $(CAPTURES)
	out/compare parity -teardown out/teardown -sample $(SAMPLE) $(CAPTURES)
	out/compare parity -teardown out/teardown -sample $(SAMPLE) -tshark chroot:.tools/trixie $(CAPTURES)
	if [ -f $(CAPTURES)/zeek-conn.csv ]; then out/compare zeek -teardown out/teardown --captures $(CAPTURES) $(CAPTURES)/zeek-conn.csv; fi
	out/compare readers -teardown out/teardown -sample $(SAMPLE) $(CAPTURES)

man: build
	out/teardown man out/man

bench:
	go test -run '^$$' -bench '$(BENCH)' -benchmem ./...

clean:
	rm -rf out demo
	scripts/setup.sh clean
