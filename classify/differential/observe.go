package differential

import "github.com/pcap-teardown/teardown/classify/facts"

// observe gives observations without packets: a scan, a service that comes and goes, a host that
// answers in bursts. Their times go on from those of packets.
func (w *World) observe() {
	r := w.r
	orig := r.n(2)
	kinds := [][]int64{{2, 2, 2, 3}, {1, 2}, {1, 4}, {4}, {1, 2, 3, 4}}[r.n(5)]
	pause := r.pick(0, 1000, 2000000, 5000000, 5000001, 20000000, 20000001, 60000000)
	ports := r.pick(1, 2, 20)
	ecn := r.percent(30)
	ttls := [2]int64{w.ends[0].ttl, w.ends[1].ttl}
	flows := [2]int64{w.ends[0].flow, w.ends[1].flow}
	odd := r.percent(30)
	for range 1 + r.n(25) {
		w.time = min(w.time+r.pick(pause, pause, r.n(pause+1)), latest)
		from := r.n(2)
		sender := (orig + from) % 2
		o := facts.Observation{Kind: kinds[r.n(int64(len(kinds)))], Time: w.time, From: from, Ttl: ttls[sender], Label: flows[sender], Rtt: r.pick(0, 20000, 1+r.n(100000)), Ecn: ecn && r.percent(70), Linux: r.percent(50), Serves: r.percent(50)}
		if odd && r.percent(30) {
			o.Ttl, o.Label = r.pick(57, 64, 128, r.n(256)), r.pick(0, r.n(1<<20))
		}
		w.queue = append(w.queue, Command{Op: opObserve, End: orig, Port: 1 + r.n(ports), Observation: o})
	}
}
