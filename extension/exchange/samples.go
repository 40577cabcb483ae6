package exchange

import (
	"net"
	"strconv"

	"go.k6.io/k6/lib"
	"go.k6.io/k6/lib/netext"
	"go.k6.io/k6/lib/netext/httpext"
	"go.k6.io/k6/metrics"
)

// Samples turns a finished exchange into the http_req_* samples that stock k6 would have emitted for it, tags and all
// (lib/netext/httpext/transport.go, measureAndEmitMetrics). A response is expected when its status is 200 to 399.
func (f *Finished) Samples(state *lib.State, tags metrics.TagsAndMeta) *httpext.Trail {
	enabled := state.Options.SystemTags
	set := func(tag metrics.SystemTag, value string) { tags.SetSystemTagOrMetaIfEnabled(enabled, tag, value) }

	if name, given := tags.Tags.Get(metrics.TagName.String()); given {
		set(metrics.TagURL, name)
	} else {
		address := httpext.URL{}
		if u, err := httpext.NewURL(f.Request.URL.String(), ""); err == nil {
			address = u
		}
		set(metrics.TagName, address.Clean())
		set(metrics.TagURL, address.Clean())
	}
	set(metrics.TagMethod, f.Request.Method)
	expected := false
	if f.Err != nil || f.Response == nil {
		code, text := k6Error(f.Err)
		set(metrics.TagError, text)
		set(metrics.TagErrorCode, strconv.Itoa(code))
		set(metrics.TagStatus, "0")
	} else {
		status := f.Response.StatusCode
		expected = status >= 200 && status < 400
		set(metrics.TagStatus, strconv.Itoa(status))
		if status >= 400 {
			set(metrics.TagErrorCode, strconv.Itoa(1000+status))
		}
		set(metrics.TagProto, f.Response.Proto)
		if f.Response.TLS != nil {
			info, ocsp := netext.ParseTLSConnState(f.Response.TLS)
			set(metrics.TagTLSVersion, info.Version)
			set(metrics.TagOCSPStatus, ocsp.Status)
		}
	}
	trail := f.Trail
	if enabled.Has(metrics.TagIP) && trail.ConnRemoteAddr != nil {
		if ip, _, err := net.SplitHostPort(trail.ConnRemoteAddr.String()); err == nil {
			tags.SetSystemTagOrMeta(metrics.TagIP, ip)
		}
	}
	set(metrics.TagExpectedResponse, strconv.FormatBool(expected))
	trail.SaveSamples(state.BuiltinMetrics, &tags)
	trail.Failed.Valid, trail.Failed.Bool = true, !expected
	trail.Samples = append(trail.Samples, metrics.Sample{
		TimeSeries: metrics.TimeSeries{Metric: state.BuiltinMetrics.HTTPReqFailed, Tags: tags.Tags},
		Time:       trail.EndTime,
		Metadata:   tags.Metadata,
		Value:      metrics.B(!expected),
	})
	return trail
}
