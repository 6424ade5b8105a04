package stream

import "github.com/prometheus/client_golang/prometheus"

// counters are what an operator can watch of this room.
type counters struct {
	connections prometheus.Gauge
	frames      prometheus.Counter
	slow        prometheus.Counter
	wallSkipped prometheus.Counter
	closed      *prometheus.CounterVec   // by reason
	offers      *prometheus.HistogramVec // by delivery
	seen        prometheus.Histogram     // of pops that were acknowledged in time
	commands    *prometheus.CounterVec   // by name and code
}

// newCounters registers with r; nil counts for nobody.
func newCounters(r prometheus.Registerer) *counters {
	c := &counters{
		connections: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "hotline_pages_connected", Help: "Connections of pages on the stream."}),
		frames: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "hotline_stream_frames_total", Help: "Frames written to pages."}),
		slow: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "hotline_stream_overflows_total", Help: "Pages closed because their queue was full."}),
		wallSkipped: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "hotline_stream_walls_skipped_total", Help: "Walls replaced by a newer one before a page took them."}),
		closed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hotline_stream_closed_total", Help: "Connections of pages that ended, by reason."}, []string{"reason"}),
		offers: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "hotline_pop_delivery_seconds", Help: "From the offer to the leave to ring, by how far the pop came.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .15, .2, .5, 1}}, []string{"delivery"}),
		seen: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "hotline_pop_acknowledged_seconds", Help: "From the pop's frame in the socket to the page's word that it is on the screen.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .075, .1, .15}}),
		commands: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hotline_commands_total", Help: "Commands from desks, by name and code (ok, or the problem's)."}, []string{"name", "code"}),
	}
	if r != nil {
		r.MustRegister(c.connections, c.frames, c.slow, c.wallSkipped, c.closed, c.offers, c.seen, c.commands)
	}
	return c
}
