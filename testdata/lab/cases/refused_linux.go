package cases

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pcap-teardown/teardown/testdata/lab/wire"
)

func init() {
	routed("port_closed/plain", func(w *wire.World) { w.Client("main", 1).MustFail(unix.ECONNREFUSED) })
	routed("port_closed/tos32", func(w *wire.World) {
		w.Client("main", 81, func(s *wire.Sock) { s.SetTOS(32) }).MustFail(unix.ECONNREFUSED)
	})
	routed("port_closed/ttl128", func(w *wire.World) {
		serverTTL(w, 128)
		orderly(w, "before", 80, nil)
		w.Client("main", 81).MustFail(unix.ECONNREFUSED)
	})
	routed("port_closed/known_host", func(w *wire.World) {
		orderly(w, "before", 80, nil)
		w.Client("main", 443).MustFail(unix.ECONNREFUSED)
	})
	routed("port_closed/repeat", func(w *wire.World) {
		for i := 0; i < 4; i++ {
			w.Client("main", 443).MustFail(unix.ECONNREFUSED)
			w.Sleep(30 * time.Millisecond)
		}
	})
	routed("port_closed/same_port_again", func(w *wire.World) {
		p := w.NextPort()
		for i := 0; i < 3; i++ {
			c := w.ClientOn("", "main", p, 443)
			c.MustFail(unix.ECONNREFUSED)
			c.Close()
			w.Sleep(20 * time.Millisecond)
		}
	})
	routed("port_unavailable/restart", func(w *wire.World) {
		orderly(w, "before", 80, nil)
		w.Client("main", 80).MustFail(unix.ECONNREFUSED)
		w.Sleep(100 * time.Millisecond)
		orderly(w, "after", 80, nil)
	})
	routed("port_unavailable/stopped", func(w *wire.World) {
		orderly(w, "before", 80, nil)
		w.Client("main", 80).MustFail(unix.ECONNREFUSED)
	})

	for _, v := range []struct {
		name, where string
		known       bool
		tos         int
		repeat      int
	}{
		{"forward", "FORWARD", false, 0, 1}, {"forward_known_host", "FORWARD", true, 0, 1}, {"forward_tos32", "FORWARD", false, 32, 1},
		{"input", "INPUT", false, 0, 1}, {"input_known_host", "INPUT", true, 0, 1}, {"forward_repeat", "FORWARD", false, 0, 3},
		{"input_tos32", "INPUT", true, 32, 1},
	} {
		routed("reject/"+v.name, func(w *wire.World) {
			n := w.R
			if v.where == "INPUT" {
				n = w.S
			}
			w.IPTables(n, "-A "+v.where+" -p tcp --dport 2222 -j REJECT --reject-with tcp-reset")
			if v.known {
				orderly(w, "before", 80, nil)
			}
			for i := 0; i < v.repeat; i++ {
				w.Client("main", 2222, func(s *wire.Sock) {
					if v.tos != 0 {
						s.SetTOS(v.tos)
					}
				}).MustFail(unix.ECONNREFUSED)
				w.Sleep(20 * time.Millisecond)
			}
		})
	}
	for _, v := range []struct{ name, v4, v6 string }{
		{"port", "icmp-port-unreachable", "icmp6-port-unreachable"},
		{"admin", "icmp-admin-prohibited", "icmp6-adm-prohibited"},
		{"host", "icmp-host-unreachable", "icmp6-addr-unreachable"},
		{"net", "icmp-net-unreachable", "icmp6-no-route"},
		{"host_prohibited", "icmp-host-prohibited", ""},
	} {
		routed("reject_icmp/"+v.name, func(w *wire.World) {
			w.IPTables(w.R, "-A FORWARD -p tcp --dport 2222 -j REJECT --reject-with "+linkIf(w, v.v6, v.v4))
			w.Client("main", 2222).MustFail(unix.ECONNREFUSED, unix.EHOSTUNREACH, unix.ENETUNREACH, unix.EACCES, unix.ENOPROTOOPT, unix.EPROTO)
		})
		if v.v6 == "" {
			only(4)
		}
	}
	routed("reject_icmp/on_server", func(w *wire.World) {
		w.IPTables(w.S, "-A INPUT -p tcp --dport 2222 -j REJECT")
		orderly(w, "before", 80, nil)
		w.Client("main", 2222).MustFail(unix.ECONNREFUSED)
	})
	routed("drop/syn", func(w *wire.World) {
		w.IPTables(w.R, "-A FORWARD "+drop(w, 2222))
		w.Sysctl(w.C, "net/ipv4/tcp_syn_retries", "1")
		w.Client("main", 2222).MustFail(unix.ETIMEDOUT)
		tick(w, 2*time.Second)
	})
	routed("drop/synack", func(w *wire.World) {
		w.IPTables(w.R, "-A FORWARD -p tcp --sport 2222 -j DROP")
		w.Sysctl(w.C, "net/ipv4/tcp_syn_retries", "2")
		w.Listen(2222)
		w.Client("main", 2222).MustFail(unix.ETIMEDOUT)
		tick(w, 6*time.Second)
	})
	routed("drop/host_silent", func(w *wire.World) {
		w.AddHost()
		w.IP(w.S, fmt.Sprintf("addr del %s/%d dev s0", w.SIP, map[bool]int{true: 64, false: 25}[w.V6]))
		w.Sysctl(w.C, "net/ipv4/tcp_syn_retries", "1")
		w.Client("main", 80).MustFail(unix.ETIMEDOUT)
		tick(w, 2*time.Second, wire.Alt)
	})
	routed("drop/host_down", func(w *wire.World) {
		w.IP(w.S, fmt.Sprintf("addr del %s/%d dev s0", w.SIP, map[bool]int{true: 64, false: 25}[w.V6]))
		w.IP(w.R, fmt.Sprintf("neigh del %s dev r1", w.SIP))
		w.Client("main", 80).MustFail(unix.EHOSTUNREACH, unix.ETIMEDOUT)
	})
	routed("drop/pending", func(w *wire.World) {
		w.IPTables(w.R, "-A FORWARD "+drop(w, 2222))
		w.Client("main", 2222).Start()
		w.Sleep(1300 * time.Millisecond)
	})

	synproxy := func(w *wire.World, port int, options string) {
		w.Sysctl(w.R, "net/netfilter/nf_conntrack_tcp_loose", "0")
		w.IPTables(w.R, fmt.Sprintf("-t raw -A PREROUTING -p tcp --dport %d --syn -j CT --notrack", port))
		w.IPTables(w.R, fmt.Sprintf("-A FORWARD -p tcp --dport %d -m conntrack --ctstate INVALID,UNTRACKED -j SYNPROXY --wscale 7 --mss 1460%s", port, options))
		w.IPTables(w.R, "-A FORWARD -m conntrack --ctstate INVALID -j DROP")
	}
	routed("synproxy/closed", func(w *wire.World) {
		synproxy(w, 8443, "")
		w.Client("main", 8443).Connect()
		w.Sleep(300 * time.Millisecond)
	})
	routed("synproxy/closed_known_host", func(w *wire.World) {
		orderly(w, "before", 80, nil)
		synproxy(w, 8443, " --sack-perm --timestamp")
		w.Client("main", 8443).Connect()
		w.Sleep(300 * time.Millisecond)
	})
	for _, v := range [][2]string{{"open", " --sack-perm"}, {"open_timestamps", " --sack-perm --timestamp"}} {
		routed("synproxy/"+v[0], func(w *wire.World) {
			synproxy(w, 80, v[1])
			c, s := w.Pair("main", 80)
			talk(w, c, s)
			fourSegments(w, c, s)
		})
	}
	routed("resource/connlimit", func(w *wire.World) {
		w.IPTables(w.S, "-A INPUT -p tcp --dport 80 --syn -m connlimit --connlimit-above 2 --connlimit-mask 0 -j REJECT --reject-with tcp-reset")
		l := w.Listen(80)
		var pairs [2][2]*wire.Sock
		for i := range pairs {
			c := w.ClientOn("common/tick", "open", w.NextPort(), 80)
			c.MustConnect()
			pairs[i] = [2]*wire.Sock{c, l.Accept()}
			talk(w, c, pairs[i][1])
		}
		w.Client("main", 80).MustFail(unix.ECONNREFUSED)
		for _, p := range pairs {
			fourSegments(w, p[0], p[1])
		}
		w.Sleep(200 * time.Millisecond)
	})
}

// serverTTL changes the server's default time to live or hop limit.
func serverTTL(w *wire.World, ttl int) {
	w.Sysctl(w.S, linkIf(w, "net/ipv6/conf/s0/hop_limit", "net/ipv4/ip_default_ttl"), fmt.Sprint(ttl))
}
