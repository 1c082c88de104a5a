"""The examples: the same subjects in every language, and nothing between them but the language."""

import json

import pytest
import yaml

from tests.contract import go_modules

EXAMPLES = go_modules.ROOT / "examples"
SUBJECTS = sorted(path.name.removesuffix("-typescript") for path in EXAMPLES.glob("*-typescript"))
LANGUAGES = {"yaml": (), "typescript": ("index.ts", "package.json", "tsconfig.json"), "python": ("__main__.py",)}


def project(subject: str, language: str) -> dict[str, object]:
    found = yaml.safe_load((EXAMPLES / f"{subject}-{language}" / "Pulumi.yaml").read_text())
    assert isinstance(found, dict)
    return found


def test_there_are_as_many_subjects_as_are_promised() -> None:
    assert len(SUBJECTS) == 7


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_subject_is_there_in_every_language(subject: str, language: str) -> None:
    for name in LANGUAGES[language]:
        assert (EXAMPLES / f"{subject}-{language}" / name).exists()


@pytest.mark.parametrize("subject", SUBJECTS)
def test_its_projects_differ_in_the_runtime_only(subject: str) -> None:
    program = ("runtime", "resources", "outputs", "variables")
    kept = [{k: v for k, v in project(subject, language).items() if k not in program} for language in LANGUAGES]
    assert kept[0] == kept[1] == kept[2]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_its_packages_are_those_that_it_imports(subject: str) -> None:
    folder = EXAMPLES / f"{subject}-typescript"
    named = json.loads((folder / "package.json").read_text())["dependencies"].keys() - {"@pulumi/pulumi"}
    text = (folder / "index.ts").read_text()
    assert {name for name in named if f'from "{name}"' not in text} == set()
    assert text.count('from "') - text.count('from "@pulumi/pulumi"') == len(named)
