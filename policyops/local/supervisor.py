"""`up`, `down`, `status` and `reset`: one supervisor per `.local`, and what the others need to know of it."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from policyops.local import process, programs, servers
from policyops.local.home import Home, write_env
from policyops.local.problem import Problem

STOP_SECONDS = 90


def up(home: Home, port: int) -> int:
    """Start everything, say where it is, and stay until Ctrl-C or until a part dies."""
    if home.read_running():
        print(welcome(home))
        return 0
    home.open()
    with home.locked():
        if process.port_taken(port):
            raise Problem(f"Port {port} is taken by another program: choose one with `make up PORT={port + 1}`.")
        with servers.running(home) as started:
            try:
                _start_programs(home, started, port)
                print("\n" + welcome(home) + "\n\nCtrl-C stops it.", flush=True)
                _watch(started)
            except KeyboardInterrupt:
                print("\nStopping ...", flush=True)
            finally:
                # The first signal stops things in order; a second one must not interrupt that.
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                home.running.unlink(missing_ok=True)
    return 0


def detach(home: Home, port: int) -> int:
    """Start the supervisor in the background; return when it is healthy, or with its own message."""
    if home.read_running():
        print(welcome(home))
        return 0
    home.open()
    log = home.log("supervisor")
    command = [sys.executable, "-m", "policyops.local", f"--home={home.root}", "up", f"--port={port}"]
    with open(log, "wb") as output:
        background = subprocess.Popen(
            command,
            cwd=servers.PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        while background.poll() is None and not home.read_running():
            time.sleep(0.1)
    except KeyboardInterrupt:
        background.terminate()
        background.wait()
        raise
    if background.returncode:
        sys.stderr.write(log.read_text(errors="replace"))
        return background.returncode
    print(welcome(home) + "\n\n`make down` stops it.")
    return 0


def down(home: Home) -> int:
    """Stop the supervisor of this folder, and with it everything it started."""
    holder = home.holder()
    if not holder:
        print("PolicyOps is not running.")
        return 0
    os.kill(holder, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while home.holder():
        if time.monotonic() > deadline:
            raise Problem(f"Process {holder} did not stop within {STOP_SECONDS} seconds: end it with kill -9.")
        time.sleep(0.1)
    print("PolicyOps is stopped.")
    return 0


def status(home: Home) -> int:
    """Say what runs; 0 when everything does, 1 otherwise."""
    facts = home.read_running()
    if facts is None:
        holder = home.holder()
        print(f"PolicyOps is starting (process {holder})." if holder else "PolicyOps is not running.")
        return 1
    well = True
    for name, pid in {"Supervisor": facts["pid"], **facts["parts"]}.items():
        alive = Path(f"/proc/{pid}").exists()
        well = well and alive
        print(f"{name:<14} {'running' if alive else 'ended':<8} process {pid}")
    answers = programs.healthy(facts["port"])
    print(f"{'Health':<14} {'good' if answers else 'no answer'}")
    print(welcome(home))
    return 0 if well and answers else 1


def reset(home: Home) -> int:
    """Delete the folder with all its data and keys; asks first when a person is at the keyboard."""
    if not home.root.exists():
        print("There is nothing to delete.")
        return 0
    if sys.stdin.isatty():
        answer = input(f"Delete {home.root} with all its data and keys? [y/N] ")
        if answer.strip().lower() not in ("y", "yes"):
            print("Nothing was deleted.")
            return 0
    if home.holder():
        down(home)
    shutil.rmtree(home.root)
    print(f"{home.root} is deleted.")
    return 0


def welcome(home: Home) -> str:
    """Return where to go and who to be."""
    facts = home.read_running() or {}
    lines = ["PolicyOps is ready.", f"  Staff   {facts.get('staff', '')}"]
    if facts.get("inbox"):
        lines.append(f"  Inbox   {facts['inbox']}")
    lines.append(f"  Logs    {home.root / 'log'}")
    if home.accounts.exists():
        lines += ["", home.accounts.read_text().rstrip()]
    return "\n".join(lines)


def _start_programs(home: Home, started: servers.Servers, port: int) -> None:
    write_env(home.env, started.env)
    env = os.environ | started.env
    programs.prepare(home, env)
    print("Starting ...", flush=True)
    web = programs.start_web(home, env, port)
    started.children.append(web)
    started.children.append(programs.start_worker(home, env))
    started.children.append(programs.start_beat(home, env))
    process.wait_until(lambda: programs.healthy(port), web, seconds=120)
    home.write_running(
        {
            "pid": os.getpid(),
            "port": port,
            "staff": f"http://127.0.0.1:{port}/admin/",
            "inbox": started.env.get("DEV_INBOX_URL", ""),
            "parts": {child.name: child.process.pid for child in started.children},
        }
    )


def _watch(started: servers.Servers) -> None:
    """Return only by an exception: a part that ends by itself ends the whole."""
    while True:
        for child in started.children:
            if child.died():
                raise Problem(f"Everything is stopped: {child.ending()}")
        time.sleep(0.3)
