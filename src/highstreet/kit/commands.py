"""Commands of our own that a worker runs in processes of their own, so that their memory and their end are not its."""

import asyncio
import os
import signal
import sys
import threading


async def run_command(*arguments: str) -> tuple[int, str]:
    """Run `highstreet` with these arguments and `--parent`; its exit code, and what it said of problems.

    It ends when this process does, however that ends, or when the caller is cancelled.
    """
    watched, held = os.pipe()  # which closes, whatever becomes of this process
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "highstreet", *arguments, "--parent", str(watched)),
            pass_fds=(watched,),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            _, said = await process.communicate()
        except asyncio.CancelledError:
            process.terminate()
            await process.wait()
            raise
    finally:
        os.close(watched)
        os.close(held)
    assert process.returncode is not None, "it has ended"
    return process.returncode, said.decode(errors="replace")


def end_with(parent: int) -> None:
    """End this process when the pipe closes, because the worker that started it is gone."""
    threading.Thread(target=_wait_for_end, args=(parent,), daemon=True).start()


def _wait_for_end(parent: int) -> None:
    os.read(parent, 1)
    os.kill(os.getpid(), signal.SIGTERM)
