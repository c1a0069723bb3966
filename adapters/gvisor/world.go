package main

import (
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/link/channel"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv6"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/icmp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"
)

const (
	nic             = 1
	firstDescriptor = 3
	mostDescriptors = 256
	// TCP segments are taken in by goroutines of gVisor's: so long they are given after packets came, before a call.
	settling = 300 * time.Microsecond
)

// world is one stack on one device.
type world struct {
	channel *answers
	stack   *stack.Stack
	tun     *tun
	wake    [2]int
	ended   chan struct{}
	running sync.WaitGroup
	// A panic left gVisor's locks as they were.
	broken atomic.Bool

	reading sync.Mutex
	room    []byte

	mutex sync.Mutex
	files map[int]*file
}

// prefixOf reads an IP prefix.
func prefixOf(text string, length int) (tcpip.AddressWithPrefix, *refusal) {
	address, err := netip.ParseAddr(text)
	if err != nil || length < 0 || length > address.BitLen() {
		return tcpip.AddressWithPrefix{}, nonsense("%q/%d is no IP prefix", text, length)
	}
	return tcpip.AddressWithPrefix{Address: tcpip.AddrFromSlice(address.AsSlice()), PrefixLen: length}, nil
}

func networkOf(address tcpip.Address) tcpip.NetworkProtocolNumber {
	if address.Len() == 4 {
		return ipv4.ProtocolNumber
	}
	return ipv6.ProtocolNumber
}

// newStack makes a stack as gVisor's own sandbox sets it up.
func newStack() *stack.Stack {
	s := stack.New(stack.Options{
		NetworkProtocols:   []stack.NetworkProtocolFactory{ipv4.NewProtocol, ipv6.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocol, udp.NewProtocol, icmp.NewProtocol4, icmp.NewProtocol6},
		HandleLocal:        true,
	})
	sack := tcpip.TCPSACKEnabled(true)
	s.SetTransportProtocolOption(tcp.ProtocolNumber, &sack)
	moderate := tcpip.TCPModerateReceiveBufferOption(true)
	s.SetTransportProtocolOption(tcp.ProtocolNumber, &moderate)
	return s
}

// configure gives the stack its interface, addresses and routes.
func configure(s *stack.Stack, link *tun, r *request) *refusal {
	if err := s.CreateNIC(nic, link); err != nil {
		return nonsense("the interface: %s", err)
	}
	table := []tcpip.Route{}
	for _, item := range r.Addresses {
		prefix, refused := prefixOf(item.Address, item.Length)
		if refused != nil {
			return refused
		}
		address := tcpip.ProtocolAddress{Protocol: networkOf(prefix.Address), AddressWithPrefix: prefix}
		if err := s.AddProtocolAddress(nic, address, stack.AddressProperties{}); err != nil {
			return nonsense("the address %s: %s", item.Address, err)
		}
		table = append(table, tcpip.Route{Destination: prefix.Subnet(), NIC: nic})
	}
	for _, item := range r.Routes {
		prefix, refused := prefixOf(item.Destination, item.Length)
		if refused != nil {
			return refused
		}
		way := tcpip.Route{Destination: prefix.Subnet(), NIC: nic}
		if item.Gateway != nil {
			gateway, refused := prefixOf(*item.Gateway, 0)
			if refused != nil {
				return refused
			}
			way.Gateway = gateway.Address
		}
		table = append(table, way)
	}
	s.SetRouteTable(table)
	if len(r.Addresses) == 0 {
		// Any destination is its own.
		s.SetPromiscuousMode(nic, true)
		s.SetSpoofing(nic, true)
	}
	return nil
}

func openWorld(r *request, to *answers) (*world, *refusal) {
	if r.MTU < 68 || r.MTU > largestPacket {
		return nil, nonsense("an MTU of %d", r.MTU)
	}
	fd, err := attach(r.Netns, r.Device)
	if err != nil {
		return nil, nonsense("the device: %s", err)
	}
	w := &world{
		channel: to,
		stack:   newStack(),
		tun:     &tun{channel.New(1, r.MTU, ""), fd},
		ended:   make(chan struct{}),
		room:    make([]byte, largestPacket),
		files:   map[int]*file{},
	}
	if refused := configure(w.stack, w.tun, r); refused != nil {
		unix.Close(fd)
		return nil, refused
	}
	if err := unix.Pipe2(w.wake[:], unix.O_CLOEXEC); err != nil {
		unix.Close(fd)
		return nil, nonsense("a pipe: %s", err)
	}
	w.running.Add(1)
	go w.run()
	return w, nil
}

// run takes packets in as they come.
func (w *world) run() {
	defer w.running.Done()
	watched := []unix.PollFd{{Fd: int32(w.tun.fd), Events: unix.POLLIN}, {Fd: int32(w.wake[0]), Events: unix.POLLIN}}
	for {
		if _, err := unix.Poll(watched, -1); err != nil && err != unix.EINTR {
			return
		}
		if watched[1].Revents != 0 {
			return
		}
		w.reading.Lock()
		w.tun.receive(w.room)
		w.reading.Unlock()
	}
}

// collect takes in what the runner sent before the request that is served.
func (w *world) collect() {
	w.reading.Lock()
	defer w.reading.Unlock()
	w.tun.receive(w.room)
	time.Sleep(settling)
}

// close ends the calls that wait, then the stack.
func (w *world) close() {
	close(w.ended)
	unix.Close(w.wake[1])
	w.running.Wait()
	if !w.broken.Load() {
		for _, f := range w.files {
			f.endpoint.Abort()
		}
		w.stack.Close()
	}
	unix.Close(w.tun.fd)
	unix.Close(w.wake[0])
}

// command carries out the settings that gVisor has, of `sysctl`.
func (w *world) command(text string) (int, *refusal) {
	words := strings.Fields(text)
	if len(words) < 2 || words[0] != "sysctl" {
		return 0, unsupported("a command that gVisor's netstack has nothing for")
	}
	var todo []tcpip.SettableTransportProtocolOption
	for _, word := range words[1:] {
		if word == "-q" || word == "-w" {
			continue
		}
		switch name, value, _ := strings.Cut(word, "="); {
		case name == "net.ipv4.tcp_sack" && (value == "0" || value == "1"):
			option := tcpip.TCPSACKEnabled(value == "1")
			todo = append(todo, &option)
		case name == "net.ipv4.tcp_congestion_control" && (value == "reno" || value == "cubic"):
			option := tcpip.CongestionControlOption(value)
			todo = append(todo, &option)
		case name == "net.ipv4.tcp_syn_retries" && value >= "1" && value <= "9" && len(value) == 1:
			option := tcpip.TCPSynRetriesOption(value[0] - '0')
			todo = append(todo, &option)
		default:
			return 0, unsupported("%s, which gVisor's netstack does not have", name)
		}
	}
	for _, option := range todo {
		if err := w.stack.SetTransportProtocolOption(tcp.ProtocolNumber, option); err != nil {
			return 0, unsupported("%s: gVisor says %s", text, err)
		}
	}
	return 0, nil
}

// counters are those that Linux has by the same meaning.
func (w *world) counters() map[string]uint64 {
	s := w.stack.Stats()
	return map[string]uint64{
		"Tcp.ActiveOpens":    s.TCP.ActiveConnectionOpenings.Value(),
		"Tcp.PassiveOpens":   s.TCP.PassiveConnectionOpenings.Value(),
		"Tcp.AttemptFails":   s.TCP.FailedConnectionAttempts.Value(),
		"Tcp.EstabResets":    s.TCP.EstablishedResets.Value(),
		"Tcp.CurrEstab":      s.TCP.CurrentEstablished.Value(),
		"Tcp.RetransSegs":    s.TCP.Retransmits.Value(),
		"Tcp.OutRsts":        s.TCP.ResetsSent.Value(),
		"Tcp.InCsumErrors":   s.TCP.ChecksumErrors.Value(),
		"TcpExt.TCPTimeouts": s.TCP.Timeouts.Value(),
		"Udp.NoPorts":        s.UDP.UnknownPortErrors.Value(),
		"Udp.InCsumErrors":   s.UDP.ChecksumErrors.Value(),
		"Udp.OutDatagrams":   s.UDP.PacketsSent.Value(),
	}
}
