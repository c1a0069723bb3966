// netproof's adapter for gVisor's netstack: see README.md beside this file, and netproof's docs/adapters.md.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

const (
	protocol    = 1
	longestLine = 16 << 20
	stackName   = "gVisor netstack 20250503 (39ed1f5ac29c)"
)

// refusal is why a request was not carried out.
type refusal struct {
	words       string
	unsupported bool
}

func (r *refusal) Error() string { return r.words }

func unsupported(format string, arguments ...any) *refusal {
	return &refusal{fmt.Sprintf(format, arguments...), true}
}

func nonsense(format string, arguments ...any) *refusal {
	return &refusal{fmt.Sprintf(format, arguments...), false}
}

// request is a message of the runner's.
type request struct {
	ID        uint64        `json:"id"`
	Type      string        `json:"type"`
	Protocol  int           `json:"protocol"`
	World     uint64        `json:"world"`
	Netns     string        `json:"netns"`
	Device    string        `json:"device"`
	MTU       uint32        `json:"mtu"`
	Addresses []interfaceIP `json:"addresses"`
	Routes    []route       `json:"routes"`
	Text      string        `json:"text"`
	Call      *call         `json:"request"`
}

type interfaceIP struct {
	Address string `json:"address"`
	Length  int    `json:"prefix_length"`
}

type route struct {
	Destination string  `json:"destination"`
	Length      int     `json:"prefix_length"`
	Gateway     *string `json:"gateway"`
}

// answer is a message to the runner.
type answer struct {
	ID          uint64            `json:"id"`
	Type        string            `json:"type"`
	Protocol    int               `json:"protocol,omitempty"`
	Stack       string            `json:"stack,omitempty"`
	Features    []string          `json:"features,omitempty"`
	Time        int64             `json:"time_us,omitempty"`
	Outcome     *outcome          `json:"outcome,omitempty"`
	Status      *int              `json:"status,omitempty"`
	Counters    map[string]uint64 `json:"counters,omitempty"`
	Message     string            `json:"message,omitempty"`
	Unsupported bool              `json:"unsupported,omitempty"`
}

// answers is the way back to the runner; answers come from several goroutines.
type answers struct {
	mutex sync.Mutex
	to    io.Writer
}

func (c *answers) say(message answer) {
	line, err := json.Marshal(message)
	if err != nil {
		fmt.Fprintln(os.Stderr, "netproof-gvisor:", err)
		os.Exit(1)
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if _, err := c.to.Write(append(line, '\n')); err != nil {
		os.Exit(0)
	}
}

func (c *answers) refuse(id uint64, r *refusal) {
	c.say(answer{ID: id, Type: "error", Message: r.words, Unsupported: r.unsupported})
}

func (c *answers) returned(id uint64, what outcome) {
	c.say(answer{ID: id, Type: "returned", Time: time.Now().UnixMicro(), Outcome: &what})
}

// adapter serves one runner.
type adapter struct {
	channel *answers
	worlds  map[uint64]*world
}

func (a *adapter) serve(r *request) *refusal {
	w := a.worlds[r.World]
	if w == nil && r.Type != "hello" && r.Type != "open" {
		return nonsense("there is no world %d", r.World)
	}
	switch r.Type {
	case "hello":
		if r.Protocol != protocol {
			return nonsense("a version of the protocol that is not %d", protocol)
		}
		a.channel.say(answer{ID: r.ID, Type: "hello", Protocol: protocol, Stack: stackName, Features: []string{"counters"}})
	case "open":
		if w != nil {
			return nonsense("there is a world %d already", r.World)
		}
		made, refused := openWorld(r, a.channel)
		if refused != nil {
			return refused
		}
		a.worlds[r.World] = made
		a.channel.say(answer{ID: r.ID, Type: "opened"})
	case "call":
		if r.Call == nil {
			return nonsense("a call without a request")
		}
		w.start(r.ID, r.Call)
	case "command":
		status, refused := w.command(r.Text)
		if refused != nil {
			return refused
		}
		a.channel.say(answer{ID: r.ID, Type: "exited", Status: &status})
	case "counters":
		w.collect()
		a.channel.say(answer{ID: r.ID, Type: "counters", Counters: w.counters()})
	case "close":
		delete(a.worlds, r.World)
		w.close()
		a.channel.say(answer{ID: r.ID, Type: "closed"})
	default:
		return nonsense("%q is no request of this protocol", r.Type)
	}
	return nil
}

func main() {
	a := &adapter{&answers{to: os.Stdout}, map[uint64]*world{}}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<16), longestLine)
	for lines.Scan() {
		var r request
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			fmt.Fprintln(os.Stderr, "netproof-gvisor: a line that is no request:", err)
			os.Exit(1)
		}
		if refused := a.serve(&r); refused != nil {
			a.channel.refuse(r.ID, refused)
		}
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(os.Stderr, "netproof-gvisor:", err)
		os.Exit(1)
	}
}
