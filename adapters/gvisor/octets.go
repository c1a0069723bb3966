package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"

	"golang.org/x/sys/unix"
	"gvisor.dev/gvisor/pkg/tcpip"
)

const (
	sockaddrIn  = 16
	sockaddrIn6 = 28
)

// jsonOctets is a string of base64, a list of such, or null.
type jsonOctets struct {
	parts []string
	null  bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (o *jsonOctets) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		o.null = true
		return nil
	}
	if len(text) > 0 && text[0] == '[' {
		return json.Unmarshal(text, &o.parts)
	}
	o.parts = make([]string, 1)
	return json.Unmarshal(text, &o.parts[0])
}

// octets are those of all parts; as many as said where that is not negative.
func (o *jsonOctets) octets(said int) ([]byte, *refusal) {
	all := []byte{}
	for _, part := range o.parts {
		octets, err := base64.StdEncoding.DecodeString(part)
		if err != nil {
			return nil, nonsense("not base64")
		}
		all = append(all, octets...)
	}
	if said < 0 {
		return all, nil
	}
	if said > len(all) {
		return nil, unsupported("a null pointer, or a length past the end of what it is given with")
	}
	return all[:said], nil
}

func one(text *string, said int) ([]byte, *refusal) {
	o := jsonOctets{}
	if text != nil {
		o.parts = []string{*text}
	}
	return o.octets(said)
}

func integer(value int) []byte { return binary.LittleEndian.AppendUint32(nil, uint32(value)) }

// dissolves says whether a sockaddr is of no family.
func dissolves(text *string) bool {
	octets, refused := one(text, -1)
	return refused == nil && len(octets) >= 2 && binary.LittleEndian.Uint16(octets) == unix.AF_UNSPEC
}

// parse reads a sockaddr given to this socket: an address, an errno, or why it can't be told.
func (f *file) parse(text *string, said int) (tcpip.FullAddress, unix.Errno, *refusal) {
	octets, refused := one(text, said)
	if refused != nil {
		return tcpip.FullAddress{}, 0, refused
	}
	if len(octets) < 2 {
		return tcpip.FullAddress{}, unix.EINVAL, nil
	}
	family := int(binary.LittleEndian.Uint16(octets))
	if family != f.family {
		return tcpip.FullAddress{}, unix.EAFNOSUPPORT, nil
	}
	address := tcpip.FullAddress{}
	switch {
	case family == unix.AF_INET && len(octets) >= sockaddrIn:
		address.Addr = tcpip.AddrFrom4Slice(octets[4:8])
	case family == unix.AF_INET6 && len(octets) >= sockaddrIn6-4:
		address.Addr = tcpip.AddrFrom16Slice(octets[8:24])
	default:
		return tcpip.FullAddress{}, unix.EINVAL, nil
	}
	address.Port = binary.BigEndian.Uint16(octets[2:])
	if address.Addr.Unspecified() {
		// So gVisor writes "any address".
		address.Addr = tcpip.Address{}
	}
	return address, 0, nil
}

// format writes an address as this socket's family has it.
func (f *file) format(address tcpip.FullAddress) []byte {
	octets := binary.LittleEndian.AppendUint16(nil, uint16(f.family))
	octets = binary.BigEndian.AppendUint16(octets, address.Port)
	size := sockaddrIn
	if f.family == unix.AF_INET6 {
		size = sockaddrIn6
		octets = append(octets, 0, 0, 0, 0)
		if address.Addr.Len() == 4 {
			octets = append(octets, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff)
		}
	}
	octets = append(octets, address.Addr.AsSlice()...)
	return append(octets, make([]byte, size)...)[:size]
}
