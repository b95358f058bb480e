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

    Whoever is dropped asks again a second later, by then at a closed port or at another server. Where the kernel has
    no filters, the line is shortened instead, which leaves room for one.
    """
    if sys.platform != "linux":
        listening.listen(0)
        return
    program = b"".join(struct.pack("HBBI", *instruction) for instruction in _DROP_NEWCOMERS)
    kept = ctypes.create_string_buffer(program)
    described = struct.pack("HP", len(_DROP_NEWCOMERS), ctypes.addressof(kept))
    listening.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, described)
