"""The bed starts once, repairs itself, and leaves nothing behind."""

import os
import pathlib
import re
import signal
import subprocess

import pytest

from testbed import identity
from testbed.drive import bed as driver

pytestmark = pytest.mark.cluster

# The two names that testbed/identity.py gives, and the folders in which the tests have their beds.
_NAME_OF_A_BED = re.compile(r"\btau-(?:bed-)?[0-9a-f]{8}\b|/var/lib/tau-bed\b[\w-]*")


def test_a_second_up_starts_nothing(bed: driver.Bed) -> None:
    before = bed.processes()
    bed.command("up")
    assert bed.processes() == before


@pytest.mark.parametrize("killed", [{"etcd"}, {"containerd", "coredns"}, None], ids=["one", "two", "all"])
def test_up_repairs_killed_daemons(bed: driver.Bed, namespace: driver.Namespace, killed: set[str] | None) -> None:
    before = bed.processes()
    killed = killed or before.keys() - {"machine-ready"}
    _kill(bed, *(before[name].split()[0] for name in killed))
    bed.command("up")
    after = bed.processes()
    assert after.keys() == before.keys()
    assert {name for name in before if after[name] != before[name]} == killed
    namespace.run("after")


def test_up_repairs_a_bed_whose_power_was_cut(bed: driver.Bed, namespace: driver.Namespace) -> None:
    namespace.run("survivor")
    os.kill(bed.init("node1"), signal.SIGKILL)
    bed.command("up")
    namespace.kubectl("wait", "--for=condition=Ready", "pod/survivor", "--timeout=60s")
    assert namespace.shell("survivor", "nslookup kubernetes.default.svc.cluster.local")


def test_down_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch, worker_id: str) -> None:
    other = driver.Bed(pathlib.Path(f"/var/lib/tau-bed-test-down-{worker_id}"))
    monkeypatch.setenv("TAU_BED_STATE", str(other.state))
    names = {identity.cgroup(), identity.host_link(), str(other.state)}
    before = _traces(other, names)
    other.command("up")
    other.command("node2", "up")
    assert {found for trace in _traces(other, names) - before for found in _NAME_OF_A_BED.findall(trace)} == names
    other.command("down")
    assert _traces(other, names) - before == set()
    assert not other.state.exists()


def test_a_bed_that_is_down_says_how_to_start_it(worker_id: str) -> None:
    with pytest.raises(AssertionError, match=r"not running; start it with 'python -m testbed up'"):
        driver.Bed(pathlib.Path(f"/var/lib/tau-bed-test-none-{worker_id}")).command("env")


def test_a_folder_with_other_things_is_not_taken_for_a_bed(tmp_path: pathlib.Path) -> None:
    (tmp_path / "photos").mkdir()
    with pytest.raises(AssertionError, match=r"is not a bed's; set TAU_BED_STATE"):
        driver.Bed(tmp_path).command("down")
    assert (tmp_path / "photos").is_dir()


def _kill(bed: driver.Bed, *processes: str) -> None:
    enter = ["nsenter", f"--target={bed.init('node1')}", "--pid", "--mount", "--"]
    subprocess.run([*enter, "kill", "-KILL", *processes], check=True)


def _traces(bed: driver.Bed, names: set[str]) -> set[str]:
    """Everything on the host that a bed could add to, or change, but what bears the name of another bed."""
    folders = ("/sys/class/net", "/run", "/var/lib", "/var/log", "/etc/cni", "/opt")
    entries = {str(entry) for folder in folders for entry in pathlib.Path(folder).glob("*")}
    traces = (
        entries
        | {str(entry) for entry in pathlib.Path("/sys/fs/cgroup").glob("*/*")}
        | {line.split()[1] for line in pathlib.Path("/proc/mounts").read_text().splitlines()}
        | _printed("ip", "netns")
        | {line for line in _printed("iptables-save") if line.startswith("-A")}
        | {line for line in _printed("iptables-legacy-save") if line.startswith("-A")}
        | _printed("ipset", "list", "-name")
        | {words for words in _printed("ps", "-eo", "args") if str(bed.state) in words}
        | _printed("sysctl", "vm.overcommit_memory", "kernel.panic", "net.ipv4.ip_forward")
    )
    # The other workers of pytest-xdist start and end beds of their own meanwhile.
    return {trace for trace in traces if names.issuperset(_NAME_OF_A_BED.findall(trace))}


def _printed(*command: str) -> set[str]:
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines())
