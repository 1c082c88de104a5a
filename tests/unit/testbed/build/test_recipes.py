"""The tables of programs and images, and the keys that decide what is built anew."""

import dataclasses
import pathlib
import shutil

import pytest

from testbed import errors
from testbed.build import images, recipes


def _all() -> list[recipes.Recipe]:
    return [*recipes.everything(), *recipes.optional()]


def test_each_program_has_one_recipe() -> None:
    names = [name for recipe in _all() for name in recipe.contents()]
    assert len(names) == len(set(names))


def test_every_recipe_has_a_module_with_checksums() -> None:
    for recipe in _all():
        module = (recipe.source / "go.mod").read_text()
        assert module.startswith(f"module tau/bed/{recipe.module}\n")
        assert "require" not in module or (recipe.source / "go.sum").exists()


def test_what_the_bed_does_without_is_not_built_with_it() -> None:
    optional = recipes.of("helm")
    assert optional in recipes.optional()
    assert optional not in recipes.everything()


def test_tags_are_part_of_the_key_where_there_are_some() -> None:
    recipe = recipes.of("pause")
    assert dataclasses.replace(recipe, tags="small").key != recipe.key


def test_an_unknown_program_is_refused() -> None:
    with pytest.raises(errors.BedError, match=r"testbed/build/programs\.toml"):
        recipes.of("no-such-program")


def test_the_key_follows_the_flags_and_the_source(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = recipes.of("pause")
    assert dataclasses.replace(recipe, version="v2").key != recipe.key
    shutil.copytree(recipe.source, tmp_path / recipe.module)
    (tmp_path / recipe.module / "main.go").write_text("package main\n")
    monkeypatch.setattr(recipes.Recipe, "source", tmp_path / recipe.module)
    assert dataclasses.replace(recipe).key != recipe.key


def test_every_image_is_made_of_known_things() -> None:
    names = [name for image in images.everything() for name in image.names]
    assert len(names) == len(set(names))
    for image in images.everything():
        assert image.key.startswith("image-")


def test_an_images_key_ignores_its_names() -> None:
    image = images.everything()[0]
    assert dataclasses.replace(image, names=("example.org/other:1",)).key == image.key
