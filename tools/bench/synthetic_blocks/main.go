// Writes blocks of a Prometheus database with synthetic series, as its compactor would have left them.
//
// Standard input is one JSON document: where to, from when to when, and the series. A day is one block.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"math/rand"
	"os"
	"sync"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
)

type series struct {
	Labels map[string]string `json:"labels"`
	// counter: grows by about Rate a second from Base on; count: so does this, in whole numbers;
	// gauge: goes up and down around Base; constant: Base
	Kind string  `json:"kind"`
	Base float64 `json:"base"`
	Rate float64 `json:"rate"`
}

// Times in milliseconds of the epoch.
type job struct {
	Directory string   `json:"directory"`
	Start     int64    `json:"start"`
	End       int64    `json:"end"`
	Step      int64    `json:"step"`
	Series    []series `json:"series"`
}

const day = int64(24 * 60 * 60 * 1000)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "synthetic blocks:", err)
		os.Exit(1)
	}
}

func run() error {
	var todo job
	if err := json.NewDecoder(os.Stdin).Decode(&todo); err != nil {
		return fmt.Errorf("standard input is not the document: %w", err)
	}
	begins := make(chan int64)
	failures := make(chan error, 2)
	var workers sync.WaitGroup
	for range cap(failures) {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for begin := range begins {
				if err := block(todo, begin, min(begin+day, todo.End)); err != nil {
					failures <- err
					return
				}
			}
		}()
	}
	var failed error
	for begin := todo.Start; begin < todo.End && failed == nil; begin += day {
		select {
		case begins <- begin:
		case failed = <-failures:
		}
	}
	close(begins)
	workers.Wait()
	select {
	case err := <-failures:
		return err
	default:
		return failed
	}
}

func block(todo job, begin, end int64) error {
	// series come one after the other: a head takes only what is younger than half of its range
	writer, err := tsdb.NewBlockWriter(slog.New(slog.DiscardHandler), todo.Directory, 3*day)
	if err != nil {
		return err
	}
	defer writer.Close()
	ctx := context.Background()
	for _, each := range todo.Series {
		appender := writer.Appender(ctx)
		name := labels.FromMap(each.Labels)
		noise := rand.New(rand.NewSource(seed(name) + begin/day))
		var reference storage.SeriesRef
		var now float64
		for at := begin; at < end; at += todo.Step {
			seconds := (float64(at-todo.Start) + float64(todo.Step)*noise.Float64()) / 1000
			if each.Kind != "gauge" || at == begin || noise.Intn(2) == 0 { // a gauge often stands still
				now = value(each, at, seconds, noise)
			}
			if reference, err = appender.Append(reference, name, at, now); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		if err := appender.Commit(); err != nil {
			return err
		}
	}
	_, err = writer.Flush(ctx)
	return err
}

// seed is one for all series of a histogram, so that its buckets grow together and none overtakes a wider one.
func seed(name labels.Labels) int64 {
	hash, _ := name.HashWithoutLabels(nil, labels.BucketLabel)
	return int64(hash)
}

// value is that so many seconds after the start. It is rounded as real ones are: a measurement has a few digits.
func value(each series, at int64, seconds float64, noise *rand.Rand) float64 {
	switch each.Kind {
	case "count":
		return math.Floor(each.Base + each.Rate*seconds)
	case "counter":
		return math.Floor((each.Base+each.Rate*seconds)*1e4) / 1e4
	case "gauge":
		wave := 1 + 0.2*math.Sin(2*math.Pi*float64(at%day)/float64(day)) + 0.1*noise.Float64()
		return rounded(each.Base * wave)
	default:
		return each.Base
	}
}

func rounded(number float64) float64 {
	if number == 0 {
		return 0
	}
	unit := math.Pow(10, math.Floor(math.Log10(math.Abs(number)))-2)
	return math.Round(number/unit) * unit
}
