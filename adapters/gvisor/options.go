package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
	"gvisor.dev/gvisor/pkg/syserr"
	"gvisor.dev/gvisor/pkg/tcpip"
)

type optionKey struct{ level, option int }

// ints are the options whose value gVisor takes as an int.
var ints = map[optionKey]tcpip.SockOptInt{
	{unix.IPPROTO_TCP, unix.TCP_KEEPCNT}:        tcpip.KeepaliveCountOption,
	{unix.IPPROTO_TCP, unix.TCP_MAXSEG}:         tcpip.MaxSegOption,
	{unix.IPPROTO_IP, unix.IP_TOS}:              tcpip.IPv4TOSOption,
	{unix.IPPROTO_IP, unix.IP_TTL}:              tcpip.IPv4TTLOption,
	{unix.IPPROTO_IPV6, unix.IPV6_TCLASS}:       tcpip.IPv6TrafficClassOption,
	{unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS}: tcpip.IPv6HopLimitOption,
}

// bools are those that it takes as a bool, with what reads and what writes them.
func (f *file) bools(key optionKey) (func() bool, func(bool)) {
	o := f.endpoint.SocketOptions()
	switch key {
	case optionKey{unix.SOL_SOCKET, unix.SO_REUSEADDR}:
		return o.GetReuseAddress, o.SetReuseAddress
	case optionKey{unix.SOL_SOCKET, unix.SO_REUSEPORT}:
		return o.GetReusePort, o.SetReusePort
	case optionKey{unix.SOL_SOCKET, unix.SO_KEEPALIVE}:
		return o.GetKeepAlive, o.SetKeepAlive
	case optionKey{unix.SOL_SOCKET, unix.SO_BROADCAST}:
		return o.GetBroadcast, o.SetBroadcast
	case optionKey{unix.SOL_SOCKET, unix.SO_NO_CHECK}:
		return o.GetNoChecksum, o.SetNoChecksum
	case optionKey{unix.IPPROTO_TCP, unix.TCP_NODELAY}:
		return func() bool { return !o.GetDelayOption() }, func(on bool) { o.SetDelayOption(!on) }
	case optionKey{unix.IPPROTO_TCP, unix.TCP_CORK}:
		return o.GetCorkOption, o.SetCorkOption
	case optionKey{unix.IPPROTO_TCP, unix.TCP_QUICKACK}:
		return o.GetQuickAck, o.SetQuickAck
	case optionKey{unix.IPPROTO_IPV6, unix.IPV6_V6ONLY}:
		return o.GetV6Only, o.SetV6Only
	}
	return nil, nil
}

// names of options that scripts ask for and this adapter does not have, for the word in the summary.
var names = map[optionKey]string{
	{unix.IPPROTO_TCP, unix.TCP_INFO}:           "TCP_INFO",
	{unix.IPPROTO_IP, unix.IP_MTU_DISCOVER}:     "IP_MTU_DISCOVER",
	{unix.IPPROTO_IP, unix.IP_RECVERR}:          "IP_RECVERR",
	{unix.IPPROTO_IP, unix.IP_MTU}:              "IP_MTU",
	{unix.IPPROTO_IPV6, unix.IPV6_MTU}:          "IPV6_MTU",
	{unix.IPPROTO_IPV6, unix.IPV6_RECVERR}:      "IPV6_RECVERR",
	{unix.IPPROTO_IPV6, unix.IPV6_MTU_DISCOVER}: "IPV6_MTU_DISCOVER",
	{unix.SOL_SOCKET, unix.SO_OOBINLINE}:        "SO_OOBINLINE",
}

func missing(key optionKey) *refusal {
	if name, known := names[key]; known {
		return unsupported("%s", name)
	}
	return unsupported("option %d of level %d", key.option, key.level)
}

func (f *file) getsockopt(c *call) (outcome, *refusal) {
	key := optionKey{c.Level, c.Option}
	if c.Length < 0 {
		return outcome{}, unsupported("a negative length")
	}
	octets, number, refused := f.option(key)
	if refused != nil || number != 0 {
		return outcome{Result: -1, Errno: int(number)}, refused
	}
	return outcome{Data: encoded(octets[:min(len(octets), c.Length)])}, nil
}

// option reads an option: its octets, an errno, or why it is not there.
func (f *file) option(key optionKey) ([]byte, unix.Errno, *refusal) {
	o := f.endpoint.SocketOptions()
	told := func(err tcpip.Error) ([]byte, unix.Errno, *refusal) {
		return nil, unix.Errno(syserr.TranslateNetstackError(err).ToLinux()), nil
	}
	if get, _ := f.bools(key); get != nil {
		if get() {
			return integer(1), 0, nil
		}
		return integer(0), 0, nil
	}
	if key == (optionKey{unix.IPPROTO_TCP, unix.TCP_MAXSEG}) {
		// gVisor always says 536: its source calls that a stub.
		return nil, 0, unsupported("TCP_MAXSEG")
	}
	if option, known := ints[key]; known {
		value, err := f.endpoint.GetSockOptInt(option)
		if err != nil {
			return told(err)
		}
		return integer(value), 0, nil
	}
	seconds := func(span time.Duration) ([]byte, unix.Errno, *refusal) {
		return integer(int(span / time.Second)), 0, nil
	}
	switch key {
	case optionKey{unix.SOL_SOCKET, unix.SO_ERROR}:
		if err := f.endpoint.LastError(); err != nil {
			return integer(int(syserr.TranslateNetstackError(err).ToLinux())), 0, nil
		}
		return integer(0), 0, nil
	case optionKey{unix.SOL_SOCKET, unix.SO_TYPE}:
		if f.stream {
			return integer(unix.SOCK_STREAM), 0, nil
		}
		return integer(unix.SOCK_DGRAM), 0, nil
	case optionKey{unix.SOL_SOCKET, unix.SO_RCVBUF}:
		return integer(int(o.GetReceiveBufferSize())), 0, nil
	case optionKey{unix.SOL_SOCKET, unix.SO_SNDBUF}:
		return integer(int(o.GetSendBufferSize())), 0, nil
	case optionKey{unix.IPPROTO_TCP, unix.TCP_KEEPIDLE}:
		var span tcpip.KeepaliveIdleOption
		if err := f.endpoint.GetSockOpt(&span); err != nil {
			return told(err)
		}
		return seconds(time.Duration(span))
	case optionKey{unix.IPPROTO_TCP, unix.TCP_KEEPINTVL}:
		var span tcpip.KeepaliveIntervalOption
		if err := f.endpoint.GetSockOpt(&span); err != nil {
			return told(err)
		}
		return seconds(time.Duration(span))
	case optionKey{unix.IPPROTO_TCP, unix.TCP_CONGESTION}:
		var name tcpip.CongestionControlOption
		if err := f.endpoint.GetSockOpt(&name); err != nil {
			return told(err)
		}
		return append([]byte(name), make([]byte, 16)...)[:16], 0, nil
	}
	return nil, 0, missing(key)
}

func (f *file) setsockopt(c *call) (outcome, *refusal) {
	key := optionKey{c.Level, c.Option}
	if c.Length < 0 {
		return outcome{}, unsupported("a negative length")
	}
	octets, refused := one(c.Value, c.Length)
	if refused != nil {
		return outcome{}, refused
	}
	if key == (optionKey{unix.IPPROTO_TCP, unix.TCP_CONGESTION}) {
		name := tcpip.CongestionControlOption(bytes.TrimRight(octets, "\x00"))
		return set(f.endpoint.SetSockOpt(&name))
	}
	if len(octets) < 4 {
		return outcome{}, unsupported("a value of less than 4 octets")
	}
	value := int(int32(binary.LittleEndian.Uint32(octets)))
	if _, put := f.bools(key); put != nil {
		put(value != 0)
		return done(0)
	}
	if option, known := ints[key]; known {
		return set(f.endpoint.SetSockOptInt(option, value))
	}
	o := f.endpoint.SocketOptions()
	switch key {
	case optionKey{unix.SOL_SOCKET, unix.SO_RCVBUF}:
		_, most := o.ReceiveBufferLimits()
		o.SetReceiveBufferSize(min(int64(value)*2, most), true)
	case optionKey{unix.SOL_SOCKET, unix.SO_SNDBUF}:
		_, most := o.SendBufferLimits()
		o.SetSendBufferSize(min(int64(value)*2, most), true)
	case optionKey{unix.SOL_SOCKET, unix.SO_LINGER}:
		if len(octets) < 8 {
			return failed(unix.EINVAL)
		}
		span := time.Duration(binary.LittleEndian.Uint32(octets[4:])) * time.Second
		if value != 0 && span != 0 {
			return outcome{}, unsupported("SO_LINGER with a time")
		}
		o.SetLinger(tcpip.LingerOption{Enabled: value != 0, Timeout: span})
	case optionKey{unix.IPPROTO_TCP, unix.TCP_KEEPIDLE}:
		span := tcpip.KeepaliveIdleOption(time.Duration(value) * time.Second)
		return set(f.endpoint.SetSockOpt(&span))
	case optionKey{unix.IPPROTO_TCP, unix.TCP_KEEPINTVL}:
		span := tcpip.KeepaliveIntervalOption(time.Duration(value) * time.Second)
		return set(f.endpoint.SetSockOpt(&span))
	case optionKey{unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT}:
		span := tcpip.TCPUserTimeoutOption(time.Duration(value) * time.Millisecond)
		return set(f.endpoint.SetSockOpt(&span))
	default:
		return outcome{}, missing(key)
	}
	return done(0)
}

func set(err tcpip.Error) (outcome, *refusal) {
	switch err.(type) {
	case nil:
		return done(0)
	case *tcpip.ErrUnknownProtocolOption, *tcpip.ErrNotSupported:
		return outcome{}, unsupported("%s", fmt.Sprint(err))
	}
	return failure(err)
}
