//! The file end of a world's TUN device, as smoltcp wants a device to be.

use smoltcp::phy::{self, Device, DeviceCapabilities, Medium};
use smoltcp::time::Instant;
use std::ffi::CString;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

const TUNSETIFF: libc::c_ulong = 0x4004_54ca;
const IFF_TUN_NO_PI: libc::c_short = 0x0001 | 0x1000;
/// An IP packet can't be longer.
const LARGEST_PACKET: usize = 65535;

/// One IP packet a read, one a write.
pub struct Tun {
    fd: OwnedFd,
    mtu: usize,
    buffer: Vec<u8>,
}

fn checked(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}

fn enter(namespace: &File) -> io::Result<()> {
    // SAFETY: the descriptor is open; setns changes this thread's network namespace and no memory.
    checked(unsafe { libc::setns(namespace.as_raw_fd(), libc::CLONE_NEWNET) }).map(|_| ())
}

fn attach(device: &str) -> io::Result<OwnedFd> {
    let path = CString::new("/dev/net/tun").expect("no NUL in it");
    // SAFETY: the path is a C string; the descriptor that comes back is owned by nobody else.
    let fd = unsafe {
        OwnedFd::from_raw_fd(checked(libc::open(
            path.as_ptr(),
            libc::O_RDWR | libc::O_NONBLOCK | libc::O_CLOEXEC,
        ))?)
    };
    // SAFETY: zero octets are a valid ifreq.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    if device.is_empty() || device.len() >= request.ifr_name.len() || !device.is_ascii() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not the name of a device"));
    }
    for (to, from) in request.ifr_name.iter_mut().zip(device.bytes()) {
        *to = from as libc::c_char;
    }
    request.ifr_ifru.ifru_flags = IFF_TUN_NO_PI;
    // SAFETY: TUNSETIFF reads an ifreq, which lives through the call.
    checked(unsafe { libc::ioctl(fd.as_raw_fd(), TUNSETIFF, &request) })?;
    Ok(fd)
}

impl Tun {
    /// Attaches to `device` in the network namespace that the file `netns` stands for.
    pub fn open(netns: &str, device: &str, mtu: usize) -> io::Result<Tun> {
        let home = File::open("/proc/thread-self/ns/net")?;
        enter(&File::open(netns)?)?;
        let attached = attach(device);
        enter(&home)?;
        Ok(Tun {
            fd: attached?,
            mtu,
            buffer: vec![0; LARGEST_PACKET],
        })
    }
}

impl AsRawFd for Tun {
    fn as_raw_fd(&self) -> RawFd {
        self.fd.as_raw_fd()
    }
}

pub struct Received<'a>(&'a [u8]);
pub struct Transmit(RawFd);

impl phy::RxToken for Received<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(self.0)
    }
}

impl phy::TxToken for Transmit {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, f: F) -> R {
        let mut packet = vec![0; length];
        let result = f(&mut packet);
        // SAFETY: the descriptor is open as long as the device, the buffer is `length` octets. A packet that the device
        // does not take is lost, as on a wire.
        unsafe { libc::write(self.0, packet.as_ptr().cast(), packet.len()) };
        result
    }
}

impl Device for Tun {
    type RxToken<'a> = Received<'a>;
    type TxToken<'a> = Transmit;

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ip;
        capabilities.max_transmission_unit = self.mtu;
        capabilities
    }

    fn receive(&mut self, _: Instant) -> Option<(Received<'_>, Transmit)> {
        // SAFETY: the descriptor is open, the buffer is as long as said.
        let length = unsafe { libc::read(self.fd.as_raw_fd(), self.buffer.as_mut_ptr().cast(), self.buffer.len()) };
        if length <= 0 {
            return None;
        }
        Some((Received(&self.buffer[..length as usize]), Transmit(self.fd.as_raw_fd())))
    }

    fn transmit(&mut self, _: Instant) -> Option<Transmit> {
        Some(Transmit(self.fd.as_raw_fd()))
    }
}
