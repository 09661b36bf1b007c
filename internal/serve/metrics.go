package serve

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"quid/internal/app"
)

// Metrics is what a server counts: never anything of a person, and of addresses
// the pattern of the route only.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	now      prometheus.Gauge
}

// newMetrics returns the metrics of a server, which also ask the book when they are
// read.
func newMetrics(a *app.App, version string) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "quid_http_requests_total", Help: "Requests answered, by pattern of the route and status."}, []string{"route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "quid_http_request_seconds", Help: "How long answers took, by pattern of the route.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 60},
		}, []string{"route"}),
		now: prometheus.NewGauge(prometheus.GaugeOpts{Name: "quid_http_requests_now", Help: "Requests under way."}),
	}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "quid_build_info", Help: "The version that runs; always 1."}, []string{"version"})
	build.WithLabelValues(version).Set(1)
	m.registry.MustRegister(m.requests, m.seconds, m.now, build, &bookMetrics{a},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// handler answers GET /metrics and nothing else.
func (m *metrics) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Timeout: 10 * time.Second, EnableOpenMetrics: true, ErrorHandling: promhttp.ContinueOnError}))
	return mux
}

// BookMetrics are read from the book when they are asked for.
type bookMetrics struct{ app *app.App }

var (
	upDesc       = prometheus.NewDesc("quid_book_up", "Whether the book can be read: 1, else 0.", nil, nil)
	readOnlyDesc = prometheus.NewDesc("quid_book_read_only", "1 after the disk did not confirm a write, until a restart; else 0.", nil, nil)
	failuresDesc = prometheus.NewDesc("quid_write_failures_total", "Writes that failed, by why: full, io, sync, unavailable.", []string{"why"}, nil)
	bytesDesc    = prometheus.NewDesc("quid_book_bytes", "Bytes of the book, and of the log beside it (SQLite).", []string{"part"}, nil)
	jobsDesc     = prometheus.NewDesc("quid_jobs", "Jobs by kind and state: due, running, done, failed.", []string{"kind", "state"}, nil)
	lateDesc     = prometheus.NewDesc("quid_jobs_late_seconds", "How long the oldest job that is due has been waiting.", nil, nil)
	openDesc     = prometheus.NewDesc("quid_connections", "Connections to the book, by pool and state: used, idle.", []string{"pool", "state"}, nil)
	mostDesc     = prometheus.NewDesc("quid_connections_max", "Connections to the book at the most, by pool.", []string{"pool"}, nil)
	waitsDesc    = prometheus.NewDesc("quid_connection_waits_total", "How often somebody waited for a connection, by pool.", []string{"pool"}, nil)
	waitingDesc  = prometheus.NewDesc("quid_connection_wait_seconds_total", "How long connections were waited for, by pool.", []string{"pool"}, nil)
)

// Describe says what there is.
func (b *bookMetrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{upDesc, readOnlyDesc, failuresDesc, bytesDesc, jobsDesc, lateDesc, openDesc, mostDesc, waitsDesc, waitingDesc} {
		ch <- d
	}
}

// Collect reads it. What can't be read now is left out.
func (b *bookMetrics) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	db := b.app.DB
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	counter := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
	}
	for why, n := range db.Failures() {
		counter(failuresDesc, float64(n), why)
	}
	gauge(readOnlyDesc, one(db.ReadOnly() != nil))
	if book, log, err := db.Size(ctx); err == nil {
		gauge(bytesDesc, float64(book), "book")
		gauge(bytesDesc, float64(log), "log")
	}
	for _, p := range db.Pools() {
		gauge(openDesc, float64(p.InUse), p.Name, "used")
		gauge(openDesc, float64(p.Idle), p.Name, "idle")
		gauge(mostDesc, float64(p.MaxOpenConnections), p.Name)
		counter(waitsDesc, float64(p.WaitCount), p.Name)
		counter(waitingDesc, p.WaitDuration.Seconds(), p.Name)
	}
	jobs, err := db.Read().JobCounts(ctx)
	gauge(upDesc, one(err == nil))
	if err != nil {
		return
	}
	late := time.Duration(0)
	for _, j := range jobs {
		gauge(jobsDesc, float64(j.Jobs), j.Kind, j.State)
		if j.State == "due" {
			late = max(late, b.app.Now().Sub(j.Oldest))
		}
	}
	gauge(lateDesc, late.Seconds())
}

func one(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
