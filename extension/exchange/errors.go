package exchange

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"syscall"

	"go.k6.io/k6/lib/netext"
)

var errNoURL = errors.New("an absolute http or https URL is needed")

// limitError is the error of an exchange that one of our own limits ended. It is a net.Error with Timeout().
type limitError struct {
	text    string
	timeout bool
}

func (e limitError) Error() string { return e.text }

func (c *Client) limitError(cause Ended) error {
	o := &c.Options
	switch cause {
	case TimeoutFirst:
		return limitError{fmt.Sprintf("no content within %v", o.FirstToken), true}
	case TimeoutIdle:
		return limitError{fmt.Sprintf("no data for %v", o.Idle), true}
	case TimeoutTotal:
		return limitError{fmt.Sprintf("not done within %v", o.Total), true}
	}
	return limitError{"cancelled by the reader", false}
}

// k6Error is the error and error_code tag that stock k6 gives to a failure (lib/netext/httpext/error_codes.go, whose
// function is not exported). Codes that no HTTP load test against one server meets are left out.
func k6Error(err error) (code int, text string) {
	var (
		limit     limitError
		dns       *net.DNSError
		blocked   netext.BlockedHostError
		blacklist netext.BlackListedIPError
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		record    tls.RecordHeaderError
		op        *net.OpError
		timeout   net.Error
	)
	isOp := errors.As(err, &op)
	switch {
	case errors.As(err, &limit) && limit.timeout:
		return 1050, "request timeout"
	case errors.Is(err, context.Canceled), errors.As(err, &limit):
		return 1000, context.Canceled.Error()
	case errors.As(err, &dns):
		if dns.IsNotFound {
			return 1101, "lookup: no such host"
		}
		return 1100, err.Error()
	case errors.As(err, &blacklist):
		return 1110, "ip is blacklisted"
	case errors.As(err, &blocked):
		return 1111, "hostname is blocked"
	case errors.As(err, &timeout) && timeout.Timeout():
		if isOp && op.Op == "dial" {
			return 1211, "dial: i/o timeout"
		}
		return 1050, "request timeout"
	case isOp && op.Op == "dial" && errors.Is(err, syscall.ECONNREFUSED):
		return 1212, "dial: connection refused"
	case isOp && errors.Is(err, syscall.ECONNRESET):
		return 1220, op.Op + ": connection reset by peer"
	case isOp && errors.Is(err, syscall.EPIPE):
		return 1201, op.Op + ": broken pipe"
	case isOp && op.Op == "dial":
		return 1210, op.Error()
	case isOp:
		return 1200, op.Error()
	case errors.As(err, &authority):
		return 1310, "x509: unknown authority"
	case errors.As(err, &hostname):
		return 1311, "x509: certificate doesn't match hostname"
	case errors.As(err, &record):
		return 1301, err.Error()
	}
	return 1000, innermost(err).Error()
}

func innermost(err error) error {
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(err) {
		err = next
	}
	return err
}
