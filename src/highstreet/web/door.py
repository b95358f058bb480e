"""Closing a listening socket without turning away anyone who was already in line.

The kernel completes connections on its own and keeps them in line until the process accepts them; closing the socket
resets whoever stands there. So first nobody new may join, then the line is let in, and then the socket is closed.
"""

import ctypes
import socket
import struct
import sys
from typing import Final

_SO_ATTACH_FILTER: Final = 26
_LEAST_HOPS_LEFT: Final = {socket.AF_INET: (socket.IPPROTO_IP, 21), socket.AF_INET6: (socket.IPPROTO_IPV6, 73)}
"""IP_MINTTL and IPV6_MINHOPCOUNT: what comes with fewer hops left is dropped."""
_MORE_HOPS_THAN_ANYBODY_HAS: Final = 255
_DROP_NEWCOMERS: Final = (
    # A classic BPF program; a listening TCP socket runs it on each segment, from the TCP header on.
    (0x30, 0, 0, 13),  # load the byte of the flags
    (0x54, 0, 0, 0x12),  # keep SYN and ACK
    (0x15, 0, 1, 0x02),  # SYN alone, which is somebody new?
    (0x06, 0, 0, 0),  # then drop it
    (0x06, 0, 0, 0xFFFFFFFF),  # else pass all of it
)


def shut(listening: socket.socket) -> None:
    """Let nobody new join the line, in any process that shares the socket.

    Whoever is dropped asks again a second later, by then at a closed port or at another server. Newer kernels keep
    filters for the privileged; for others they drop what has passed a router or left a common system, which is nearly
    everything, but then also what a connection says that was being made just now. Where the kernel has neither, the
    line is shortened instead, which leaves room for one.
    """
    if sys.platform != "linux":
        listening.listen(0)
        return
    program = b"".join(struct.pack("HBBI", *instruction) for instruction in _DROP_NEWCOMERS)
    kept = ctypes.create_string_buffer(program)
    described = struct.pack("HP", len(_DROP_NEWCOMERS), ctypes.addressof(kept))
    try:
        listening.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, described)
    except PermissionError:
        level, option = _LEAST_HOPS_LEFT[listening.family]
        listening.setsockopt(level, option, _MORE_HOPS_THAN_ANYBODY_HAS)
