package facts

// binaryError reads errors of protocols that are not text, which begin with a byte below '!'.
func binaryError(h *Head) int64 {
	switch h.Byte[0] {
	case 0:
		if h.Byte[5] == 1 {
			return sshDisconnect(h)
		}
		return oracleRefuse(h)
	case 1:
		return amqpClose(h)
	case 3:
		return rdpFailure(h)
	case 4:
		return tdsError(h)
	}
	return mqttRefusal(h)
}

// oracleRefuse reads the packet REFUSE of Oracle's Net Services: length, type 4, reasons, length of
// the text, and a text in parentheses. All lengths have to fit.
func oracleRefuse(h *Head) int64 {
	if h.Captured >= 13 && h.Length < 4096 && h.Byte[0]*256+h.Byte[1] == h.Length && h.Byte[2] == 0 && h.Byte[3] == 0 && h.Byte[4] == 4 &&
		h.Byte[10]*256+h.Byte[11] == h.Length-12 && h.Byte[12] == '(' {
		return appOther
	}
	return 0
}

// amqpClose reads the method connection.close with a code that is an error (AMQP 0-9-1, 2.3.5 and
// 4.2.3): frame type 1, channel 0, size, class 10, method 50, code.
func amqpClose(h *Head) int64 {
	code := h.Byte[11]*256 + h.Byte[12]
	if h.Captured >= 13 && h.Byte[1] == 0 && h.Byte[2] == 0 && four(h, 3)+8 <= h.Length && four(h, 7) == 10*65536+50 && code >= 300 && code < 600 {
		return appOther
	}
	return 0
}

// rdpFailure reads an X.224 connection confirm of 19 bytes that carries RDP_NEG_FAILURE ([MS-RDPBCGR]
// 2.2.1.2.2).
func rdpFailure(h *Head) int64 {
	if h.Captured >= 15 && h.Length == 19 && h.Byte[1] == 0 && h.Byte[2] == 0 && h.Byte[3] == 19 && h.Byte[4] == 14 && h.Byte[5] == 208 &&
		h.Byte[11] == 3 && h.Byte[13] == 8 && h.Byte[14] == 0 {
		return appOther
	}
	return 0
}

// tdsError reads a response of SQL Server that begins with the token ERROR ([MS-TDS] 2.2.3.1 and
// 2.2.7.10): type 4, last packet, length, token 170.
func tdsError(h *Head) int64 {
	if h.Captured >= 11 && h.Byte[1] == 1 && h.Byte[2]*256+h.Byte[3] == h.Length && h.Byte[7] == 0 && h.Byte[8] == 170 &&
		11+h.Byte[9]+h.Byte[10]*256 <= h.Length {
		return appOther
	}
	return 0
}

// mqttRefusal reads a CONNACK of MQTT 3 that refuses (MQTT 3.1.1, 3.2): the server closes then.
func mqttRefusal(h *Head) int64 {
	if h.Captured == 4 && h.Length == 4 && h.Byte[1] == 2 && h.Byte[2] == 0 && h.Byte[3] >= 1 && h.Byte[3] <= 5 {
		return appOther
	}
	return 0
}

// sshDisconnect reads the message SSH_MSG_DISCONNECT before encryption begins (RFC 4253 6 and
// 11.1): length, padding, type 1, reason, text and language. All lengths have to fit.
func sshDisconnect(h *Head) int64 {
	size := four(h, 0)
	if h.Captured < 14 || h.Length != size+4 || h.Length%8 != 0 || h.Byte[5] != 1 {
		return 0
	}
	reason, text, padding := four(h, 6), four(h, 10), h.Byte[4]
	language := size - 1 - padding - 13 - text
	if reason < 1 || reason > 15 || padding < 4 || language < 0 || language > 16 {
		return 0
	}
	switch reason {
	case 11, 13: // the application or the user wanted it
		return 0
	case 12: // too many connections
		return appOverload
	}
	return appOther
}

// postgresError reads ErrorResponse of PostgreSQL's protocol 3: E, length, fields; the first one
// is the severity, in the server's language.
func postgresError(h *Head) int64 {
	size := four(h, 1)
	if h.Captured < 8 || size < 12 || size > 65535 || h.Length < 1+size || h.Byte[5] != 'S' || h.Byte[6] < ' ' || h.Byte[7] < ' ' {
		return 0
	}
	// Up to version 9.5 the code is the second field: class 53 is insufficient resources.
	if h.Captured >= 15 && four(h, 6) == wordFATA && h.Byte[12] == 'C' && h.Byte[13] == '5' && h.Byte[14] == '3' {
		return appOverload
	}
	return appPostgres
}

// isMysqlError reports whether the payload is an ERR packet of MySQL's protocol: length without
// the four bytes of the head, number in sequence, 255, error code, and text.
func isMysqlError(h *Head) bool {
	code := h.Byte[5] + h.Byte[6]*256
	return h.Captured >= 9 && h.Length == 4+h.Byte[0]+h.Byte[1]*256 && h.Byte[2] == 0 && code >= 1000 && code <= 20000 && printable(h, 7)
}

// mysqlError reads its error code.
func mysqlError(h *Head) int64 {
	switch h.Byte[5] + h.Byte[6]*256 {
	case 1040, 1041, 1203, 1226: // too many connections, out of resources, too many of one user
		return appOverload
	}
	return appMysql
}
