"""The programs of the applications, in folders of their own."""

import json
import pathlib

from tools.benchmarks.handwritten import Children
from tools.benchmarks.workshop import ROOT

FIRST = "app000"
"""Name of the first application."""


def program(folder: pathlib.Path, language: str, count: int, children: Children | None) -> None:
    """Write one program; only that of tau can do without knowing the children."""
    project: dict[str, object] = {"name": f"bench-{language.lower()}-{count}"}
    if language == "tau":
        plugins = {"providers": [{"name": "tau", "path": str(ROOT)}]}
        project |= {"runtime": "yaml", "plugins": plugins, "resources": _applications(count)}
    elif children and language == "Python":
        project["runtime"] = "python"
        (folder / "__main__.py").write_text(children.python(count))
    elif children:
        project["runtime"] = "nodejs"
        (folder / "index.ts").write_text(children.typescript(count))
        (folder / "package.json").write_text(json.dumps({"name": "bench", "main": "index.ts"}))
        (folder / "tsconfig.json").write_text((ROOT / "tests/migration/typescript/tsconfig.json").read_text())
        (folder / "node_modules").symlink_to(ROOT / "tools/node/node_modules")
    (folder / "Pulumi.yaml").write_text(json.dumps(project))


def _applications(count: int) -> dict[str, object]:
    def application(name: str) -> dict[str, object]:
        properties = {
            "image": "ghcr.io/example/app:1.0",
            "ports": [{"port": 8080}],
            "ingress": {"host": f"{name}.example.org"},
        }
        return {"type": "tau:app:TauApplication", "properties": {"namespace": name, "database": {}, **properties}}

    return {name: application(name) for name in (f"app{number:03}" for number in range(count))}
