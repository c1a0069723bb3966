//! The socket calls that smoltcp has something for.

use crate::address::Sockaddr;
use crate::outcome::{Answer, Attempt, Fields, Refusal, errno, nonsense, result, result_with, unsupported};
use crate::tcp::{Broken, Listener, Role, Stream, TcpFile};
use crate::udp::UdpFile;
use crate::world::{File, Kind, Progress, World};
use serde_json::{Map, Value, json};
use smoltcp::socket::tcp::{ConnectError, State};
use smoltcp::time::Duration;

const O_NONBLOCK: i64 = libc::O_NONBLOCK as i64;
const SIOCOUTQ: i64 = 0x5411;
/// What smoltcp's calls do without being asked: they never wait, and there are no signals.
const HARMLESS_FLAGS: i32 = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;

impl World {
    /// Makes a call, or tries once more to finish one that waits.
    pub fn attempt(&mut self, request: &Map<String, Value>, progress: &mut Progress) -> Answer {
        let fields = Fields(request);
        match fields.text("name")? {
            "socket" => self.socket(&fields),
            "bind" => self.bind(&fields),
            "listen" => self.listen(&fields),
            "accept" => self.accept(&fields),
            "connect" => self.connect(&fields, progress),
            "read" => self.receive(&fields, Into::Buffer(fields.length("length")?), 0),
            "readv" => self.receive(&fields, Into::Vector(fields.room("lengths")?), 0),
            "recvfrom" => self.receive(&fields, Into::From(fields.length("length")?), fields.int("flags")?),
            "recvmsg" => self.receive(&fields, Into::Message(fields.room("lengths")?), fields.int("flags")?),
            "write" => self.send(&fields, fields.octets("data", "length")?, 0, progress),
            "writev" => self.send(&fields, fields.gather("data")?, 0, progress),
            "sendto" => self.send(
                &fields,
                fields.octets("data", "length")?,
                fields.int("flags")?,
                progress,
            ),
            "sendmsg" if !fields.is_null("control") => unsupported("sendmsg with control messages"),
            "sendmsg" => self.send(&fields, fields.gather("data")?, fields.int("flags")?, progress),
            "shutdown" => self.shutdown(&fields),
            "close" => self.close(fields.int("fd")?),
            "fcntl" => self.fcntl(&fields),
            "ioctl" => self.ioctl(&fields),
            "poll" => self.poll_call(&fields, progress),
            "getsockname" => self.name(&fields, false),
            "getpeername" => self.name(&fields, true),
            "getsockopt" => self.getsockopt(&fields),
            "setsockopt" => self.setsockopt(&fields),
            name => unsupported(format!("{name}: smoltcp has nothing like it")),
        }
    }

    fn socket(&mut self, fields: &Fields) -> Answer {
        let (family, kind, protocol) = (fields.int("domain")?, fields.int("type")?, fields.int("protocol")?);
        if family != libc::AF_INET && family != libc::AF_INET6 {
            return unsupported(format!("a socket of family {family}"));
        }
        let nonblocking = kind & libc::SOCK_NONBLOCK != 0;
        let made = match (kind & 0xf, protocol) {
            (libc::SOCK_STREAM, 0 | libc::IPPROTO_TCP) => Kind::Tcp(TcpFile::new()),
            (libc::SOCK_DGRAM, 0 | libc::IPPROTO_UDP) => Kind::Udp(UdpFile::new(&mut self.stack)),
            (kind, protocol) => return unsupported(format!("a socket of type {kind}, protocol {protocol}")),
        };
        self.insert(File {
            family,
            nonblocking,
            bound: None,
            kind: made,
        })
    }

    fn address(&self, fields: &Fields, length: &str, family: i32) -> Result<Result<Sockaddr, i32>, Refusal> {
        Ok(Sockaddr::parse(&fields.octets("address", length)?, family))
    }

    fn bind(&mut self, fields: &Fields) -> Answer {
        let fd = fields.int("fd")?;
        let Some(file) = self.files.get(&fd) else {
            return errno(libc::EBADF);
        };
        let mut address = match self.address(fields, "length", file.family)? {
            Ok(address) => address,
            Err(number) => return errno(number),
        };
        if file.bound.is_some() {
            return errno(libc::EINVAL);
        }
        if address.port == 0 {
            address.port = self.stack.ephemeral_port();
        } else if self.port_taken(address.port) {
            return unsupported("bind to a port that another descriptor has: smoltcp does not look");
        }
        if !address.address.is_unspecified() && !self.stack.interface.has_ip_addr(address.address) {
            return unsupported("bind to an address that the interface does not have: smoltcp does not look");
        }
        let Some(file) = self.files.get_mut(&fd) else {
            return errno(libc::EBADF);
        };
        if let Kind::Udp(udp) = &file.kind {
            if let Err(error) = udp.socket(&mut self.stack).bind(address.listen_endpoint()) {
                return unsupported(format!("bind: smoltcp says {error}"));
            }
        }
        file.bound = Some(address);
        result(0)
    }

    fn listen(&mut self, fields: &Fields) -> Answer {
        let (fd, backlog) = (fields.int("fd")?, fields.int("backlog")?);
        let port = self.stack.ephemeral_port();
        let Some(file) = self.files.get_mut(&fd) else {
            return errno(libc::EBADF);
        };
        let Kind::Tcp(tcp) = &mut file.kind else {
            return errno(libc::EOPNOTSUPP);
        };
        match tcp.role {
            Role::Fresh => {}
            Role::Listener(_) => return unsupported("listen on a socket that listens"),
            Role::Stream(_) => return errno(libc::EINVAL),
        }
        let address = *file.bound.get_or_insert(Sockaddr {
            port,
            ..Sockaddr::unspecified(file.family)
        });
        let mut listener = Listener::new(address.listen_endpoint(), backlog);
        listener.fill(&tcp.options, &mut self.stack);
        tcp.role = Role::Listener(listener);
        result(0)
    }

    fn accept(&mut self, fields: &Fields) -> Answer {
        let (fd, flags) = (fields.int("fd")?, fields.int("flags")?);
        let Some(file) = self.files.get_mut(&fd) else {
            return errno(libc::EBADF);
        };
        let (family, bound, nonblocking) = (file.family, file.bound, file.nonblocking);
        let Kind::Tcp(tcp) = &mut file.kind else {
            return errno(libc::EOPNOTSUPP);
        };
        let options = tcp.options.clone();
        let Role::Listener(listener) = &mut tcp.role else {
            return errno(libc::EINVAL);
        };
        let Some(stream) = listener.accept(&mut self.stack) else {
            return if nonblocking {
                errno(libc::EAGAIN)
            } else {
                Ok(Attempt::Block)
            };
        };
        listener.fill(&options, &mut self.stack);
        let peer = stream.peer.unwrap_or(Sockaddr::unspecified(family)).format(family);
        let nonblocking = flags & libc::SOCK_NONBLOCK != 0;
        let kind = Kind::Tcp(TcpFile::with(options, stream));
        match self.insert(File {
            family,
            nonblocking,
            bound,
            kind,
        })? {
            Attempt::Returned(mut outcome) => {
                outcome["address"] = json!(crate::outcome::base64(&peer));
                Ok(Attempt::Returned(outcome))
            }
            Attempt::Block => Ok(Attempt::Block),
        }
    }

    fn connect(&mut self, fields: &Fields, progress: &mut Progress) -> Answer {
        let fd = fields.int("fd")?;
        let port = self.stack.ephemeral_port();
        let Some(file) = self.files.get_mut(&fd) else {
            return errno(libc::EBADF);
        };
        let (family, nonblocking) = (file.family, file.nonblocking);
        let Kind::Tcp(tcp) = &mut file.kind else {
            return unsupported("connect of a UDP socket: smoltcp's has no peer");
        };
        if Sockaddr::is_of_no_family(&fields.octets("address", "length")?) {
            return unsupported("connect to an address of no family: smoltcp dissolves no connection");
        }
        match &mut tcp.role {
            Role::Listener(_) => return errno(libc::EISCONN),
            Role::Stream(stream) => return connecting(stream, &mut self.stack, nonblocking, progress.started),
            Role::Fresh => {}
        }
        let remote = match Sockaddr::parse(&fields.octets("address", "length")?, family) {
            Ok(remote) => remote,
            Err(number) => return errno(number),
        };
        let local = file
            .bound
            .unwrap_or(Sockaddr {
                port,
                ..Sockaddr::unspecified(family)
            })
            .listen_endpoint();
        let mut stream = tcp.stream(&mut self.stack);
        let socket = self
            .stack
            .sockets
            .get_mut::<smoltcp::socket::tcp::Socket>(stream.handle);
        match socket.connect(self.stack.interface.context(), remote.endpoint(), local) {
            Ok(()) => {}
            Err(error) => {
                self.stack.sockets.remove(stream.handle);
                return match error {
                    ConnectError::Unaddressable => {
                        unsupported("connect: smoltcp says that there is no way to it, not why")
                    }
                    ConnectError::InvalidState => nonsense("connect: smoltcp says that the socket is open"),
                };
            }
        }
        stream.look(&mut self.stack);
        file.bound = stream.local;
        tcp.role = Role::Stream(stream);
        progress.started = true;
        if nonblocking {
            errno(libc::EINPROGRESS)
        } else {
            Ok(Attempt::Block)
        }
    }

    fn receive(&mut self, fields: &Fields, into: Into, flags: i32) -> Answer {
        let fd = fields.int("fd")?;
        let Some(file) = self.files.get_mut(&fd) else {
            return errno(libc::EBADF);
        };
        if flags & !(HARMLESS_FLAGS | libc::MSG_PEEK) != 0 {
            return unsupported(format!("receiving with flags {flags:#x}"));
        }
        let peek = flags & libc::MSG_PEEK != 0;
        let nonblocking = file.nonblocking || flags & libc::MSG_DONTWAIT != 0;
        if into.takes_pointer() && !fields.is_true("buffer") && into.room() > 0 {
            return unsupported("a null pointer for the buffer");
        }
        let waits = || {
            if nonblocking {
                errno(libc::EAGAIN)
            } else {
                Ok(Attempt::Block)
            }
        };
        match &mut file.kind {
            Kind::Tcp(tcp) => {
                let Role::Stream(stream) = &mut tcp.role else {
                    return errno(libc::ENOTCONN);
                };
                stream.look(&mut self.stack);
                let socket = stream.socket(&mut self.stack);
                let mut data = vec![0; into.room().min(socket.recv_queue())];
                if socket.can_recv() || into.room() == 0 {
                    let taken = if peek {
                        socket.peek_slice(&mut data)
                    } else {
                        socket.recv_slice(&mut data)
                    };
                    data.truncate(taken.unwrap_or(0));
                    return into.outcome(&data, None, false);
                }
                if let Some(answer) = broken(stream) {
                    return answer;
                }
                let socket = stream.socket(&mut self.stack);
                let opening = matches!(socket.state(), State::SynSent | State::SynReceived);
                if opening || socket.may_recv() {
                    waits()
                } else {
                    into.outcome(&[], None, false)
                }
            }
            Kind::Udp(udp) => {
                let family = file.family;
                let socket = udp.socket(&mut self.stack);
                if !socket.can_recv() {
                    return waits();
                }
                let taken = if peek {
                    socket.peek().map(|(data, meta)| (data.to_vec(), meta.endpoint))
                } else {
                    socket.recv().map(|(data, meta)| (data.to_vec(), meta.endpoint))
                };
                let Ok((data, from)) = taken else { return waits() };
                let kept = &data[..data.len().min(into.room())];
                into.outcome(kept, Some(Sockaddr::from(from).format(family)), kept.len() < data.len())
            }
        }
    }

    fn send(&mut self, fields: &Fields, data: Vec<u8>, flags: i32, progress: &mut Progress) -> Answer {
        let fd = fields.int("fd")?;
        if flags & !HARMLESS_FLAGS != 0 {
            return unsupported(format!("sending with flags {flags:#x}"));
        }
        let Some(file) = self.files.get_mut(&fd) else {
            return errno(libc::EBADF);
        };
        let nonblocking = file.nonblocking || flags & libc::MSG_DONTWAIT != 0;
        let family = file.family;
        match &mut file.kind {
            Kind::Tcp(tcp) => {
                let Role::Stream(stream) = &mut tcp.role else {
                    return errno(libc::EPIPE);
                };
                stream.look(&mut self.stack);
                if let Some(answer) = broken(stream) {
                    return answer;
                }
                let socket = stream.socket(&mut self.stack);
                if !matches!(socket.state(), State::SynSent | State::SynReceived) {
                    match socket.send_slice(&data[progress.written..]) {
                        Ok(taken) => progress.written += taken,
                        Err(_) => return errno(libc::EPIPE),
                    }
                }
                match progress.written {
                    written if written == data.len() || nonblocking && written > 0 => result(written),
                    _ if nonblocking => errno(libc::EAGAIN),
                    _ => Ok(Attempt::Block),
                }
            }
            Kind::Udp(_) => {
                if fields.is_null("address") {
                    return errno(libc::EDESTADDRREQ);
                }
                let octets = match fields.0.get("address_length") {
                    Some(_) => fields.octets("address", "address_length")?,
                    None => fields.whole("address")?,
                };
                match Sockaddr::parse(&octets, family) {
                    Ok(to) => self.send_datagram(fd, &data, to, nonblocking),
                    Err(number) => errno(number),
                }
            }
        }
    }

    fn send_datagram(&mut self, fd: i32, data: &[u8], to: Sockaddr, nonblocking: bool) -> Answer {
        let port = self.stack.ephemeral_port();
        let Some(file) = self.files.get_mut(&fd) else {
            return errno(libc::EBADF);
        };
        let Kind::Udp(udp) = &file.kind else {
            return errno(libc::EINVAL);
        };
        let bound = *file.bound.get_or_insert(Sockaddr {
            port,
            ..Sockaddr::unspecified(file.family)
        });
        let socket = udp.socket(&mut self.stack);
        if !socket.is_open() {
            if let Err(error) = socket.bind(bound.listen_endpoint()) {
                return unsupported(format!("bind: smoltcp says {error}"));
            }
        }
        match socket.send_slice(data, to.endpoint()) {
            Ok(()) => result(data.len()),
            Err(smoltcp::socket::udp::SendError::BufferFull) if socket.payload_send_capacity() < data.len() => {
                errno(libc::EMSGSIZE)
            }
            Err(smoltcp::socket::udp::SendError::BufferFull) if nonblocking => errno(libc::EAGAIN),
            Err(smoltcp::socket::udp::SendError::BufferFull) => Ok(Attempt::Block),
            Err(error) => unsupported(format!("sendto: smoltcp says {error}, not why")),
        }
    }

    fn shutdown(&mut self, fields: &Fields) -> Answer {
        let (fd, how) = (fields.int("fd")?, fields.int("how")?);
        let Some(file) = self.files.get_mut(&fd) else {
            return errno(libc::EBADF);
        };
        let Kind::Tcp(tcp) = &mut file.kind else {
            return unsupported("shutdown of a UDP socket");
        };
        let Role::Stream(stream) = &mut tcp.role else {
            return errno(libc::ENOTCONN);
        };
        if how != libc::SHUT_WR {
            return unsupported("shutdown of the receiving side: smoltcp has none");
        }
        let socket = stream.socket(&mut self.stack);
        if matches!(socket.state(), State::Closed | State::SynSent) {
            return errno(libc::ENOTCONN);
        }
        socket.close();
        result(0)
    }

    fn fcntl(&mut self, fields: &Fields) -> Answer {
        let (fd, command) = (fields.int("fd")?, fields.int("command")?);
        let Some(file) = self.files.get_mut(&fd) else {
            return errno(libc::EBADF);
        };
        match command {
            libc::F_GETFL => result((libc::O_RDWR | if file.nonblocking { libc::O_NONBLOCK } else { 0 }) as usize),
            libc::F_SETFL => {
                file.nonblocking = fields.integer("argument")? & O_NONBLOCK != 0;
                result(0)
            }
            _ => unsupported(format!("fcntl with command {command}")),
        }
    }

    fn ioctl(&mut self, fields: &Fields) -> Answer {
        let (fd, command) = (fields.int("fd")?, fields.integer("command")?);
        let Some(file) = self.files.get_mut(&fd) else {
            return errno(libc::EBADF);
        };
        let Kind::Tcp(TcpFile {
            role: Role::Stream(stream),
            ..
        }) = &file.kind
        else {
            return unsupported("ioctl on what is no connection");
        };
        let socket = stream.socket(&mut self.stack);
        let octets = match command {
            command if command == libc::FIONREAD as i64 => socket.recv_queue(),
            SIOCOUTQ => socket.send_queue(),
            _ => return unsupported(format!("ioctl with command {command:#x}")),
        };
        result_with(
            0,
            json!({ "data": crate::outcome::base64(&(octets as i32).to_le_bytes()) }),
        )
    }

    fn name(&mut self, fields: &Fields, peer: bool) -> Answer {
        let (fd, length) = (fields.int("fd")?, fields.length("length")?);
        let Some(file) = self.files.get_mut(&fd) else {
            return errno(libc::EBADF);
        };
        let mut address = file.bound.unwrap_or(Sockaddr::unspecified(file.family));
        if let Kind::Tcp(TcpFile {
            role: Role::Stream(stream),
            ..
        }) = &mut file.kind
        {
            stream.look(&mut self.stack);
            address = stream.local.unwrap_or(address);
            if peer {
                match (stream.peer, stream.socket(&mut self.stack).state()) {
                    (Some(remote), state) if state != State::Closed => address = remote,
                    _ => return errno(libc::ENOTCONN),
                }
            }
        } else if peer {
            return errno(libc::ENOTCONN);
        }
        let mut octets = address.format(file.family);
        octets.truncate(length);
        result_with(0, json!({ "address": crate::outcome::base64(&octets) }))
    }

    fn poll_call(&mut self, fields: &Fields, progress: &mut Progress) -> Answer {
        let mut ready = 0;
        let mut revents = Vec::new();
        for item in fields.list("fds")? {
            let Value::Object(item) = item else {
                return nonsense("a pollfd that is not an object");
            };
            let (fd, events) = (Fields(item).int("fd")?, Fields(item).int("events")?);
            if events & i32::from(libc::POLLPRI) != 0 {
                return unsupported("POLLPRI: smoltcp has no urgent data");
            }
            let seen = self.events(fd, events);
            ready += usize::from(seen != 0);
            revents.push(seen);
        }
        let timeout = fields.integer("timeout_ms")?;
        let now = self.stack.now;
        if timeout > 0 && progress.deadline.is_none() {
            progress.deadline = Some(now + Duration::from_millis(timeout as u64));
        }
        let over = timeout == 0 || progress.deadline.is_some_and(|deadline| deadline <= now);
        if ready == 0 && !over {
            Ok(Attempt::Block)
        } else {
            result_with(ready, json!({ "revents": revents }))
        }
    }

    fn events(&mut self, fd: i32, asked: i32) -> i32 {
        if fd < 0 {
            return 0;
        }
        let Some(file) = self.files.get_mut(&fd) else {
            return i32::from(libc::POLLNVAL);
        };
        let (mut readable, mut writable, mut always) = (false, false, 0);
        match &mut file.kind {
            Kind::Udp(udp) => {
                let socket = udp.socket(&mut self.stack);
                readable = socket.can_recv();
                writable = !socket.is_open() || socket.can_send();
            }
            Kind::Tcp(tcp) => match &mut tcp.role {
                Role::Fresh => (writable, always) = (true, i32::from(libc::POLLHUP)),
                Role::Listener(listener) => readable = listener.has_one(),
                Role::Stream(stream) => {
                    stream.look(&mut self.stack);
                    let socket = stream.socket(&mut self.stack);
                    let state = socket.state();
                    let opening = matches!(state, State::SynSent | State::SynReceived);
                    let ended = !opening && !socket.may_recv();
                    readable = socket.can_recv() || ended;
                    writable = socket.can_send() || !opening && !socket.may_send();
                    if stream.broken.is_some() {
                        always |= i32::from(libc::POLLERR);
                    }
                    if state == State::Closed {
                        always |= i32::from(libc::POLLHUP);
                    }
                    if ended || state == State::CloseWait {
                        always |= i32::from(libc::POLLRDHUP) & asked;
                        readable = true;
                    }
                }
            },
        }
        let mut seen = always;
        if readable {
            seen |= asked & i32::from(libc::POLLIN | libc::POLLRDNORM);
        }
        if writable {
            seen |= asked & i32::from(libc::POLLOUT | libc::POLLWRNORM);
        }
        seen
    }
}

/// How a `connect` goes on, or what a further one says.
fn connecting(stream: &mut Stream, stack: &mut crate::world::Stack, nonblocking: bool, started: bool) -> Answer {
    stream.look(stack);
    if let Some(answer) = broken(stream) {
        return answer;
    }
    match stream.socket(stack).state() {
        State::SynSent | State::SynReceived if nonblocking => errno(libc::EALREADY),
        State::SynSent | State::SynReceived => Ok(Attempt::Block),
        State::Closed => errno(libc::ECONNABORTED),
        _ if started || !stream.announced => {
            stream.announced = true;
            result(0)
        }
        _ => errno(libc::EISCONN),
    }
}

/// The error that a connection ended with, told once.
fn broken(stream: &mut Stream) -> Option<Answer> {
    Some(match stream.broken.take()? {
        Broken::Refused => errno(libc::ECONNREFUSED),
        Broken::Reset => errno(libc::ECONNRESET),
        Broken::Unknown => unsupported("why a connection with a time limit ended: smoltcp does not say"),
    })
}

/// Where octets go, and how many there is room for.
enum Into {
    Buffer(usize),
    Vector(usize),
    From(usize),
    Message(usize),
}

impl Into {
    fn room(&self) -> usize {
        match self {
            Into::Buffer(room) | Into::Vector(room) | Into::From(room) | Into::Message(room) => *room,
        }
    }

    fn takes_pointer(&self) -> bool {
        matches!(self, Into::Buffer(_) | Into::From(_))
    }

    fn outcome(&self, data: &[u8], from: Option<Vec<u8>>, cut: bool) -> Answer {
        let mut outcome = json!({ "data": crate::outcome::base64(data) });
        if let (Into::From(_) | Into::Message(_), Some(from)) = (self, from) {
            outcome["address"] = json!(crate::outcome::base64(&from));
        }
        if let Into::Message(_) = self {
            outcome["msg_flags"] = json!(if cut { libc::MSG_TRUNC } else { 0 });
        }
        result_with(data.len(), outcome)
    }
}
