// Command cadvisor serves container metrics from cAdvisor's own packages.
//
// The published module has every package of cAdvisor but not its command, so this is the smallest command that
// does what the stack needs: /metrics and /healthz. Flags have the names and meaning of the official ones; container
// labels stay out of the metrics unless asked for, because a label that changes on restart breaks every series.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	_ "github.com/google/cadvisor/container/docker/install"
	"github.com/google/cadvisor/lib/cache/memory"
	"github.com/google/cadvisor/lib/container"
	"github.com/google/cadvisor/lib/manager"
	"github.com/google/cadvisor/lib/metrics"
	info "github.com/google/cadvisor/lib/model"
	"github.com/google/cadvisor/lib/utils/sysfs"
	"github.com/google/cadvisor/lib/version"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"
)

const neverSupported = "app,cpuLoad,perf_event,resctrl" // these need collectors that only the official command links in

var (
	listenIP    = flag.String("listen_ip", "", "IP to listen on; empty: all")
	port        = flag.Int("port", 8080, "port to listen on")
	storeLabels = flag.Bool("store_container_labels", false, "turn every container label into a metric label")
	someLabels  = flag.String("whitelisted_container_labels", "", "comma-separated container labels to keep")
	disabled    = flag.String("disable_metrics", strings.Join([]string{"advtcp", "cpu_topology", "cpuset", "hugetlb",
		"memory_numa", "percpu", "process", "referenced_memory", "sched", "tcp", "udp"}, ","), "kinds of metrics to leave out")
	rawPrefixes = flag.String("raw_cgroup_prefix_whitelist", "", "comma-separated control group prefixes that -docker_only spares")
	keepFor     = flag.Duration("storage_duration", 2*time.Minute, "how long to keep samples in memory")
	showVersion = flag.Bool("version", false, "print the version and exit")
)

func main() {
	klog.InitFlags(nil)
	flag.Parse()
	if *showVersion {
		fmt.Println("cAdvisor version", version.Version)
		return
	}
	if err := serve(); err != nil {
		log.SetFlags(0)
		log.Println("cadvisor:", err)
		os.Exit(1)
	}
}

func serve() error {
	var without container.MetricSet
	if err := without.Set(strings.Join([]string{*disabled, neverSupported}, ",")); err != nil {
		return fmt.Errorf("-disable_metrics=%s: %w", *disabled, err)
	}
	kinds := container.AllMetrics.Difference(without)
	housekeeping := manager.HousekeepingConfigFlags
	containers, err := manager.New(memory.New(*keepFor, nil), sysfs.NewRealSysFs(), housekeeping, kinds,
		strings.Split(*rawPrefixes, ","), nil, "", 0)
	if err != nil {
		return err
	}
	if err := containers.Start(); err != nil {
		return err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		metrics.NewPrometheusCollector(watchKills(containers), labels(), kinds, clock.RealClock{},
			info.RequestOptions{IdType: info.TypeName, Count: 1, Recursive: true}),
		metrics.NewPrometheusMachineCollector(containers, kinds),
	)
	http.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}))
	http.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	server := http.Server{Addr: net.JoinHostPort(*listenIP, fmt.Sprint(*port)), ReadHeaderTimeout: 10 * time.Second}
	return server.ListenAndServe()
}

func labels() metrics.ContainerLabelsFunc {
	if *storeLabels {
		return metrics.DefaultContainerLabels
	}
	keep := slices.DeleteFunc(strings.Split(*someLabels, ","), func(name string) bool { return name == "" })
	return metrics.BaseContainerLabels(keep)
}
