//! One stack on one device, with the descriptors that a script sees.

use crate::address::Sockaddr;
use crate::device::Tun;
use crate::outcome::{Answer, Attempt, Fields, Refusal, errno, nonsense, unsupported};
use crate::tcp::{Orphan, TcpFile};
use crate::udp::UdpFile;
use serde_json::{Map, Value};
use smoltcp::iface::{Config, Interface, Route, SocketSet};
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::{HardwareAddress, IpAddress, IpCidr};
use std::collections::BTreeMap;
use std::os::fd::{AsRawFd, RawFd};
use std::str::FromStr;

const FIRST_DESCRIPTOR: i32 = 3;
const MOST_DESCRIPTORS: usize = 256;
const FIRST_EPHEMERAL_PORT: u16 = 49152;

/// The sockets of smoltcp and what they stand on.
pub struct Stack {
    pub interface: Interface,
    pub sockets: SocketSet<'static>,
    pub now: Instant,
    next_port: u16,
}

impl Stack {
    /// smoltcp leaves the choice of a local port to its user.
    pub fn ephemeral_port(&mut self) -> u16 {
        self.next_port = if self.next_port == u16::MAX {
            FIRST_EPHEMERAL_PORT
        } else {
            self.next_port + 1
        };
        self.next_port
    }
}

pub enum Kind {
    Tcp(TcpFile),
    Udp(UdpFile),
}

/// A descriptor.
pub struct File {
    pub family: i32,
    pub nonblocking: bool,
    pub bound: Option<Sockaddr>,
    pub kind: Kind,
}

/// How far a call that waits has come.
#[derive(Default)]
pub struct Progress {
    pub started: bool,
    pub written: usize,
    pub deadline: Option<Instant>,
}

struct Pending {
    id: u64,
    request: Map<String, Value>,
    progress: Progress,
}

/// What a request is answered with.
pub enum Reply {
    Blocked,
    Returned(Value),
    Refused(Refusal),
}

pub struct World {
    pub stack: Stack,
    pub files: BTreeMap<i32, File>,
    device: Tun,
    pending: Vec<Pending>,
    orphans: Vec<Orphan>,
}

fn prefix(value: &Value, address: &str) -> Result<IpCidr, Refusal> {
    let Value::Object(fields) = value else {
        return nonsense("an address that is not an object");
    };
    let fields = Fields(fields);
    let parsed = IpAddress::from_str(fields.text(address)?);
    let length = u8::try_from(fields.integer("prefix_length")?);
    match (parsed, length) {
        (Ok(IpAddress::Ipv4(address)), Ok(length)) if length <= 32 => Ok(IpCidr::new(address.into(), length)),
        (Ok(IpAddress::Ipv6(address)), Ok(length)) if length <= 128 => Ok(IpCidr::new(address.into(), length)),
        _ => nonsense("not an IP prefix"),
    }
}

impl World {
    pub fn open(fields: &Fields, now: Instant, seed: u64) -> Result<World, Refusal> {
        let mtu = fields.length("mtu")?.clamp(68, 65535);
        if fields.list("addresses")?.is_empty() {
            return unsupported("a stack that takes any destination for its own (smoltcp wants an address)");
        }
        let mut device = match Tun::open(fields.text("netns")?, fields.text("device")?, mtu) {
            Ok(device) => device,
            Err(error) => return nonsense(format!("the device: {error}")),
        };
        let mut config = Config::new(HardwareAddress::Ip);
        config.random_seed = seed;
        let mut interface = Interface::new(config, &mut device, now);
        for value in fields.list("addresses")? {
            let cidr = prefix(value, "address")?;
            let mut full = false;
            interface.update_ip_addrs(|addresses| full = addresses.push(cidr).is_err());
            if full {
                return unsupported("so many addresses");
            }
        }
        for value in fields.list("routes")? {
            let cidr = prefix(value, "destination")?;
            let gateway = value.get("gateway").and_then(Value::as_str).map(IpAddress::from_str);
            let via_router = match gateway {
                Some(Ok(gateway)) => gateway,
                Some(Err(())) => return nonsense("a gateway that is no address"),
                // Without link addresses it is all the same who the next hop is.
                None => cidr.address(),
            };
            let mut full = false;
            interface.routes_mut().update(|routes| {
                full = routes
                    .push(Route {
                        cidr,
                        via_router,
                        preferred_until: None,
                        expires_at: None,
                    })
                    .is_err();
            });
            if full {
                return unsupported("so many routes");
            }
        }
        let next_port = FIRST_EPHEMERAL_PORT + (seed % 16000) as u16;
        let stack = Stack {
            interface,
            sockets: SocketSet::new(Vec::new()),
            now,
            next_port,
        };
        Ok(World {
            stack,
            device,
            files: BTreeMap::new(),
            pending: Vec::new(),
            orphans: Vec::new(),
        })
    }

    pub fn device_fd(&self) -> RawFd {
        self.device.as_raw_fd()
    }

    /// Takes in and sends what there is.
    pub fn poll(&mut self, now: Instant) {
        let stack = &mut self.stack;
        stack.now = now;
        stack.interface.poll(now, &mut self.device, &mut stack.sockets);
        for file in self.files.values_mut() {
            if let Kind::Tcp(tcp) = &mut file.kind {
                tcp.look(stack);
            }
        }
        self.orphans.retain_mut(|orphan| !orphan.gone(stack));
        // What was opened or closed just now may have something to send.
        stack.interface.poll(now, &mut self.device, &mut stack.sockets);
    }

    /// How long the stack and the calls that wait want to be left alone; `None` for ever.
    pub fn delay(&mut self, now: Instant) -> Option<Duration> {
        let stack = self.stack.interface.poll_delay(now, &self.stack.sockets);
        let calls = self
            .pending
            .iter()
            .filter_map(|pending| pending.progress.deadline)
            .min();
        let calls = calls.map(|at| if at > now { at - now } else { Duration::ZERO });
        [stack, calls].into_iter().flatten().min()
    }

    /// Makes a call.
    pub fn call(&mut self, id: u64, request: Map<String, Value>, now: Instant) -> Reply {
        self.poll(now);
        let mut progress = Progress::default();
        let answer = self.attempt(&request, &mut progress);
        self.poll(now);
        match answer {
            Ok(Attempt::Returned(outcome)) => Reply::Returned(outcome),
            Ok(Attempt::Block) => {
                self.pending.push(Pending { id, request, progress });
                Reply::Blocked
            }
            Err(refusal) => Reply::Refused(refusal),
        }
    }

    /// The calls that waited and need not any more.
    pub fn settled(&mut self, now: Instant) -> Vec<(u64, Reply)> {
        let mut settled = Vec::new();
        for mut pending in std::mem::take(&mut self.pending) {
            match self.attempt(&pending.request, &mut pending.progress) {
                Ok(Attempt::Block) => self.pending.push(pending),
                Ok(Attempt::Returned(outcome)) => settled.push((pending.id, Reply::Returned(outcome))),
                Err(refusal) => settled.push((pending.id, Reply::Refused(refusal))),
            }
        }
        if !settled.is_empty() {
            self.poll(now);
        }
        settled
    }

    /// The calls that still wait, when the world ends.
    pub fn interrupted(&mut self) -> Vec<u64> {
        self.pending.drain(..).map(|pending| pending.id).collect()
    }

    pub fn insert(&mut self, file: File) -> Answer {
        if self.files.len() >= MOST_DESCRIPTORS {
            return errno(libc::EMFILE);
        }
        let free = (FIRST_DESCRIPTOR..)
            .find(|fd| !self.files.contains_key(fd))
            .unwrap_or(FIRST_DESCRIPTOR);
        self.files.insert(free, file);
        crate::outcome::result(free as usize)
    }

    /// Whether a descriptor has this port already: smoltcp does not look.
    pub fn port_taken(&self, port: u16) -> bool {
        self.files
            .values()
            .any(|file| file.bound.is_some_and(|bound| bound.port == port))
    }

    pub fn close(&mut self, fd: i32) -> Answer {
        let Some(file) = self.files.remove(&fd) else {
            return errno(libc::EBADF);
        };
        match file.kind {
            Kind::Tcp(tcp) => self.orphans.extend(tcp.close(&mut self.stack)),
            Kind::Udp(udp) => udp.close(&mut self.stack),
        }
        crate::outcome::result(0)
    }
}
