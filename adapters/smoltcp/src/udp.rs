//! A UDP descriptor on smoltcp's socket.

use crate::world::Stack;
use smoltcp::iface::SocketHandle;
use smoltcp::socket::udp::{PacketBuffer, PacketMetadata, Socket};

const DATAGRAMS: usize = 64;
const OCTETS: usize = 262_144;

pub struct UdpFile {
    pub handle: SocketHandle,
}

impl UdpFile {
    pub fn new(stack: &mut Stack) -> UdpFile {
        let buffer = || PacketBuffer::new(vec![PacketMetadata::EMPTY; DATAGRAMS], vec![0; OCTETS]);
        UdpFile {
            handle: stack.sockets.add(Socket::new(buffer(), buffer())),
        }
    }

    pub fn socket<'s>(&self, stack: &'s mut Stack) -> &'s mut Socket<'static> {
        stack.sockets.get_mut::<Socket>(self.handle)
    }

    pub fn close(self, stack: &mut Stack) {
        stack.sockets.remove(self.handle);
    }
}
