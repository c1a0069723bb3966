package main

import (
	"bytes"
	"encoding/base64"
	"time"

	"golang.org/x/sys/unix"
	"gvisor.dev/gvisor/pkg/syserr"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv6"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"
	"gvisor.dev/gvisor/pkg/waiter"
)

const (
	largestRead = 1 << 20
	// SOMAXCONN of gVisor's sandbox.
	mostBacklog = 1 << 10
	// A call that waits is woken by gVisor, and looks by itself this often.
	lookAgain = 5 * time.Millisecond
)

// call is a socket call of the script's.
type call struct {
	Name          string     `json:"name"`
	FD            int        `json:"fd"`
	Domain        int        `json:"domain"`
	Type          int        `json:"type"`
	Protocol      int        `json:"protocol"`
	Address       *string    `json:"address"`
	Length        int        `json:"length"`
	AddressLength *int       `json:"address_length"`
	Backlog       int        `json:"backlog"`
	Flags         int        `json:"flags"`
	Buffer        *bool      `json:"buffer"`
	Data          jsonOctets `json:"data"`
	Lengths       []int      `json:"lengths"`
	WantAddress   bool       `json:"wantAddress"`
	NameLength    int        `json:"name_length"`
	Control       *string    `json:"control"`
	Command       int        `json:"command"`
	Argument      *int       `json:"argument"`
	How           int        `json:"how"`
	Level         int        `json:"level"`
	Option        int        `json:"option"`
	Value         *string    `json:"value"`
	FDs           []pollFD   `json:"fds"`
	Timeout       int        `json:"timeout_ms"`

	started  bool
	written  int
	deadline time.Time
}

type pollFD struct {
	FD     int `json:"fd"`
	Events int `json:"events"`
}

// outcome is what a call did.
type outcome struct {
	Result   int     `json:"result"`
	Errno    int     `json:"errno"`
	Data     *string `json:"data,omitempty"`
	Address  *string `json:"address,omitempty"`
	MsgFlags *int    `json:"msg_flags,omitempty"`
	Revents  []int   `json:"revents,omitempty"`
}

// file is a descriptor.
type file struct {
	endpoint    tcpip.Endpoint
	queue       *waiter.Queue
	family      int
	stream      bool
	nonblocking bool
}

// errBlocks: the call has to wait.
var errBlocks = &refusal{words: "blocks"}

func failed(number unix.Errno) (outcome, *refusal) {
	return outcome{Result: -1, Errno: int(number)}, nil
}

// failure is what gVisor's own system calls would make of its error.
func failure(err tcpip.Error) (outcome, *refusal) {
	return failed(unix.Errno(syserr.TranslateNetstackError(err).ToLinux()))
}

func done(result int) (outcome, *refusal) { return outcome{Result: result}, nil }

func encoded(octets []byte) *string {
	text := base64.StdEncoding.EncodeToString(octets)
	return &text
}

// start makes a call; one that has to wait goes on in a goroutine of its own.
func (w *world) start(id uint64, c *call) {
	w.collect()
	what, refused := w.attempt(c)
	if refused != errBlocks {
		w.answer(id, c, what, refused)
		return
	}
	w.channel.say(answer{ID: id, Type: "blocked"})
	w.running.Add(1)
	go func() {
		defer w.running.Done()
		for {
			select {
			case <-w.ended:
				w.channel.returned(id, outcome{Result: -1, Errno: int(unix.EINTR)})
				return
			case <-w.signal(c):
			}
			if what, refused := w.attempt(c); refused != errBlocks {
				w.answer(id, c, what, refused)
				return
			}
		}
	}()
}

func (w *world) answer(id uint64, c *call, what outcome, refused *refusal) {
	if refused != nil {
		w.channel.refuse(id, &refusal{c.Name + ": " + refused.words, refused.unsupported})
		return
	}
	w.channel.returned(id, what)
}

// signal tells when a call that waits is to look again.
func (w *world) signal(c *call) <-chan struct{} {
	told := make(chan struct{}, 1)
	tell := func(waiter.EventMask) {
		select {
		case told <- struct{}{}:
		default:
		}
	}
	time.AfterFunc(lookAgain, func() { tell(0) })
	if f := w.file(c.FD); f != nil {
		entry := waiter.NewFunctionEntry(waiter.AllEvents, tell)
		f.queue.EventRegister(&entry)
		time.AfterFunc(lookAgain, func() { f.queue.EventUnregister(&entry) })
	}
	return told
}

func (w *world) file(fd int) *file {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.files[fd]
}

func (w *world) insert(f *file) int {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	for fd := firstDescriptor; fd < firstDescriptor+mostDescriptors; fd++ {
		if w.files[fd] == nil {
			w.files[fd] = f
			return fd
		}
	}
	return -1
}

// attempt makes a call, or tries once more to finish one that waits. Where gVisor panics, this run has an error, not
// those beside it.
func (w *world) attempt(c *call) (what outcome, refused *refusal) {
	defer func() {
		if cause := recover(); cause != nil {
			w.broken.Store(true)
			refused = nonsense("gVisor panicked: %v", cause)
		}
	}()
	return w.make(c)
}

func (w *world) make(c *call) (outcome, *refusal) {
	switch c.Name {
	case "socket":
		return w.socket(c)
	case "poll":
		return w.poll(c)
	case "epoll_create", "epoll_ctl", "epoll_wait", "pipe", "open", "sendfile", "splice", "cap_set":
		return outcome{}, unsupported("no call of a network stack's")
	}
	f := w.file(c.FD)
	if f == nil {
		return failed(unix.EBADF)
	}
	switch c.Name {
	case "bind":
		return f.bind(c)
	case "connect":
		return f.connect(c)
	case "listen":
		// One more than the backlog says, as gVisor's system call does it.
		if err := f.endpoint.Listen(min(max(c.Backlog, 0), mostBacklog) + 1); err != nil {
			return failure(err)
		}
		return done(0)
	case "accept":
		return w.accept(f, c)
	case "read", "recvfrom", "readv", "recvmsg":
		return f.receive(c)
	case "write", "sendto", "writev", "sendmsg":
		return f.send(c)
	case "shutdown":
		if c.How < 0 || c.How > 2 {
			return failed(unix.EINVAL)
		}
		// SHUT_RD, SHUT_WR and SHUT_RDWR are gVisor's bits less one.
		if err := f.endpoint.Shutdown(tcpip.ShutdownFlags(c.How + 1)); err != nil {
			return failure(err)
		}
		return done(0)
	case "close":
		w.mutex.Lock()
		delete(w.files, c.FD)
		w.mutex.Unlock()
		f.endpoint.Close()
		return done(0)
	case "fcntl":
		return f.fcntl(c)
	case "ioctl":
		return f.ioctl(c)
	case "getsockname", "getpeername":
		return f.name(c)
	case "getsockopt":
		return f.getsockopt(c)
	case "setsockopt":
		return f.setsockopt(c)
	}
	return outcome{}, unsupported("gVisor's netstack has no such call")
}

func (w *world) socket(c *call) (outcome, *refusal) {
	var network tcpip.NetworkProtocolNumber
	switch c.Domain {
	case unix.AF_INET:
		network = ipv4.ProtocolNumber
	case unix.AF_INET6:
		network = ipv6.ProtocolNumber
	default:
		return outcome{}, unsupported("a socket of family %d", c.Domain)
	}
	f := &file{queue: &waiter.Queue{}, family: c.Domain, nonblocking: c.Type&unix.SOCK_NONBLOCK != 0}
	var transport tcpip.TransportProtocolNumber
	switch kind := c.Type & 0xf; {
	case kind == unix.SOCK_STREAM && (c.Protocol == 0 || c.Protocol == unix.IPPROTO_TCP):
		transport, f.stream = tcp.ProtocolNumber, true
	case kind == unix.SOCK_DGRAM && (c.Protocol == 0 || c.Protocol == unix.IPPROTO_UDP):
		transport = udp.ProtocolNumber
	default:
		return outcome{}, unsupported("a socket of type %d, protocol %d", kind, c.Protocol)
	}
	endpoint, err := w.stack.NewEndpoint(transport, network, f.queue)
	if err != nil {
		return failure(err)
	}
	f.endpoint = endpoint
	return w.inserted(f)
}

func (w *world) inserted(f *file) (outcome, *refusal) {
	if f.stream {
		// Nagle's algorithm is on in gVisor's sockets, off in its endpoints.
		f.endpoint.SocketOptions().SetDelayOption(true)
	}
	fd := w.insert(f)
	if fd < 0 {
		f.endpoint.Close()
		return failed(unix.EMFILE)
	}
	return done(fd)
}

func (f *file) bind(c *call) (outcome, *refusal) {
	address, number, refused := f.parse(c.Address, c.Length)
	if refused != nil || number != 0 {
		return outcome{Result: -1, Errno: int(number)}, refused
	}
	if err := f.endpoint.Bind(address); err != nil {
		return failure(err)
	}
	return done(0)
}

func (f *file) connect(c *call) (outcome, *refusal) {
	if c.started {
		if f.endpoint.Readiness(waiter.WritableEvents|waiter.EventErr|waiter.EventHUp) == 0 {
			return outcome{}, errBlocks
		}
		if err := f.endpoint.LastError(); err != nil {
			return failure(err)
		}
		return done(0)
	}
	if dissolves(c.Address) {
		return f.disconnect()
	}
	address, number, refused := f.parse(c.Address, c.Length)
	if refused != nil || number != 0 {
		return outcome{Result: -1, Errno: int(number)}, refused
	}
	err := f.endpoint.Connect(address)
	if _, under := err.(*tcpip.ErrConnectStarted); under && !f.nonblocking {
		c.started = true
		return outcome{}, errBlocks
	}
	if err != nil {
		return failure(err)
	}
	return done(0)
}

// disconnect is a connect to an address of no family.
func (f *file) disconnect() (outcome, *refusal) {
	err := f.endpoint.Disconnect()
	if _, missing := err.(*tcpip.ErrNotSupported); missing {
		return outcome{}, unsupported("gVisor's TCP does not dissolve connections")
	}
	if err != nil {
		return failure(err)
	}
	return done(0)
}

func (w *world) accept(f *file, c *call) (outcome, *refusal) {
	var peer tcpip.FullAddress
	endpoint, queue, err := f.endpoint.Accept(&peer)
	if err != nil {
		return f.waits(err, false)
	}
	accepted := &file{endpoint, queue, f.family, true, c.Flags&unix.SOCK_NONBLOCK != 0}
	what, refused := w.inserted(accepted)
	what.Address = encoded(f.format(peer))
	return what, refused
}

// waits is the outcome of a call that gVisor says would block, or another of its errors.
func (f *file) waits(err tcpip.Error, once bool) (outcome, *refusal) {
	if _, blocks := err.(*tcpip.ErrWouldBlock); blocks && !f.nonblocking && !once {
		return outcome{}, errBlocks
	}
	return failure(err)
}

func (f *file) receive(c *call) (outcome, *refusal) {
	room := c.Length
	if c.Name == "readv" || c.Name == "recvmsg" {
		room = 0
		for _, length := range c.Lengths {
			if length < 0 {
				return outcome{}, unsupported("a negative length")
			}
			room += min(length, largestRead)
		}
	}
	if room < 0 {
		return outcome{}, unsupported("a negative length")
	}
	if room > 0 && c.Buffer != nil && !*c.Buffer {
		return outcome{}, unsupported("a null pointer")
	}
	if c.Flags&^(unix.MSG_PEEK|unix.MSG_DONTWAIT) != 0 {
		return outcome{}, unsupported("flags %#x", c.Flags)
	}
	data := make([]byte, min(room, largestRead))
	left := tcpip.SliceWriter(data)
	read, err := f.endpoint.Read(&left, tcpip.ReadOptions{Peek: c.Flags&unix.MSG_PEEK != 0, NeedRemoteAddr: true})
	what := outcome{}
	switch err.(type) {
	case nil:
	case *tcpip.ErrClosedForReceive:
		// The end of the stream.
		read = tcpip.ReadResult{}
	case *tcpip.ErrBadBuffer:
		// No octet of what there is fits.
		if len(data) > 0 {
			return failure(err)
		}
	default:
		return f.waits(err, c.Flags&unix.MSG_DONTWAIT != 0)
	}
	if f.stream && c.Flags&unix.MSG_PEEK == 0 {
		f.endpoint.ModerateRecvBuf(read.Count)
	}
	what.Result = read.Count
	what.Data = encoded(data[:read.Count])
	if !f.stream && (c.WantAddress || c.NameLength > 0) {
		what.Address = encoded(f.format(read.RemoteAddr))
	}
	if c.Name == "recvmsg" {
		flags := 0
		if !f.stream && read.Total > read.Count {
			flags = unix.MSG_TRUNC
		}
		what.MsgFlags = &flags
	}
	return what, nil
}

func (f *file) send(c *call) (outcome, *refusal) {
	if c.Control != nil {
		return outcome{}, unsupported("control messages")
	}
	if c.Flags&^(unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL|unix.MSG_MORE) != 0 {
		return outcome{}, unsupported("flags %#x", c.Flags)
	}
	said := -1
	if c.Name == "write" || c.Name == "sendto" {
		said = c.Length
		if said < 0 {
			return outcome{}, unsupported("a negative length")
		}
	}
	data, refused := c.Data.octets(said)
	if refused != nil {
		return outcome{}, refused
	}
	options := tcpip.WriteOptions{More: c.Flags&unix.MSG_MORE != 0, Atomic: !f.stream}
	if c.Address != nil {
		length := -1
		if c.AddressLength != nil {
			length = *c.AddressLength
		}
		to, number, refused := f.parse(c.Address, length)
		if refused != nil || number != 0 {
			return outcome{Result: -1, Errno: int(number)}, refused
		}
		options.To = &to
	}
	once := f.nonblocking || c.Flags&unix.MSG_DONTWAIT != 0
	sent, err := f.endpoint.Write(bytes.NewReader(data[c.written:]), options)
	c.written += int(sent)
	_, blocks := err.(*tcpip.ErrWouldBlock)
	switch {
	case err != nil && !blocks && c.written == 0:
		return failure(err)
	case err != nil && !blocks, c.written == len(data):
		return done(c.written)
	case !once:
		return outcome{}, errBlocks
	case c.written > 0:
		return done(c.written)
	}
	return failed(unix.EAGAIN)
}

func (f *file) fcntl(c *call) (outcome, *refusal) {
	switch c.Command {
	case unix.F_GETFL:
		if f.nonblocking {
			return done(unix.O_RDWR | unix.O_NONBLOCK)
		}
		return done(unix.O_RDWR)
	case unix.F_SETFL:
		if c.Argument != nil {
			f.nonblocking = *c.Argument&unix.O_NONBLOCK != 0
		}
		return done(0)
	}
	return outcome{}, unsupported("command %d", c.Command)
}

func (f *file) ioctl(c *call) (outcome, *refusal) {
	var option tcpip.SockOptInt
	switch c.Command {
	case unix.TIOCINQ:
		option = tcpip.ReceiveQueueSizeOption
	case unix.TIOCOUTQ:
		option = tcpip.SendQueueSizeOption
	default:
		return outcome{}, unsupported("command %#x", c.Command)
	}
	value, err := f.endpoint.GetSockOptInt(option)
	if err != nil {
		return failure(err)
	}
	return outcome{Data: encoded(integer(value))}, nil
}

func (f *file) name(c *call) (outcome, *refusal) {
	if c.Length < 0 {
		return outcome{}, unsupported("a negative length")
	}
	get := f.endpoint.GetLocalAddress
	if c.Name == "getpeername" {
		get = f.endpoint.GetRemoteAddress
	}
	address, err := get()
	if err != nil {
		return failure(err)
	}
	octets := f.format(address)
	return outcome{Address: encoded(octets[:min(len(octets), c.Length)])}, nil
}

func (w *world) poll(c *call) (outcome, *refusal) {
	what := outcome{Revents: []int{}}
	for _, item := range c.FDs {
		seen := 0
		if f := w.file(item.FD); f != nil {
			mask := waiter.EventMask(item.Events)&waiter.AllEvents | waiter.EventErr | waiter.EventHUp
			seen = int(f.endpoint.Readiness(mask) & mask)
		} else if item.FD >= 0 {
			seen = unix.POLLNVAL
		}
		if seen != 0 {
			what.Result++
		}
		what.Revents = append(what.Revents, seen)
	}
	if c.Timeout > 0 && c.deadline.IsZero() {
		c.deadline = time.Now().Add(time.Duration(c.Timeout) * time.Millisecond)
	}
	if what.Result == 0 && (c.Timeout < 0 || c.Timeout > 0 && time.Now().Before(c.deadline)) {
		return outcome{}, errBlocks
	}
	return what, nil
}
