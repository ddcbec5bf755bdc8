// Package raretest holds tests to what package rare asks of everybody.
//
// # Place in the flow
//
// Packages whose tests classify packets call Main from their TestMain. Nothing else imports it.
package raretest
