package main

import (
	"fmt"
	"maps"
	"strconv"

	"github.com/pcap-teardown/teardown/export"
	"github.com/pcap-teardown/teardown/schemas"
)

// manifest says what the dataset was made from and what was lost on the way.
func (r *run) manifest() export.Manifest {
	m := export.Manifest{
		SchemaVersion: schemaVersion, RulesHash: schemas.RulesHash, ToolVersion: toolVersion,
		Interrupted: r.interrupted,
		Options:     r.opt.rowOptions(),
		Counts: export.Counts{
			Packets: r.packets, Connections: r.tally.connections, LeftOut: r.selected.leftOut(),
		},
	}
	for i := range r.reports {
		rep := &r.reports[i]
		in := export.Input{
			Index: rep.index, Name: rep.name, Format: rep.stats.Format, Compression: rep.stats.Compression,
			Size: max(rep.size, rep.stats.Bytes), Frames: rep.stats.Frames,
		}
		for _, d := range rep.stats.Damage {
			in.Damage = append(in.Damage, export.Damage{Offset: d.Offset, Length: d.Length, What: d.What})
		}
		if rep.problem != nil {
			in.Error = rep.trouble()
		}
		if rep.streamsEnded > 0 {
			m.Notes = append(m.Notes, fmt.Sprintf("%s: tcp_stream is null for new streams from frame %d on (max_streams)", rep.name, rep.streamsEnded))
		}
		m.Counts.Frames += rep.stats.Frames
		m.Inputs = append(m.Inputs, in)
	}
	if r.streamDamage != "" {
		m.Notes = append(m.Notes, r.streamDamage)
	}
	if note := r.sameNames(); note != "" {
		m.Notes = append(m.Notes, note)
	}
	return m
}

// sameNames says that the column file does not tell captures apart, because they have one name
// below several folders; empty where it does.
func (r *run) sameNames() string {
	captures := map[string]int{}
	first, names := "", 0
	for i := range r.reports {
		name := r.reports[i].name
		if captures[name]++; captures[name] != 2 {
			continue
		}
		if names++; names == 1 {
			first = name
		}
	}
	if names == 0 {
		return ""
	}
	note := fmt.Sprintf("%s: %d captures have this name, below several folders; the folder above them as CAPTURE would tell them apart", first, captures[first])
	if names > 1 {
		note += fmt.Sprintf("; %s names are like that", thousands(int64(names)))
	}
	return note
}

// rowOptions are the flags on which the rows depend, as they were in force.
func (o *options) rowOptions() map[string]string {
	all := map[string]string{
		"max_connections":  strconv.Itoa(o.tracking.MaxConnections),
		"max_streams":      strconv.Itoa(o.tracking.MaxStreams),
		"idle_established": o.tracking.IdleEstablished.String(),
		"idle_transitory":  o.tracking.IdleTransitory.String(),
		"idle_other":       o.tracking.IdleOther.String(),
		"no_payload":       strconv.FormatBool(o.noPayload),
		"filter":           o.filter,
		"partition_by":     o.partitionBy,
		"from":             o.from,
		"to":               o.to,
	}
	if o.cutsLikeZeek() {
		all["connections"] = zeekFormat
	}
	if o.zeek.seed != 0 {
		all["community_id_seed"] = strconv.Itoa(int(o.zeek.seed))
	}
	if o.join {
		all["join"] = "true"
	}
	if o.limit > 0 {
		all["limit"] = strconv.FormatInt(o.limit, 10)
	}
	maps.DeleteFunc(all, func(_, value string) bool { return value == "" })
	return all
}
