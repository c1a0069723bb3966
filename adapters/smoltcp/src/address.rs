//! `sockaddr_in` and `sockaddr_in6` of Linux, to and from smoltcp's endpoints.

use smoltcp::wire::{IpAddress, IpEndpoint, IpListenEndpoint, Ipv4Address, Ipv6Address};

const SOCKADDR_IN: usize = 16;
const SOCKADDR_IN6: usize = 28;

/// What a `sockaddr` says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sockaddr {
    pub address: IpAddress,
    pub port: u16,
}

impl Sockaddr {
    /// Whether a `sockaddr` is one that ends an association.
    pub fn is_of_no_family(octets: &[u8]) -> bool {
        octets.len() >= 2 && octets[..2] == (libc::AF_UNSPEC as u16).to_le_bytes()
    }

    /// Reads a `sockaddr` given to a socket of `family`. The error is an errno.
    pub fn parse(octets: &[u8], family: i32) -> Result<Sockaddr, i32> {
        if octets.len() < 2 {
            return Err(libc::EINVAL);
        }
        let said = i32::from(u16::from_le_bytes([octets[0], octets[1]]));
        let needed = if family == libc::AF_INET { SOCKADDR_IN } else { 24 };
        if octets.len() < needed {
            return Err(libc::EINVAL);
        }
        if said != family {
            return Err(libc::EAFNOSUPPORT);
        }
        let port = u16::from_be_bytes([octets[2], octets[3]]);
        let address = if family == libc::AF_INET {
            IpAddress::Ipv4(Ipv4Address::new(octets[4], octets[5], octets[6], octets[7]))
        } else {
            let mut bytes = [0u8; 16];
            bytes.copy_from_slice(&octets[8..24]);
            let address = Ipv6Address::from(bytes);
            // smoltcp's sockets have no family: an IPv4-mapped address is the IPv4 one.
            match address.to_ipv4_mapped() {
                Some(mapped) => IpAddress::Ipv4(mapped),
                None => IpAddress::Ipv6(address),
            }
        };
        Ok(Sockaddr { address, port })
    }

    /// As a socket of `family` shows it.
    pub fn format(&self, family: i32) -> Vec<u8> {
        let mut octets = (family as u16).to_le_bytes().to_vec();
        octets.extend(self.port.to_be_bytes());
        match (family, self.address) {
            (libc::AF_INET, IpAddress::Ipv4(address)) => octets.extend(address.octets()),
            (_, IpAddress::Ipv4(address)) => {
                octets.extend([0; 4]);
                octets.extend(if address.is_unspecified() {
                    Ipv6Address::UNSPECIFIED.octets()
                } else {
                    address.to_ipv6_mapped().octets()
                });
            }
            (_, IpAddress::Ipv6(address)) => {
                octets.extend([0; 4]);
                octets.extend(address.octets());
            }
        }
        octets.resize(
            if family == libc::AF_INET {
                SOCKADDR_IN
            } else {
                SOCKADDR_IN6
            },
            0,
        );
        octets
    }

    /// The address that a socket of `family` has before it is bound.
    pub fn unspecified(family: i32) -> Sockaddr {
        let address = if family == libc::AF_INET {
            IpAddress::Ipv4(Ipv4Address::UNSPECIFIED)
        } else {
            IpAddress::Ipv6(Ipv6Address::UNSPECIFIED)
        };
        Sockaddr { address, port: 0 }
    }

    pub fn endpoint(&self) -> IpEndpoint {
        IpEndpoint::new(self.address, self.port)
    }

    pub fn listen_endpoint(&self) -> IpListenEndpoint {
        IpListenEndpoint {
            addr: (!self.address.is_unspecified()).then_some(self.address),
            port: self.port,
        }
    }
}

impl From<IpEndpoint> for Sockaddr {
    fn from(endpoint: IpEndpoint) -> Self {
        Sockaddr {
            address: endpoint.addr,
            port: endpoint.port,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipv4_comes_back() {
        let octets = [2, 0, 0x1f, 0x90, 192, 168, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
        let parsed = Sockaddr::parse(&octets, libc::AF_INET).unwrap();
        assert_eq!(parsed.port, 8080);
        assert_eq!(parsed.format(libc::AF_INET), octets);
    }

    #[test]
    fn mapped_is_ipv4_and_shown_as_mapped() {
        let ipv4 = Sockaddr {
            address: IpAddress::v4(192, 0, 2, 1),
            port: 7,
        };
        let octets = ipv4.format(libc::AF_INET6);
        assert_eq!(&octets[18..24], &[0xff, 0xff, 192, 0, 2, 1]);
        assert_eq!(Sockaddr::parse(&octets, libc::AF_INET6), Ok(ipv4));
    }

    #[test]
    fn what_is_too_short_or_of_another_family_is_refused() {
        assert_eq!(Sockaddr::parse(&[2, 0, 1], libc::AF_INET), Err(libc::EINVAL));
        assert_eq!(Sockaddr::parse(&[10; 16], libc::AF_INET), Err(libc::EAFNOSUPPORT));
    }
}
