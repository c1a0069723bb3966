//! A TCP descriptor on smoltcp's sockets.
//!
//! smoltcp has no listener: a socket that listens becomes the connection. So a listening descriptor keeps as many
//! sockets as its backlog says, and puts a fresh one in the place of each that was accepted.

use crate::address::Sockaddr;
use crate::world::Stack;
use smoltcp::iface::SocketHandle;
use smoltcp::socket::tcp::{CongestionControl, Socket, SocketBuffer, State};
use smoltcp::time::Duration;
use smoltcp::wire::IpListenEndpoint;
use std::collections::VecDeque;

/// Octets. More than 65,535 for receiving, so that smoltcp has a use for its window scale.
const RECEIVE_BUFFER: usize = 262_144;
const SEND_BUFFER: usize = 262_144;
/// smoltcp's own default.
const ACK_DELAY: Duration = Duration::from_millis(10);
const MOST_LISTENING: usize = 16;

/// What a listening descriptor hands on to its connections.
#[derive(Clone)]
pub struct Options {
    pub receive_buffer: usize,
    pub send_buffer: usize,
    pub nagle: bool,
    pub keep_alive: bool,
    pub keep_alive_idle: Duration,
    pub timeout: Option<Duration>,
    pub hop_limit: Option<u8>,
    pub quick_acks: bool,
    pub congestion: CongestionControl,
    /// `SO_LINGER` with no time: close is an abort.
    pub abort_on_close: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            receive_buffer: RECEIVE_BUFFER,
            send_buffer: SEND_BUFFER,
            nagle: true,
            keep_alive: false,
            keep_alive_idle: Duration::from_secs(7200),
            timeout: None,
            hop_limit: None,
            quick_acks: false,
            congestion: CongestionControl::Cubic,
            abort_on_close: false,
        }
    }
}

fn milliseconds() -> u32 {
    crate::clock::monotonic().total_millis() as u32
}

impl Options {
    pub fn apply(&self, socket: &mut Socket) {
        socket.set_nagle_enabled(self.nagle);
        socket.set_keep_alive(self.keep_alive.then_some(self.keep_alive_idle));
        socket.set_timeout(self.timeout);
        socket.set_hop_limit(self.hop_limit);
        socket.set_ack_delay((!self.quick_acks).then_some(ACK_DELAY));
    }

    fn socket(&self) -> Socket<'static> {
        let mut socket = Socket::new(
            SocketBuffer::new(vec![0; self.receive_buffer]),
            SocketBuffer::new(vec![0; self.send_buffer]),
        );
        socket.set_tsval_generator(Some(milliseconds));
        socket.set_congestion_control(self.congestion);
        self.apply(&mut socket);
        socket
    }
}

/// Why a connection ended before its time.
#[derive(Clone, Copy, PartialEq)]
pub enum Broken {
    Refused,
    Reset,
    /// By a reset or because its time was up: smoltcp does not say.
    Unknown,
}

/// A connection, or an attempt at one.
pub struct Stream {
    pub handle: SocketHandle,
    pub peer: Option<Sockaddr>,
    pub local: Option<Sockaddr>,
    pub broken: Option<Broken>,
    /// Whether a `connect` has said that it is connected.
    pub announced: bool,
    last: State,
}

/// A descriptor that listens.
pub struct Listener {
    endpoint: IpListenEndpoint,
    waiting: Vec<SocketHandle>,
    ready: VecDeque<SocketHandle>,
    size: usize,
}

pub enum Role {
    Fresh,
    Listener(Listener),
    Stream(Stream),
}

pub struct TcpFile {
    pub options: Options,
    pub role: Role,
}

/// A connection without a descriptor, which smoltcp still winds up.
pub struct Orphan(SocketHandle);

impl Orphan {
    pub fn gone(&mut self, stack: &mut Stack) -> bool {
        let socket = stack.sockets.get::<Socket>(self.0);
        // A reset that is still to be sent keeps the socket's addresses.
        let gone = socket.state() == State::Closed && socket.local_endpoint().is_none();
        if gone {
            stack.sockets.remove(self.0);
        }
        gone
    }
}

impl Stream {
    pub fn socket<'s>(&self, stack: &'s mut Stack) -> &'s mut Socket<'static> {
        stack.sockets.get_mut::<Socket>(self.handle)
    }

    pub fn look(&mut self, stack: &mut Stack) {
        let socket = self.socket(stack);
        let state = socket.state();
        if let Some(local) = socket.local_endpoint() {
            self.local = Some(local.into());
        }
        if let Some(remote) = socket.remote_endpoint() {
            self.peer = Some(remote.into());
        }
        if state == State::Closed && self.broken.is_none() {
            let timed = socket.timeout().is_some();
            self.broken = match self.last {
                State::Closed | State::Listen | State::LastAck | State::Closing | State::TimeWait => None,
                _ if timed => Some(Broken::Unknown),
                // Before it was there once, whoever connects is refused; an accepted one was there.
                State::SynSent | State::SynReceived => Some(Broken::Refused),
                _ => Some(Broken::Reset),
            };
        }
        self.last = state;
    }
}

impl Listener {
    pub fn new(endpoint: IpListenEndpoint, backlog: i32) -> Listener {
        let size = usize::try_from(backlog).unwrap_or(1).clamp(1, MOST_LISTENING);
        Listener {
            endpoint,
            waiting: Vec::new(),
            ready: VecDeque::new(),
            size,
        }
    }

    fn look(&mut self, options: &Options, stack: &mut Stack) {
        let mut still = Vec::new();
        for handle in std::mem::take(&mut self.waiting) {
            match stack.sockets.get::<Socket>(handle).state() {
                State::Listen | State::SynReceived => still.push(handle),
                State::Closed => {
                    stack.sockets.remove(handle);
                }
                _ => self.ready.push_back(handle),
            }
        }
        self.waiting = still;
        self.fill(options, stack);
    }

    pub fn fill(&mut self, options: &Options, stack: &mut Stack) {
        while self.waiting.len() + self.ready.len() < self.size {
            let mut socket = options.socket();
            if socket.listen(self.endpoint).is_err() {
                return;
            }
            self.waiting.push(stack.sockets.add(socket));
        }
    }

    pub fn has_one(&self) -> bool {
        !self.ready.is_empty()
    }

    /// The connection that was there first.
    pub fn accept(&mut self, stack: &mut Stack) -> Option<Stream> {
        while let Some(handle) = self.ready.pop_front() {
            let socket = stack.sockets.get::<Socket>(handle);
            let (Some(local), Some(remote)) = (socket.local_endpoint(), socket.remote_endpoint()) else {
                // A reset came first; smoltcp has forgotten with whom it was.
                stack.sockets.remove(handle);
                continue;
            };
            let last = socket.state();
            return Some(Stream {
                handle,
                peer: Some(remote.into()),
                local: Some(local.into()),
                broken: None,
                announced: true,
                last,
            });
        }
        None
    }
}

impl TcpFile {
    pub fn new() -> TcpFile {
        TcpFile {
            options: Options::default(),
            role: Role::Fresh,
        }
    }

    pub fn with(options: Options, stream: Stream) -> TcpFile {
        TcpFile {
            options,
            role: Role::Stream(stream),
        }
    }

    /// A socket for an active open.
    pub fn stream(&self, stack: &mut Stack) -> Stream {
        let handle = stack.sockets.add(self.options.socket());
        Stream {
            handle,
            peer: None,
            local: None,
            broken: None,
            announced: false,
            last: State::Closed,
        }
    }

    /// Sees what became of the sockets.
    pub fn look(&mut self, stack: &mut Stack) {
        match &mut self.role {
            Role::Fresh => {}
            Role::Listener(listener) => listener.look(&self.options, stack),
            Role::Stream(stream) => stream.look(stack),
        }
    }

    /// Hands an option that was set on to the socket.
    pub fn apply(&self, stack: &mut Stack) {
        match &self.role {
            Role::Fresh => {}
            Role::Listener(listener) => {
                for handle in &listener.waiting {
                    self.options.apply(stack.sockets.get_mut::<Socket>(*handle));
                }
            }
            Role::Stream(stream) => self.options.apply(stream.socket(stack)),
        }
    }

    pub fn close(self, stack: &mut Stack) -> Vec<Orphan> {
        match self.role {
            Role::Fresh => Vec::new(),
            Role::Stream(stream) => {
                let socket = stream.socket(stack);
                if self.options.abort_on_close {
                    socket.abort()
                } else {
                    socket.close()
                }
                vec![Orphan(stream.handle)]
            }
            Role::Listener(listener) => {
                let handles = listener.waiting.into_iter().chain(listener.ready);
                handles
                    .map(|handle| {
                        stack.sockets.get_mut::<Socket>(handle).abort();
                        Orphan(handle)
                    })
                    .collect()
            }
        }
    }
}
