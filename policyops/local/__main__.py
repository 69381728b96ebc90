"""`python -m policyops.local up|down|status|reset|exec`: everything PolicyOps needs, on one machine."""

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from policyops.local import process, servers, supervisor
from policyops.local.home import Home, out_of_space
from policyops.local.problem import Problem


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    options = _parser().parse_args(arguments)
    home = Home(options.home.resolve())
    try:
        return _run(options, home)
    except Problem as problem:
        print(f"PolicyOps: {problem}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nPolicyOps: stopped.", file=sys.stderr)
        return 130
    except PermissionError as error:
        print(f"PolicyOps: this user may not use {error.filename}: another user made it.", file=sys.stderr)
    except OSError as error:
        if not out_of_space(error):
            raise
        print(f"PolicyOps: the disk is full: {error.filename or home.root} cannot be written.", file=sys.stderr)
    return 1


def _run(options: argparse.Namespace, home: Home) -> int:
    match options.command:
        case "up":
            return supervisor.detach(home, options.port) if options.detach else supervisor.up(home, options.port)
        case "down":
            return supervisor.down(home)
        case "status":
            return supervisor.status(home)
        case "reset":
            return supervisor.reset(home)
        case _:
            return execute(options.argv)


def execute(argv: Sequence[str]) -> int:
    """Run a command against throw-away servers; return its status."""
    if argv[:1] == ["--"]:
        argv = argv[1:]
    if not argv:
        raise Problem("`exec` needs a command: python -m policyops.local exec -- CMD ...")
    with servers.throw_away() as started:
        command = subprocess.Popen([*process.die_with_parent(), *argv], env=os.environ | started.env)
        # The terminal sends Ctrl-C to the command as well; we wait for what it makes of it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            status = command.wait()
        except KeyboardInterrupt:
            command.terminate()
            status = command.wait()
    return status if status >= 0 else 128 - status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m policyops.local", description=__doc__)
    parser.add_argument(
        "--home", type=Path, default=servers.PROJECT / ".local", help="data, keys and logs (default: .local)"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="start everything and say where it is")
    up.add_argument("--detach", action="store_true", help="return when it is healthy; logs in .local/log")
    up.add_argument("--port", type=int, default=os.environ.get("PORT") or 8000, help="of the web server (PORT)")
    commands.add_parser("down", help="stop what `up --detach` started")
    commands.add_parser("status", help="say what is running")
    commands.add_parser("reset", help="stop and delete .local with all its data and keys")
    run = commands.add_parser("exec", help="run a command against throw-away servers")
    run.add_argument("argv", nargs=argparse.REMAINDER, metavar="-- CMD")
    return parser


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
