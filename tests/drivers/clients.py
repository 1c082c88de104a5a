"""The clients of the matrix: which there are, which version each has, and how each is run."""

import json
import pathlib
import re
import sys
import tomllib
from dataclasses import dataclass

FOLDER = pathlib.Path(__file__).parent

_QUERY = "SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
_SHELL = f"psql \"$DATABASE_URL\" -AtF ' ' -c '{_QUERY}' | sed 's/^t /true /'"
# Go's file names a module and its version in one line, Cargo's and Maven's in two that follow one another.
_LOCKS = {
    "python": ("requirements.txt", r"^{}(?:\[\w+\])?==([\w.]+)"),
    "go": ("go.mod", r"^\s*{} v([\w.]+)"),
    "rust": ("Cargo.lock", r'^name = "{}"\nversion = "([\w.]+)"'),
    "java": ("pom.xml", r"<artifactId>{}</artifactId>\s*<version>([\w.]+)<"),
}


@dataclass(frozen=True)
class Client:
    """One program with one driver."""

    language: str
    driver: str
    folder: str
    run: str
    package: str = ""
    always: bool = False

    @property
    def label(self) -> str:
        """The driver with its version."""
        return f"{self.driver} {self._version()}".strip()

    @property
    def reads(self) -> str:
        """The variables that the program connects with."""
        if self.run.endswith("-parts"):
            return "`DB_*`"
        return "`JDBC_DATABASE_URL`" if self.folder == "java" else "`DATABASE_URL`"

    def command(self, built: pathlib.Path) -> list[str]:
        """How to run it, with what was built of its folder."""
        return {
            "shell": ["sh", "-c", _SHELL],
            "python": ["env", f"PYTHONPATH={built}/packages", sys.executable, f"{built}/client.py", self.run],
            "node": ["node", f"{built}/client.js", self.run],
            "go": [f"{built}/drivers", self.run],
            "rust": [f"{built}/drivers", self.run],
            "java": ["java", "-cp", f"{built}:{built}/lib/*", "Client", self.run],
            "php": ["php", f"{built}/client.php", self.run],
            "ruby": ["ruby", f"{built}/client.rb", self.run],
        }[self.folder]

    def _version(self) -> str:
        if not self.package:
            return ""
        if self.folder == "node":
            locked = json.loads((FOLDER / "node/package-lock.json").read_text())["packages"]
            return str(locked[f"node_modules/{self.package}"]["version"])
        name, pattern = _LOCKS[self.folder]
        text = (FOLDER / self.folder / name).read_text()
        found = re.search(pattern.format(re.escape(self.package)), text, re.MULTILINE)
        assert found, f"{name} has no {self.package}"
        return found[1]


def everything() -> list[Client]:
    """All clients, in the order of the table."""
    return [Client(**entry) for entry in tomllib.loads((FOLDER / "clients.toml").read_text())["client"]]
