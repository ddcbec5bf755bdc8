package facts

// What the first bytes of a payload say, Segment.App.
const (
	appAlert    = 1 // fatal alert of TLS in clear
	appClose    = 2 // close_notify of TLS in clear
	appSealed   = 3 // what looks like an encrypted alert of TLS
	appStatus   = 4 // status 400 to 599 of HTTP
	appReply    = 5 // negative reply of SMTP, FTP, NNTP, POP3 or Redis
	appOverload = 6 // one of these, or of the next three, that says: too many, no room
	appOther    = 7 // error of SSH, RTSP, IRC, XMPP, RDP, MQTT, AMQP, Oracle or SQL Server
	appPostgres = 8 // ErrorResponse of PostgreSQL
	appMysql    = 9 // ERR packet of MySQL
)

// lineLimit is how long a payload with an error line is at most: more is content that happens to
// begin like one. SMTP allows lines of 512 bytes (RFC 5321 4.5.3.1.5), and replies have several.
const lineLimit = 1024

// The first four bytes of words, as four gives them.
const (
	wordHTTP = 'H'<<24 | 'T'<<16 | 'T'<<8 | 'P'
	wordRTSP = 'R'<<24 | 'T'<<16 | 'S'<<8 | 'P'
	wordOne  = 'P'<<24 | '/'<<16 | '1'<<8 | '.'
	wordERR  = '-'<<24 | 'E'<<16 | 'R'<<8 | 'R'
	wordErro = 'E'<<24 | 'R'<<16 | 'R'<<8 | 'O'
	wordStr  = '<'<<24 | 's'<<16 | 't'<<8 | 'r'
	wordEam  = 'e'<<24 | 'a'<<16 | 'm'<<8 | ':'
	wordExce = 'E'<<24 | 'x'<<16 | 'c'<<8 | 'e'
	wordEded = 'e'<<24 | 'd'<<16 | 'e'<<8 | 'd'
	wordNot  = 'N'<<24 | 'o'<<16 | 't'<<8 | ' '
	wordAllo = 'a'<<24 | 'l'<<16 | 'l'<<8 | 'o'
	wordProt = 'P'<<24 | 'r'<<16 | 'o'<<8 | 't'
	wordMis  = ' '<<24 | 'm'<<16 | 'i'<<8 | 's'
	wordInva = 'I'<<24 | 'n'<<16 | 'v'<<8 | 'a'
	wordSSH  = 'S'<<24 | 'S'<<16 | 'H'<<8 | ' '
	wordFATA = 'F'<<24 | 'A'<<16 | 'T'<<8 | 'A'
	wordErr  = 'e'<<24 | 'r'<<16 | 'r'<<8 | 'o'
	wordMax  = ' '<<24 | 'M'<<16 | 'a'<<8 | 'x'
	wordMost = 'm'<<24 | 'a'<<16 | 'x'<<8 | ' '
	wordToo  = 't'<<24 | 'o'<<16 | 'o'<<8 | ' '
	wordTher = 't'<<24 | 'h'<<16 | 'e'<<8 | 'r'
	wordServ = 's'<<24 | 'e'<<16 | 'r'<<8 | 'v'
	wordMaxi = 'm'<<24 | 'a'<<16 | 'x'<<8 | 'i'
)

// AppFirst reports whether a payload that begins with the byte may say something. Nearly all
// payloads are turned away by this and AppFifth, which readers of headers turn into tables.
func AppFirst(b int64) bool {
	switch b {
	case 0, 1, 3, 4, 21, ' ', '4', '5', '-', '<', 'E', 'H', 'I', 'N', 'P', 'R':
		return true
	}
	return false
}

// AppFifth reports the same by the fifth byte: that of an ERR packet of MySQL, or the length of a
// record of TLS with an alert in it.
func AppFifth(b int64) bool { return b == 19 || b == 255 }

// AppError returns what the first bytes of the payload of a segment say, 0 for nothing special.
// It asks for no ports: each form is one that other data hardly have.
func AppError(h *Head) int64 {
	if h.Captured < 4 {
		return 0
	}
	if h.Byte[4] == 255 && isMysqlError(h) {
		return mysqlError(h)
	}
	switch h.Byte[0] {
	case 21, 23:
		return tlsRecord(h)
	case '4', '5':
		return reply(h)
	case 'H', 'R':
		return statusLine(h)
	case 0, 1, 3, 4, ' ':
		return binaryError(h)
	case 'E':
		if h.Byte[1] == 0 {
			return postgresError(h)
		}
	}
	return errorLine(h)
}

// four returns four bytes as one number.
func four(h *Head, at int64) int64 {
	return ((h.Byte[at]*256+h.Byte[at+1])*256+h.Byte[at+2])*256 + h.Byte[at+3]
}

// lower returns four bytes as one number, capital letters made small.
func lower(h *Head, at int64) int64 {
	n := int64(0)
	for i := at; i < at+4; i++ {
		n = n*256 + h.Byte[i]
		if h.Byte[i] >= 'A' && h.Byte[i] <= 'Z' {
			n += 32
		}
	}
	return n
}

// printable reports whether what was captured from a place on is text in ASCII.
func printable(h *Head, from int64) bool {
	for i := from; i < h.Captured; i++ {
		b := h.Byte[i]
		if (b < ' ' && b != '\t' && b != '\r' && b != '\n') || b > '~' {
			return false
		}
	}
	return true
}

func isDigit(b int64) bool { return b >= '0' && b <= '9' }

func isLetter(b int64) bool { return b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' }

// status returns the number that three digits are, 0 where they are none from 400 to 599.
func status(h *Head, at int64) int64 {
	if (h.Byte[at] != '4' && h.Byte[at] != '5') || !isDigit(h.Byte[at+1]) || !isDigit(h.Byte[at+2]) {
		return 0
	}
	return (h.Byte[at]-'0')*100 + (h.Byte[at+1]-'0')*10 + h.Byte[at+2] - '0'
}

// tlsRecord reads a record of TLS: type 21 is alert; in TLS 1.3 alerts are of type 23, like data
// (RFC 8446 5.1 and 6, RFC 5246 6.2.1 and 7.2).
func tlsRecord(h *Head) int64 {
	size := h.Byte[3]*256 + h.Byte[4]
	if h.Byte[1] != 3 || h.Byte[2] > 4 || h.Length < 5+size {
		return 0
	}
	if h.Byte[0] == 23 {
		// Level, description and inner type, and the 16 bytes of any AEAD but CCM_8.
		if size == 19 && h.Byte[2] == 3 {
			return appSealed
		}
		return 0
	}
	if size == 2 && h.Captured >= 7 {
		level := h.Byte[5]
		switch {
		case level != 1 && level != 2:
			return 0
		case h.Byte[6] == 0:
			return appClose
		case level == 2:
			return appAlert
		}
		return 0 // a warning: the connection goes on
	}
	// The least that a cipher of TLS 1.2 makes of two bytes is 18, the most (CBC, SHA-384) 80.
	if size >= 18 && size <= 80 {
		return appSealed
	}
	return 0
}

// statusLine reads the first line of a response of HTTP/1 (RFC 9112 4) or RTSP (RFC 2326 7.1).
func statusLine(h *Head) int64 {
	word := four(h, 0)
	if h.Captured < 13 || (word != wordHTTP && word != wordRTSP) || four(h, 3) != wordOne ||
		!isDigit(h.Byte[7]) || h.Byte[8] != ' ' || (h.Byte[12] != ' ' && h.Byte[12] != '\r' && h.Byte[12] != '\n') {
		return 0
	}
	code := status(h, 9)
	switch {
	case code == 0:
		return 0
	case code == 429 || code == 503:
		return appOverload
	case word == wordRTSP:
		return appOther
	}
	return appStatus
}

// reply reads a negative reply of SMTP (RFC 5321 4.2), FTP (RFC 959 4.2) or NNTP (RFC 3977 3.2):
// three digits, a space or hyphen, text.
func reply(h *Head) int64 {
	code := status(h, 0)
	if code == 0 || h.Byte[1] > '5' || (h.Byte[3] != ' ' && h.Byte[3] != '-') || h.Captured < 8 || h.Length > lineLimit || !printable(h, 4) {
		return 0
	}
	enhanced := h.Byte[4] == h.Byte[0] && h.Byte[5] == '.' // RFC 3463
	if !enhanced {
		letters := int64(0)
		for i := int64(4); i < h.Captured; i++ {
			if isLetter(h.Byte[i]) {
				letters++
			}
		}
		if letters < 2 || h.Byte[4] == ' ' || isDigit(h.Byte[4]) {
			return 0
		}
	}
	switch code {
	case 421: // the service closes the connection: too many users, or somebody idle
		word := lower(h, 4)
		if enhanced && h.Byte[6] == '3' || word == wordToo || word == wordTher || word == wordServ || word == wordMaxi {
			return appOverload
		}
	case 452: // no room to store it
		return appOverload
	}
	return appReply
}

// errorLine reads errors that are lines of text: POP3 (RFC 1939 3) and Redis (RESP, simple
// errors), IRC (RFC 2812 3.7.4), XMPP (RFC 6120 4.9), and what OpenSSH writes instead of its
// version (RFC 4253 4.2).
func errorLine(h *Head) int64 {
	if h.Captured < 6 || h.Length > lineLimit || !printable(h, 0) {
		return 0
	}
	switch four(h, 0) {
	case wordERR:
		if h.Byte[4] == ' ' || h.Byte[4] == '\r' {
			if h.Captured >= 9 && four(h, 5) == wordMost { // max number of clients reached
				return appOverload
			}
			return appReply
		}
	case wordErro:
		if h.Captured >= 7 && h.Byte[4] == 'R' && h.Byte[5] == ' ' && h.Byte[6] == ':' {
			return appOther
		}
	case wordStr:
		if h.Captured >= 12 && four(h, 4) == wordEam && four(h, 8) == wordErr {
			return appOther
		}
	case wordExce: // Exceeded MaxStartups
		if h.Captured >= 12 && four(h, 4) == wordEded && four(h, 8) == wordMax {
			return appOverload
		}
	case wordNot: // Not allowed at this time
		if h.Captured >= 8 && four(h, 4) == wordAllo {
			return appOther
		}
	case wordProt: // Protocol mismatch.
		if h.Captured >= 12 && four(h, 8) == wordMis {
			return appOther
		}
	case wordInva: // Invalid SSH identification string.
		if h.Captured >= 12 && four(h, 8) == wordSSH {
			return appOther
		}
	}
	return 0
}
