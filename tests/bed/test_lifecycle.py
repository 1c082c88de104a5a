"""The bed starts once, repairs itself, and leaves nothing behind."""

import os
import pathlib
import signal
import subprocess

import pytest

from tests.bed import driver

pytestmark = pytest.mark.cluster


def test_a_second_up_starts_nothing(bed: driver.Bed) -> None:
    before = bed.processes()
    bed.command("up")
    assert bed.processes() == before


@pytest.mark.parametrize("name", ["etcd", "kube-apiserver", "containerd", "kubelet", "coredns", "image-registry"])
def test_up_repairs_a_killed_daemon(bed: driver.Bed, namespace: driver.Namespace, name: str) -> None:
    before = bed.processes()
    _kill(bed, name, before[name].split()[0])
    bed.command("up")
    after = bed.processes()
    assert after.keys() == before.keys()
    assert after[name] != before[name]
    namespace.run("after")


def test_up_repairs_a_bed_whose_power_was_cut(bed: driver.Bed, namespace: driver.Namespace) -> None:
    namespace.run("survivor")
    os.kill(bed.init("node1"), signal.SIGKILL)
    bed.command("up")
    namespace.kubectl("wait", "--for=condition=Ready", "pod/survivor", "--timeout=60s")
    assert namespace.shell("survivor", "nslookup kubernetes.default.svc.cluster.local")


def test_down_leaves_nothing_behind(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> None:
    other = driver.Bed(pathlib.Path(f"/var/lib/tau-bed-test-down-{worker_id}"))
    before = _traces(other)
    other.command("up")
    other.command("node2", "up")
    other.command("down")
    assert _traces(other) == before
    assert not other.state.exists()


def test_a_bed_that_is_down_says_how_to_start_it(worker_id: str) -> None:
    with pytest.raises(AssertionError, match=r"not running; start it with 'python -m bed up'"):
        driver.Bed(pathlib.Path(f"/var/lib/tau-bed-test-none-{worker_id}")).command("env")


def test_a_folder_with_other_things_is_not_taken_for_a_bed(tmp_path: pathlib.Path) -> None:
    (tmp_path / "photos").mkdir()
    with pytest.raises(AssertionError, match=r"is not a bed's; set TAU_BED_STATE"):
        driver.Bed(tmp_path).command("down")
    assert (tmp_path / "photos").is_dir()


def _kill(bed: driver.Bed, name: str, pid: str) -> None:
    enter = ["nsenter", f"--target={bed.init('node1')}", "--pid", "--mount", "--"]
    subprocess.run([*enter, "kill", "-KILL", pid], check=True)


def _traces(bed: driver.Bed) -> dict[str, list[str]]:
    """What a bed could leave on the host, without what other beds on it are doing."""
    devices = {entry.name for entry in pathlib.Path("/sys/class/net").iterdir()}
    folders = [*pathlib.Path("/sys/fs/cgroup").glob("*/*"), *pathlib.Path("/var/lib").iterdir()]
    folders += [*pathlib.Path("/run").iterdir(), *pathlib.Path("/var/log").iterdir()]
    mounts = {line.split()[1] for line in pathlib.Path("/proc/mounts").read_text().splitlines()}
    return {
        "devices": sorted(devices),
        "folders": sorted(map(str, folders)),
        "mounts": sorted(mounts),
        "rules": _printed("iptables-save") + _printed("iptables-legacy-save") + _printed("ipset", "list", "-name"),
        "namespaces": _printed("ip", "netns"),
        "processes": [words for words in _printed("ps", "-eo", "args") if str(bed.state) in words],
        "kernel": _printed("sysctl", "vm.overcommit_memory", "kernel.panic", "net.ipv4.ip_forward"),
    }


def _printed(*command: str) -> list[str]:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
