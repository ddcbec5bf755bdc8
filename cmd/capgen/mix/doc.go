// Package mix makes captures of synthetic traffic. It belongs to the benchmarks; the
// program does not use it.
//
// Its words: a mix is a kind of traffic; a flow is one TCP connection that plays its part
// packet by packet: handshake, data, close; the live flows are those between which the
// next packet is drawn.
//
// Everything is drawn from one seeded generator and no clock is read, so that equal
// arguments give equal bytes.
package mix
