"""`tau.operator.download`: release manifests by path, by URL, and from copies that replace the internet."""

import hashlib
import http.server
import pathlib
import threading
from collections.abc import Iterator

import pytest

from tau import errors
from tau.operator import download

MANIFEST = b"kind: Namespace\nmetadata: { name: cnpg-system }\n"
DIGEST = hashlib.sha256(MANIFEST).hexdigest()


class Site:
    """An HTTP server with one file, and what was asked of it."""

    def __init__(self) -> None:
        self.file, self.asked, self.away = MANIFEST, 0, False
        self.url = ""


@pytest.fixture
def site(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    served = Site()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked += 1
            self.send_response(503 if served.away else 200)
            self.end_headers()
            self.wfile.write(b"" if served.away else served.file)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    monkeypatch.setenv("PULUMI_HOME", str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        served.url = f"http://127.0.0.1:{server.server_address[1]}/cnpg.yaml"
        yield served
        server.shutdown()


async def read(where: str) -> tuple[bool, list[str], list[str]]:
    """Whether the manifest was read, the problems and the warnings."""
    problems, warnings = errors.Problems(), list[str]()
    items = await download.read(where, "manifest", problems, warnings)
    return items is not None and items[0]["kind"] == "Namespace", [str(one) for one in problems], warnings


async def test_a_manifest_of_a_known_digest_is_downloaded_once(site: Site) -> None:
    for _ in range(3):
        assert await read(f"{site.url}#sha256={DIGEST}") == (True, [], [])
        site.away = True
    assert site.asked == 1


async def test_one_that_has_changed_is_refused_with_both_digests_and_not_kept(
    site: Site, tmp_path: pathlib.Path
) -> None:
    site.file = b"kind: Namespace\nmetadata: { name: evil }\n"
    for _ in range(2):
        made, (problem,), _ = await read(f"{site.url}#sha256={DIGEST}")
        assert not made
        assert DIGEST in problem
        assert hashlib.sha256(site.file).hexdigest() in problem
        assert "do not install it before you know why" in problem
    assert not list((tmp_path / "tau" / "manifests").glob("*"))


async def test_a_copy_that_was_damaged_is_downloaded_again(site: Site, tmp_path: pathlib.Path) -> None:
    where = f"{site.url}#sha256={DIGEST}"
    await read(where)
    (copy,) = (tmp_path / "tau" / "manifests").iterdir()
    copy.write_bytes(b"kind: Namespace\n")
    assert await read(where) == (True, [], [])
    assert (site.asked, copy.read_bytes()) == (2, MANIFEST)


async def test_without_a_digest_the_last_copy_is_used_where_the_download_fails_and_told(site: Site) -> None:
    assert await read(site.url) == (True, [], [])
    site.away = True
    made, problems, (warning,) = await read(site.url)
    assert (made, problems) == (True, [])
    assert "cannot be downloaded" in warning
    assert "the copy of the last time is used" in warning


async def test_without_any_copy_it_is_one_sentence(site: Site) -> None:
    site.away = True
    for where in (site.url, f"{site.url}#sha256={DIGEST}"):
        made, (problem,), warnings = await read(where)
        assert not made
        assert f"manifest: {site.url!r} cannot be read (HTTP Error 503" in problem
        assert warnings == []


async def test_a_folder_that_cannot_be_written_to_is_no_obstacle(site: Site, tmp_path: pathlib.Path) -> None:
    (tmp_path / "tau").write_text("a file")
    assert await read(f"{site.url}#sha256={DIGEST}") == (True, [], [])


async def test_a_user_without_a_home_downloads_each_time(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that runs under any number: such a user has no entry in the list of users."""
    monkeypatch.delenv("PULUMI_HOME")
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    assert (await read("~/cnpg.yaml"))[1] == [
        "manifest: '~/cnpg.yaml' cannot be read (Could not determine home directory.); use a URL or a path of the "
        "release manifest"
    ]
    for _ in range(2):
        assert await read(f"{site.url}#sha256={DIGEST}") == (True, [], [])
    assert site.asked == 2
    site.away = True
    made, (problem,), _ = await read(site.url)
    assert not made
    assert "cannot be read (HTTP Error 503" in problem


async def test_a_path_may_have_a_digest_too(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "cnpg.yaml"
    file.write_bytes(MANIFEST)
    assert await read(f"{file}#sha256={DIGEST}") == (True, [], [])
    file.write_bytes(MANIFEST + b"#\n")
    made, (problem,), _ = await read(f"{file}#sha256={DIGEST}")
    assert not made
    assert "has changed" in problem
