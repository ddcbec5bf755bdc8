// Package cores calculates what more cores would do, from the CPU time of each stage on one.
//
//	compare cores [-mixes medium,small] [-rounds 5]
//
//	go test -bench BenchmarkFile -cpuprofile ── go tool pprof -traces ── stages ── forecast
//
// Words: a stage is the work of one kind of goroutine of a conversion. A serial stage is one
// goroutine per capture: it takes as long with any number of cores. A parallel stage is shared
// by as many goroutines as there are workers, up to its width. The end is what comes after the
// last packet, when no other stage has work.
//
// The forecast, per packet, for n cores: the longest of
//
//	f W / n        all stages; f is how much more CPU time two cores need than one
//	each serial stage
//	each parallel stage / its width
//	the most expensive column, which one goroutine at a time encodes
//
// and the end on top. docs/benchmarks.md says what it leaves out.
package cores
