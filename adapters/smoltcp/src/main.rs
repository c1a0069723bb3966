//! netproof's adapter for smoltcp: see README.md beside this folder's Cargo.toml and netproof's docs/adapters.md.

mod address;
mod calls;
mod clock;
mod device;
mod options;
mod outcome;
mod tcp;
mod udp;
mod world;

use outcome::{Fields, Refusal, nonsense, unsupported};
use serde_json::{Map, Value, json};
use smoltcp::time::Duration;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::process::ExitCode;
use world::{Reply, World};

const PROTOCOL: i64 = 1;
const LONGEST_LINE: usize = 16 << 20;
const READ: usize = 1 << 16;

/// Sends one message.
fn say(id: u64, mut message: Value) -> io::Result<()> {
    message["id"] = json!(id);
    let mut line = message.to_string();
    line.push('\n');
    let mut output = io::stdout().lock();
    output.write_all(line.as_bytes())?;
    output.flush()
}

fn reply(id: u64, reply: Reply) -> io::Result<()> {
    say(
        id,
        match reply {
            Reply::Blocked => json!({ "type": "blocked" }),
            Reply::Returned(outcome) => {
                json!({ "type": "returned", "time_us": clock::realtime_us(), "outcome": outcome })
            }
            Reply::Refused(Refusal { message, unsupported }) => {
                json!({ "type": "error", "message": message, "unsupported": unsupported })
            }
        },
    )
}

#[derive(Default)]
struct Adapter {
    worlds: BTreeMap<u64, World>,
}

impl Adapter {
    fn world(&mut self, fields: &Fields) -> Result<(u64, &mut World), Refusal> {
        let number = fields.length("world")? as u64;
        match self.worlds.get_mut(&number) {
            Some(world) => Ok((number, world)),
            None => nonsense(format!("there is no world {number}")),
        }
    }

    /// Serves a request: what it is answered with.
    fn serve(&mut self, id: u64, message: &mut Map<String, Value>) -> Result<Value, Refusal> {
        let call = match message.get_mut("request") {
            Some(Value::Object(request)) => Some(std::mem::take(request)),
            _ => None,
        };
        let fields = Fields(message);
        match fields.text("type")? {
            "hello" if fields.integer("protocol")? != PROTOCOL => nonsense("a version of the protocol that is not 1"),
            "hello" => Ok(json!({ "type": "hello", "protocol": PROTOCOL, "stack": "smoltcp 0.14.0", "features": [] })),
            "open" => {
                let number = fields.length("world")? as u64;
                if self.worlds.contains_key(&number) {
                    return nonsense(format!("there is a world {number} already"));
                }
                let world = World::open(&fields, clock::monotonic(), seed())?;
                self.worlds.insert(number, world);
                Ok(json!({ "type": "opened" }))
            }
            "call" => {
                let Some(request) = call else {
                    return nonsense("a call without a request");
                };
                let name = request.get("name").and_then(Value::as_str).unwrap_or("").to_string();
                let (_, world) = self.world(&fields)?;
                match world.call(id, request, clock::monotonic()) {
                    Reply::Blocked => Ok(json!({ "type": "blocked" })),
                    Reply::Returned(outcome) => {
                        Ok(json!({ "type": "returned", "time_us": clock::realtime_us(), "outcome": outcome }))
                    }
                    Reply::Refused(mut refusal) => {
                        if !refusal.message.contains(&name) {
                            refusal.message = format!("{name}: {}", refusal.message);
                        }
                        Err(refusal)
                    }
                }
            }
            "close" => {
                let (number, world) = self.world(&fields)?;
                for waiting in world.interrupted() {
                    let outcome = json!({ "result": -1, "errno": libc::EINTR });
                    reply(waiting, Reply::Returned(outcome)).unwrap_or(());
                }
                self.worlds.remove(&number);
                Ok(json!({ "type": "closed" }))
            }
            "command" => unsupported("commands: smoltcp has no settings by these names"),
            "counters" => unsupported("counters: smoltcp keeps none"),
            kind => nonsense(format!("{kind} is no request of this protocol")),
        }
    }

    /// One line of the runner's.
    fn line(&mut self, line: &[u8]) -> io::Result<()> {
        let Ok(Value::Object(mut message)) = serde_json::from_slice(line) else {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a line that is no JSON object",
            ));
        };
        let Some(id) = message.get("id").and_then(Value::as_u64) else {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a request without an id"));
        };
        match self.serve(id, &mut message) {
            Ok(answer) => say(id, answer)?,
            Err(refusal) => reply(id, Reply::Refused(refusal))?,
        }
        self.settle()
    }

    /// Answers the calls that need not wait any more.
    fn settle(&mut self) -> io::Result<()> {
        let now = clock::monotonic();
        for world in self.worlds.values_mut() {
            for (id, settled) in world.settled(now) {
                reply(id, settled)?;
            }
        }
        Ok(())
    }

    /// Lets all stacks take in and send what there is.
    fn poll(&mut self) -> io::Result<()> {
        for world in self.worlds.values_mut() {
            world.poll(clock::monotonic());
        }
        self.settle()
    }

    /// Waits for the runner, a device or a timer; says whether the runner wrote.
    fn wait(&mut self) -> io::Result<bool> {
        let mut watched = vec![libc::pollfd {
            fd: 0,
            events: libc::POLLIN,
            revents: 0,
        }];
        let mut soonest: Option<Duration> = None;
        let now = clock::monotonic();
        for world in self.worlds.values_mut() {
            watched.push(libc::pollfd {
                fd: world.device_fd(),
                events: libc::POLLIN,
                revents: 0,
            });
            soonest = [soonest, world.delay(now)].into_iter().flatten().min();
        }
        let time = soonest.map(|delay| libc::timespec {
            tv_sec: delay.secs() as i64,
            tv_nsec: (delay.total_micros() % 1_000_000 * 1_000) as i64,
        });
        let time = time.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
        // SAFETY: the array and the time live through the call.
        let result = unsafe {
            libc::ppoll(
                watched.as_mut_ptr(),
                watched.len() as libc::nfds_t,
                time,
                std::ptr::null(),
            )
        };
        if result < 0 {
            let error = io::Error::last_os_error();
            return if error.kind() == io::ErrorKind::Interrupted {
                Ok(false)
            } else {
                Err(error)
            };
        }
        Ok(watched[0].revents != 0)
    }
}

fn seed() -> u64 {
    let mut octets = [0u8; 8];
    // SAFETY: the buffer is as long as said. Where it stays zero, sequence numbers are easier to guess, no more.
    unsafe { libc::getrandom(octets.as_mut_ptr().cast(), octets.len(), 0) };
    u64::from_le_bytes(octets)
}

/// Where it is allowed, ahead of what else runs: a script's times are checked to a few milliseconds.
fn enter_realtime() {
    let parameters = libc::sched_param { sched_priority: 1 };
    // SAFETY: the structure lives through the call. Refused without the privilege: then a busy machine makes it late.
    unsafe { libc::sched_setscheduler(0, libc::SCHED_RR | libc::SCHED_RESET_ON_FORK, &parameters) };
}

fn serve() -> io::Result<()> {
    let mut adapter = Adapter::default();
    let mut input = Vec::new();
    let mut read = vec![0; READ];
    loop {
        if adapter.wait()? {
            // SAFETY: the buffer is as long as said.
            let length = unsafe { libc::read(0, read.as_mut_ptr().cast(), read.len()) };
            match usize::try_from(length) {
                Ok(0) => return Ok(()),
                Ok(length) => input.extend_from_slice(&read[..length]),
                Err(_) => return Err(io::Error::last_os_error()),
            }
            while let Some(end) = input.iter().position(|octet| *octet == b'\n') {
                let line: Vec<u8> = input.drain(..=end).collect();
                adapter.line(&line)?;
            }
            if input.len() > LONGEST_LINE {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a line of more than 16 MiB"));
            }
        }
        adapter.poll()?;
    }
}

fn main() -> ExitCode {
    enter_realtime();
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("netproof-smoltcp: {error}");
            ExitCode::FAILURE
        }
    }
}
