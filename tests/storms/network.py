"""Hosts of a network, on one machine: each a network namespace with a cable to the host that holds the data.

Needs root, iproute2 and a kernel that allows it; ``missing`` says what is wanting.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from policyops.local import process
from policyops.local.servers import PROJECT

IP = shutil.which("ip", path="/usr/sbin:/sbin:/usr/bin:/bin")


@dataclass
class Host:
    """A worker host: its own network, name, temporary files and anchor file."""

    name: str
    number: int
    folder: Path
    children: list[process.Child] = field(default_factory=list)

    @property
    def namespace(self) -> str:
        return f"policyops-{os.getpid()}-{self.name}"

    @property
    def cable(self) -> str:
        return f"po{os.getpid() % 100000}{self.number}"

    @property
    def address(self) -> str:
        return f"10.77.{self.number}.2"

    @property
    def data(self) -> str:
        """The address of the host that holds the data, as seen from here."""
        return f"10.77.{self.number}.1"

    @property
    def anchors(self) -> Path:
        return self.folder / "anchors.log"

    def set_up(self) -> None:
        self.folder.mkdir()
        _ip("netns", "add", self.namespace)
        _ip("link", "add", self.cable, "type", "veth", "peer", "name", "eth0", "netns", self.namespace)
        _ip("address", "add", f"{self.data}/24", "dev", self.cable)
        _ip("link", "set", self.cable, "up")
        _ip("-n", self.namespace, "address", "add", f"{self.address}/24", "dev", "eth0")
        _ip("-n", self.namespace, "link", "set", "eth0", "up")
        _ip("-n", self.namespace, "link", "set", "lo", "up")

    def start(self, name: str, *command: str, env: dict[str, str]) -> None:
        """A program on this host. It sees the data at the other end of the cable."""
        here = {key: value.replace("@127.0.0.1:", f"@{self.data}:") for key, value in env.items()}
        here |= {"TMPDIR": str(self.folder), "ANCHOR_FILE": str(self.anchors)}
        named = ("unshare", "--uts", "sh", "-c", 'hostname "$0" && exec "$@"', self.name)
        argv = [IP, "netns", "exec", self.namespace, *named, sys.executable, *command]
        child = process.start(name, argv, log=self.folder / f"{name}.log", env=here, cwd=PROJECT)
        self.children.append(child)

    def cut(self) -> None:
        """Somebody trips over the cable: no packet passes any more, and nobody is told."""
        _ip("link", "set", self.cable, "down")

    def mend(self) -> None:
        _ip("link", "set", self.cable, "up")

    def power_off(self) -> None:
        """Everything on it is gone at once."""
        for child in self.children:
            os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()
        self.children.clear()

    def tear_down(self) -> None:
        self.power_off()
        subprocess.run([IP, "link", "delete", self.cable], check=False, capture_output=True)
        subprocess.run([IP, "netns", "delete", self.namespace], check=False, capture_output=True)


@contextmanager
def hosts(folder: Path, *names: str) -> Iterator[list[Host]]:
    """So many hosts, each with a cable of its own."""
    made = [Host(name, number, folder / name) for number, name in enumerate(names, start=1)]
    try:
        for host in made:
            host.set_up()
        yield made
    finally:
        for host in made:
            host.tear_down()


def missing() -> str:
    """Why hosts cannot be made here; empty if they can."""
    if IP is None:
        return "iproute2 is not installed: .ci/servers"
    if os.geteuid() != 0:
        return "network namespaces need root"
    probe = subprocess.run(["unshare", "--net", "--uts", IP, "link", "add", "po0", "type", "veth"], capture_output=True)
    return "" if probe.returncode == 0 else f"network namespaces are not allowed: {probe.stderr.decode().strip()}"


def _ip(*arguments: str) -> None:
    subprocess.run([str(IP), *arguments], check=True, capture_output=True)
