package exchange

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// newRequest builds the request as k6's own http module would, plus two headers of ours.
func newRequest(ctx context.Context, q *Request) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, q.Method, q.URL, strings.NewReader(q.Body)) // sets GetBody: it can be sent again
	if err != nil {
		return nil, err
	}
	if req.URL.Host == "" || (req.URL.Scheme != "http" && req.URL.Scheme != "https") {
		return nil, &url.Error{Op: "send", URL: q.URL, Err: errNoURL}
	}
	req.Header = q.Header
	if q.Host != "" {
		req.Host = q.Host
	}
	if user := req.URL.User; user != nil && req.Header.Get("Authorization") == "" {
		password, _ := user.Password()
		req.SetBasicAuth(user.Username(), password)
	}
	if _, set := req.Header["Accept-Encoding"]; !set {
		req.Header["Accept-Encoding"] = []string{"identity"}
	}
	// The key alone makes Go's transport send the request again when a kept-alive connection turns out to be closed before
	// a byte of the answer came. Without a value nothing of it goes over the wire.
	if _, set := req.Header["X-Idempotency-Key"]; !set {
		req.Header["X-Idempotency-Key"] = nil
	}
	return req, nil
}
