"""Becomes a program that dies with its parent: `python leash.py PARENT PROGRAM [ARGUMENT...]`, run by path."""

import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main(parent: int, argv: list[str]) -> None:
    """Ask the kernel for SIGKILL when the parent dies, then become the program.

    Linux only: elsewhere a `daedap up` that is killed outright leaves its children running.
    """
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415  # takes 10 ms, and exists only to make this one call

        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked
        sys.exit(f"the process {parent} that started {argv[0]} is gone")
    try:
        os.execvp(argv[0], argv)  # noqa: S606  # the whole point: no shell, no extra process
    except OSError as error:
        sys.exit(f"cannot run {argv[0]}: {error.strerror}")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
