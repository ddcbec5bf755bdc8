package tshark

import "github.com/pcap-teardown/teardown/cmd/compare/dataset"

func (c *checks) manifest(dir string, packets *dataset.Table) {}
