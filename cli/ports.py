"""Whether the address to serve on is free, and who has it otherwise."""

import errno
import re
import socket
from contextlib import suppress
from pathlib import Path

from core.errors import SettingsError

LISTENING = "0A"  # the kernel's TCP_LISTEN in /proc/net/tcp


def require_free(host: str, port: int) -> None:
    """Raises SettingsError naming the setting, its value, the reason (and the holder, if known) and the way out."""
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            # as the bot will bind: a connection that is still closing is no obstacle
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
    except OSError as error:
        raise SettingsError(_refusal(host, port, error)) from None


def _refusal(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        why, way = f"the port is taken by {holder(port)}", "Stop it, or choose another port"
    else:
        why, way = f"it cannot be served on ({error.strerror})", "Choose another address"
    return f"setting bind = {host}:{port}: {why}. {way}: DAEDAP_BIND={host}:{port + 1 if port < 65535 else 8081}"


def holder(port: int) -> str:
    """The program that listens on a port, as "NAME (pid N)"; "another program" where the kernel does not tell."""
    sockets = {f"socket:[{inode}]" for inode in _listeners(port)}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # gone meanwhile, or another user's
            if sockets & {str(descriptor.readlink()) for descriptor in (process / "fd").iterdir()}:
                return f"{(process / 'comm').read_text().strip()} (pid {process.name})"
    return "another program"


def _listeners(port: int) -> list[str]:
    """The inodes of the sockets that listen on a port; proc_net_tcp(5): 1 is ADDRESS:PORT in hex, 3 state, 9 inode."""
    rows = []
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        if table.exists():
            rows += [line.split() for line in table.read_text().splitlines()[1:]]
    return [row[9] for row in rows if row[3] == LISTENING and re.search(rf":{port:04X}$", row[1])]
