package classify

import (
	"strings"
	"testing"

	"github.com/pcap-teardown/teardown/classify/facts"
)

// appOf is what a payload says of which the first 16 bytes were captured.
func appOf(payload string, length int) int64 {
	var h facts.Head
	fillHead(&h, []byte(payload[:min(len(payload), 16)]), int64(length))
	return facts.AppError(&h)
}

// What TestAppError wants, by the numbers of Segment.App.
const nothing, alert, closing, sealed, status, reply, overload, other, postgres, mysql = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9

var sealedBytes = strings.Repeat("\xa7", 200)

// disconnect is the beginning of SSH_MSG_DISCONNECT.
func disconnect(size, padding, kind, reason, text byte) string {
	return "\x00\x00\x00" + string([]byte{size, padding, kind, 0, 0, 0, reason, 0, 0, 0, text})
}

// payloads are the forms that the specifications give, and what is like them.
var payloads = []struct {
	name, payload string
	length        int // 0: that of payload
	want          int64
}{
	{"RFC 8446 6: fatal handshake_failure", "\x15\x03\x03\x00\x02\x02\x28", 0, alert},
	{"RFC 5246 7.2: fatal, version of TLS 1.0", "\x15\x03\x01\x00\x02\x02\x46", 0, alert},
	{"close_notify", "\x15\x03\x03\x00\x02\x01\x00", 0, closing},
	{"close_notify, called fatal", "\x15\x03\x03\x00\x02\x02\x00", 0, closing},
	{"a warning: no_renegotiation", "\x15\x03\x03\x00\x02\x01\x64", 0, nothing},
	{"an alert and a record behind it", "\x15\x03\x03\x00\x02\x02\x28\x15\x03\x03\x00\x02\x01\x00", 0, alert},
	{"no level", "\x15\x03\x03\x00\x02\x07\x28", 0, nothing},
	{"no version of TLS", "\x15\x02\x03\x00\x02\x02\x28", 0, nothing},
	{"alert without its end", "\x15\x03\x03\x00\x02\x02", 0, nothing},
	{"alert of TLS 1.2 with GCM", "\x15\x03\x03\x00\x1a" + sealedBytes[:26], 0, sealed},
	{"alert of TLS 1.2 with CBC and SHA-384", "\x15\x03\x03\x00\x50" + sealedBytes[:80], 0, sealed},
	{"too long for an alert", "\x15\x03\x03\x00\x90" + sealedBytes[:144], 0, nothing},
	{"alert of TLS 1.3", "\x17\x03\x03\x00\x13" + sealedBytes[:19], 0, sealed},
	{"data of TLS", "\x17\x03\x03\x00\x14" + sealedBytes[:20], 0, nothing},
	{"the record goes beyond the segment", "\x17\x03\x03\x00\x13" + sealedBytes[:18], 0, nothing},

	{"RFC 9112 4: status line", "HTTP/1.1 404 Not Found\r\n", 0, status},
	{"without a reason", "HTTP/1.0 500\r\n\r\n", 0, status},
	{"unavailable", "HTTP/1.1 503 Service Unavailable\r\n", 0, overload},
	{"too many requests", "HTTP/1.1 429 Too Many Requests\r\n", 0, overload},
	{"success", "HTTP/1.1 200 OK\r\n\r\n", 0, nothing},
	{"redirect", "HTTP/1.1 302 Found\r\n\r\n", 0, nothing},
	{"no status", "HTTP/1.1 4040 x\r\n", 0, nothing},
	{"no version", "HTTP/one 404 x\r\n", 0, nothing},
	{"a request", "HEAD / HTTP/1.1\r\n", 0, nothing},
	{"RFC 2326 7.1: RTSP", "RTSP/1.0 454 Session Not Found\r\n", 0, other},

	{"RFC 5321 4.2: permanent", "550 5.7.1 Unable to relay\r\n", 0, reply},
	{"RFC 959 4.2: permanent", "530 Please login with USER and PASS.\r\n", 0, reply},
	{"of several lines", "550-Access denied\r\n550 really\r\n", 0, reply},
	{"quotes", "500 'AUTH': command not understood.\r\n", 0, reply},
	{"RFC 3977 3.2: NNTP", "502 Permission denied\r\n", 0, reply},
	{"no room", "452 4.2.2 Mailbox full\r\n", 0, overload},
	{"shutting down", "421 4.3.2 Service shutting down\r\n", 0, overload},
	{"too many", "421 Too many connections (8) from this IP\r\n", 0, overload},
	{"too many, in other words", "421 There are too many connected users\r\n", 0, overload},
	{"somebody was idle", "421 Timeout.\r\n", 0, reply},
	{"somebody was idle, by RFC 3463", "421 4.4.2 mx Error: timeout exceeded\r\n", 0, reply},
	{"success", "250 OK something\r\n", 0, nothing},
	{"a number", "404 12.5 33.1 7\r\n", 0, nothing},
	{"a number of four digits", "4040 apples", 0, nothing},
	{"second digit beyond the specifications", "490 apples and more", 0, nothing},
	{"not text", "550 \x00\x01\x02abcdefgh", 0, nothing},
	{"not ASCII", "550 \xd0\x9e\xd1\x88ibka", 0, nothing},
	{"longer than replies are", "550 lines of a log file are here", 1448, nothing},

	{"RFC 1939 3", "-ERR authentication failed\r\n", 0, reply},
	{"RESP", "-ERR max number of clients reached\r\n", 0, overload},
	{"no error", "-ERROR", 0, nothing},
	{"RFC 2812 3.7.4", "ERROR :Closing Link: (Ping timeout)\r\n", 0, other},
	{"RFC 6120 4.9", "<stream:error><conflict/>", 0, other},
	{"RFC 6120 4.2", "<stream:features>", 0, nothing},
	{"sshd is full", "Exceeded MaxStartups\r\n", 0, overload},
	{"sshd penalises", "Not allowed at this time\r\n", 0, other},
	{"sshd has been asked by something else", "Protocol mismatch.\n", 0, other},
	{"likewise", "Invalid SSH identification string.\r\n", 0, other},
	{"a version", "SSH-2.0-OpenSSH_9.2\r\n", 0, nothing},
	{"RFC 4253 11.1: protocol error", disconnect(28, 4, 1, 2, 10), 32, other},
	{"too many connections", disconnect(28, 4, 1, 12, 10), 32, overload},
	{"by application", disconnect(28, 4, 1, 11, 10), 32, nothing},
	{"another message", disconnect(28, 4, 20, 2, 10), 32, nothing},
	{"lengths that do not fit", disconnect(28, 4, 1, 2, 200), 32, nothing},
	{"not a whole message", disconnect(28, 4, 1, 2, 10), 40, nothing},

	{"ErrorResponse", "E\x00\x00\x00\x61SFATAL\x00VFATAL\x00", 98, postgres},
	{"ErrorResponse in German", "E\x00\x00\x00\x61SFEHLER\x00VERR", 104, postgres},
	{"up to 9.5: 53300", "E\x00\x00\x00\x4eSFATAL\x00C533", 79, overload},
	{"up to 9.5: 28P01", "E\x00\x00\x00\x4eSFATAL\x00C28P", 79, postgres},
	{"a length beyond the segment", "E\x00\x00\x01\x61SFATAL\x00VFAT", 98, nothing},
	{"a word", "Every word begins", 0, nothing},

	{"ERR packet, access denied", "\x4b\x00\x00\x02\xff\x15\x04#28000Acce", 79, mysql},
	{"before the handshake", "\x40\x00\x00\x00\xff\x69\x04Host '192", 68, mysql},
	{"too many connections", "\x17\x00\x00\x00\xff\x10\x04Too many ", 27, overload},
	{"a length that does not fit", "\x17\x00\x00\x00\xff\x10\x04Too many ", 30, nothing},
	{"OK packet", "\x07\x00\x00\x02\x00\x00\x00\x02\x00\x00\x00", 0, nothing},
	{"bytes 255", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 0, nothing},

	{"Oracle's listener refuses", "\x00\x59\x00\x00\x04\x00\x00\x00\x22\x00\x00\x4d(DES", 89, other},
	{"Oracle's listener accepts", "\x00\x20\x00\x00\x02\x00\x00\x00\x01\x36\x00\x00\x08\x00\x7f\xff", 32, nothing},
	{"AMQP 0-9-1: connection.close 403", "\x01\x00\x00\x00\x00\x00\x32\x00\x0a\x00\x32\x01\x93\x20AC", 58, other},
	{"AMQP 0-9-1: connection.close 200", "\x01\x00\x00\x00\x00\x00\x12\x00\x0a\x00\x32\x00\xc8\x07Go", 26, nothing},
	{"RDP_NEG_FAILURE", "\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x03\x00\x08\x00\x05\x00\x00\x00", 0, other},
	{"RDP_NEG_RSP", "\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x02\x00\x08\x00\x01\x00\x00\x00", 0, nothing},
	{"SQL Server: login failed", "\x04\x01\x00\x6e\x00\x35\x01\x00\xaa\x5a\x00\x18\x48\x00\x00\x01", 110, other},
	{"SQL Server: result", "\x04\x01\x00\x6e\x00\x35\x01\x00\x81\x5a\x00\x18\x48\x00\x00\x01", 110, nothing},
	{"MQTT: not authorised", "\x20\x02\x00\x05", 0, other},
	{"MQTT: accepted", "\x20\x02\x00\x00", 0, nothing},

	{"nothing", "", 0, nothing},
	{"one byte", "5", 0, nothing},
	{"zeroes", strings.Repeat("\x00", 32), 0, nothing},
}

// TestAppError reads the forms, and turns away what is like them.
func TestAppError(t *testing.T) {
	for _, c := range payloads {
		length := c.length
		if length == 0 {
			length = len(c.payload)
		}
		if got := appOf(c.payload, length); got != c.want {
			t.Errorf("%s: %q of %d bytes gives %d, want %d", c.name, c.payload, length, got, c.want)
		}
		if c.want != nothing && !Heads().Has([]byte(c.payload)) {
			t.Errorf("%s: turned away by its first and fifth byte", c.name)
		}
	}
}
