"""What the wheel says of itself."""

import tomllib
from importlib.metadata import distribution, entry_points
from importlib.resources import files
from pathlib import Path

CARGO = tomllib.loads((Path(__file__).parents[3] / "Cargo.toml").read_text())["package"]


def test_version_and_licence_are_those_of_the_program():
    wheel = distribution("accountd")
    assert wheel.version == CARGO["version"]
    assert wheel.metadata["License-Expression"] == CARGO["license"]
    assert [path.name for path in wheel.files if path.parent.name == "licenses"] == ["LICENSE"]
    assert wheel.metadata["Description-Content-Type"].startswith("text/markdown")


def test_it_needs_no_other_package():
    assert not distribution("accountd").requires


def test_it_has_the_plugin_and_is_typed():
    (plugin,) = entry_points(group="pytest11", name="accountd")
    assert plugin.value == "accountd.pytest_plugin"
    assert files("accountd").joinpath("py.typed").is_file()
