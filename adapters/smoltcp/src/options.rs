//! The socket options that smoltcp has.

use crate::outcome::{Answer, Fields, base64, errno, result, result_with, unsupported};
use crate::tcp::{Broken, Role};
use crate::world::{Kind, World};
use serde_json::json;
use smoltcp::socket::tcp::CongestionControl;
use smoltcp::time::Duration;

const LARGEST_BUFFER: i32 = 1 << 24;

fn name(level: i32, option: i32) -> String {
    let known = match (level, option) {
        (libc::IPPROTO_TCP, libc::TCP_MAXSEG) => "TCP_MAXSEG",
        (libc::IPPROTO_TCP, libc::TCP_INFO) => "TCP_INFO",
        (libc::IPPROTO_TCP, libc::TCP_KEEPINTVL) => "TCP_KEEPINTVL",
        (libc::IPPROTO_TCP, libc::TCP_KEEPCNT) => "TCP_KEEPCNT",
        (libc::IPPROTO_TCP, libc::TCP_CORK) => "TCP_CORK",
        (libc::IPPROTO_IP, libc::IP_MTU_DISCOVER) => "IP_MTU_DISCOVER",
        (libc::IPPROTO_IP, libc::IP_RECVERR) => "IP_RECVERR",
        (libc::IPPROTO_IP, libc::IP_TOS) => "IP_TOS",
        (libc::IPPROTO_IP, libc::IP_MTU) => "IP_MTU",
        _ => return format!("option {option} of level {level}"),
    };
    known.to_string()
}

impl World {
    pub fn getsockopt(&mut self, fields: &Fields) -> Answer {
        let (fd, level, option) = (fields.int("fd")?, fields.int("level")?, fields.int("option")?);
        let length = fields.length("length")?;
        let Some(file) = self.files.get_mut(&fd) else {
            return errno(libc::EBADF);
        };
        let missing = || unsupported(format!("getsockopt: {}", name(level, option)));
        let number = match (&mut file.kind, level, option) {
            (Kind::Tcp(_), libc::SOL_SOCKET, libc::SO_TYPE) => libc::SOCK_STREAM,
            (Kind::Udp(_), libc::SOL_SOCKET, libc::SO_TYPE) => libc::SOCK_DGRAM,
            (_, libc::SOL_SOCKET, libc::SO_DOMAIN) => file.family,
            (Kind::Tcp(tcp), libc::SOL_SOCKET, libc::SO_ERROR) => match &mut tcp.role {
                Role::Stream(stream) => {
                    stream.look(&mut self.stack);
                    match stream.broken.take() {
                        None => 0,
                        Some(Broken::Refused) => libc::ECONNREFUSED,
                        Some(Broken::Reset) => libc::ECONNRESET,
                        Some(Broken::Unknown) => {
                            return unsupported("why a connection with a time limit ended: smoltcp does not say");
                        }
                    }
                }
                Role::Fresh | Role::Listener(_) => 0,
            },
            (Kind::Tcp(tcp), libc::SOL_SOCKET, libc::SO_ACCEPTCONN) => matches!(tcp.role, Role::Listener(_)).into(),
            (Kind::Tcp(tcp), libc::SOL_SOCKET, libc::SO_RCVBUF) => tcp.options.receive_buffer as i32,
            (Kind::Tcp(tcp), libc::SOL_SOCKET, libc::SO_SNDBUF) => tcp.options.send_buffer as i32,
            (Kind::Tcp(tcp), libc::SOL_SOCKET, libc::SO_KEEPALIVE) => tcp.options.keep_alive.into(),
            (Kind::Tcp(tcp), libc::IPPROTO_TCP, libc::TCP_NODELAY) => (!tcp.options.nagle).into(),
            (Kind::Tcp(tcp), libc::IPPROTO_TCP, libc::TCP_KEEPIDLE) => tcp.options.keep_alive_idle.secs() as i32,
            (Kind::Tcp(tcp), libc::IPPROTO_TCP, libc::TCP_USER_TIMEOUT) => {
                tcp.options.timeout.map_or(0, |time| time.total_millis() as i32)
            }
            (Kind::Tcp(tcp), libc::IPPROTO_TCP, libc::TCP_CONGESTION) => {
                let mut name: Vec<u8> = match tcp.options.congestion {
                    CongestionControl::Reno => b"reno\0".to_vec(),
                    CongestionControl::Cubic => b"cubic\0".to_vec(),
                    _ => return missing(),
                };
                name.resize(16, 0);
                name.truncate(length);
                return result_with(0, json!({ "data": base64(&name) }));
            }
            _ => return missing(),
        };
        let mut octets = number.to_le_bytes().to_vec();
        octets.truncate(length);
        result_with(0, json!({ "data": base64(&octets) }))
    }

    pub fn setsockopt(&mut self, fields: &Fields) -> Answer {
        let (fd, level, option) = (fields.int("fd")?, fields.int("level")?, fields.int("option")?);
        let Some(file) = self.files.get_mut(&fd) else {
            return errno(libc::EBADF);
        };
        let missing = || unsupported(format!("setsockopt: {}", name(level, option)));
        let value = fields.octets("value", "length")?;
        if (level, option) == (libc::IPPROTO_TCP, libc::TCP_CONGESTION) {
            let Kind::Tcp(tcp) = &mut file.kind else {
                return missing();
            };
            let control = match value.split(|octet| *octet == 0).next() {
                Some(b"reno") => CongestionControl::Reno,
                Some(b"cubic") => CongestionControl::Cubic,
                _ => return unsupported("a congestion control that smoltcp does not have"),
            };
            tcp.options.congestion = control;
            if let Role::Stream(stream) = &tcp.role {
                stream.socket(&mut self.stack).set_congestion_control(control);
            }
            return result(0);
        }
        let Some(first) = value.first_chunk::<4>() else {
            return unsupported("an option's value of less than 4 octets");
        };
        let number = i32::from_le_bytes(*first);
        match (&mut file.kind, level, option) {
            // smoltcp never refuses an address: that is what this asks for.
            (_, libc::SOL_SOCKET, libc::SO_REUSEADDR) => return result(0),
            (Kind::Udp(udp), libc::IPPROTO_IP, libc::IP_TTL)
            | (Kind::Udp(udp), libc::IPPROTO_IPV6, libc::IPV6_UNICAST_HOPS) => {
                match hop_limit(number) {
                    Some(limit) => udp.socket(&mut self.stack).set_hop_limit(limit),
                    None => return errno(libc::EINVAL),
                }
                return result(0);
            }
            (Kind::Tcp(tcp), libc::IPPROTO_IP, libc::IP_TTL)
            | (Kind::Tcp(tcp), libc::IPPROTO_IPV6, libc::IPV6_UNICAST_HOPS) => match hop_limit(number) {
                Some(limit) => tcp.options.hop_limit = limit,
                None => return errno(libc::EINVAL),
            },
            (Kind::Tcp(tcp), libc::SOL_SOCKET, libc::SO_KEEPALIVE) => tcp.options.keep_alive = number != 0,
            (Kind::Tcp(tcp), libc::SOL_SOCKET, libc::SO_RCVBUF | libc::SO_SNDBUF) => {
                if !matches!(tcp.role, Role::Fresh) {
                    return unsupported("the size of a buffer once the socket is in use");
                }
                let size = number.clamp(1, LARGEST_BUFFER) as usize;
                if option == libc::SO_RCVBUF {
                    tcp.options.receive_buffer = size
                } else {
                    tcp.options.send_buffer = size
                }
            }
            (Kind::Tcp(tcp), libc::SOL_SOCKET, libc::SO_LINGER) => match (number, value.get(4..8)) {
                (0, _) => tcp.options.abort_on_close = false,
                (_, Some([0, 0, 0, 0])) => tcp.options.abort_on_close = true,
                _ => return unsupported("SO_LINGER with a time"),
            },
            (Kind::Tcp(tcp), libc::IPPROTO_TCP, libc::TCP_NODELAY) => tcp.options.nagle = number == 0,
            (Kind::Tcp(tcp), libc::IPPROTO_TCP, libc::TCP_QUICKACK) => tcp.options.quick_acks = number != 0,
            (Kind::Tcp(tcp), libc::IPPROTO_TCP, libc::TCP_KEEPIDLE) if number > 0 => {
                tcp.options.keep_alive_idle = Duration::from_secs(number as u64);
            }
            (Kind::Tcp(tcp), libc::IPPROTO_TCP, libc::TCP_USER_TIMEOUT) if number >= 0 => {
                tcp.options.timeout = (number > 0).then(|| Duration::from_millis(number as u64));
            }
            _ => return missing(),
        }
        if let Kind::Tcp(tcp) = &file.kind {
            tcp.apply(&mut self.stack);
        }
        result(0)
    }
}

/// `IP_TTL`: -1 is the default, `None` what can't be.
fn hop_limit(number: i32) -> Option<Option<u8>> {
    match number {
        -1 => Some(None),
        1..=255 => Some(Some(number as u8)),
        _ => None,
    }
}
