package main

import (
	"log"
	"sync"

	"github.com/google/cadvisor/lib/manager"
	info "github.com/google/cadvisor/lib/model"
	"github.com/google/cadvisor/utils/oomparser"
)

// killCounter adds to every container how often the kernel killed a process in it for lack of memory.
//
// The count comes from the kernel's log and is kept by control group, which outlives a restart of the container:
// the group's own counter starts again at 0 with each restart, usually before anyone has read it.
type killCounter struct {
	manager.Manager
	mutex sync.Mutex
	kills map[string]uint64
}

func watchKills(containers manager.Manager) *killCounter {
	counter := &killCounter{Manager: containers, kills: map[string]uint64{}}
	parser, err := oomparser.New()
	if err != nil {
		log.Printf("container_oom_events_total stays 0, give the container /dev/kmsg to have it: %v", err)
		return counter
	}
	events := make(chan *oomparser.OomInstance, 10)
	go parser.StreamOoms(events)
	go func() {
		for event := range events {
			counter.mutex.Lock()
			counter.kills[event.VictimContainerName]++
			counter.mutex.Unlock()
		}
	}()
	return counter
}

// GetRequestedContainersInfo is what the metrics are read from; the newest sample carries the count.
func (c *killCounter) GetRequestedContainersInfo(name string, options info.RequestOptions) (map[string]*info.ContainerInfo, error) {
	containers, err := c.Manager.GetRequestedContainersInfo(name, options)
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for group, found := range containers {
		if kills := c.kills[group]; kills > 0 && len(found.Stats) > 0 {
			newest := *found.Stats[0] // a copy: the original is shared with the manager's cache
			newest.OOMEvents = kills
			found.Stats = append([]*info.ContainerStats{&newest}, found.Stats[1:]...)
		}
	}
	return containers, err
}
