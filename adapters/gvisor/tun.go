package main

import (
	"runtime"

	"golang.org/x/sys/unix"
	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/channel"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
)

const largestPacket = 65535

// attach opens the file end of a device in the network namespace that the file netns stands for.
func attach(netns, device string) (int, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	home, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	defer unix.Close(home)
	there, err := unix.Open(netns, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	defer unix.Close(there)
	if err := unix.Setns(there, unix.CLONE_NEWNET); err != nil {
		return -1, err
	}
	fd, failed := openTun(device)
	if err := unix.Setns(home, unix.CLONE_NEWNET); err != nil {
		return -1, err
	}
	return fd, failed
}

func openTun(device string) (int, error) {
	request, err := unix.NewIfreq(device)
	if err != nil {
		return -1, err
	}
	request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, request); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// tun is a link of gVisor's that writes to the device at once.
type tun struct {
	*channel.Endpoint
	fd int
}

// WritePackets implements stack.LinkWriter.
func (t *tun) WritePackets(packets stack.PacketBufferList) (int, tcpip.Error) {
	for _, packet := range packets.AsSlice() {
		view := packet.ToView()
		// What the device does not take is lost, as on a wire.
		_, _ = unix.Write(t.fd, view.AsSlice())
		view.Release()
	}
	return packets.Len(), nil
}

// receive hands what is on the device to the stack, and says whether there was something.
func (t *tun) receive(room []byte) bool {
	some := false
	for {
		length, err := unix.Read(t.fd, room)
		if err != nil || length <= 0 {
			return some
		}
		some = true
		octets := append([]byte(nil), room[:length]...)
		packet := stack.NewPacketBuffer(stack.PacketBufferOptions{Payload: buffer.MakeWithData(octets)})
		switch octets[0] >> 4 {
		case header.IPv4Version:
			t.InjectInbound(header.IPv4ProtocolNumber, packet)
		case header.IPv6Version:
			t.InjectInbound(header.IPv6ProtocolNumber, packet)
		}
		packet.DecRef()
	}
}
