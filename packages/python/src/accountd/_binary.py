"""Finds the program."""

import os
import shutil
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

NAME = "accountd"
HOW_TO_INSTALL = "install it with `pip install accountd`, or set ACCOUNTD_BINARY to its path"


def find_binary() -> Path:
    """Returns the path of the program.

    Looks at the environment variable ACCOUNTD_BINARY, where the wheel was installed, and in PATH. Raises
    FileNotFoundError if the program is in none of them.
    """
    if chosen := os.environ.get("ACCOUNTD_BINARY"):
        return check(Path(chosen), "ACCOUNTD_BINARY")
    if installed := _from_wheel():
        return installed
    if found := shutil.which(NAME):
        return Path(found).absolute()
    raise FileNotFoundError(f"the program accountd is not installed: {HOW_TO_INSTALL}")


def check(path: Path, named_by: str) -> Path:
    """Returns the absolute path if it is a program."""
    if not _is_program(path):
        raise FileNotFoundError(f"{named_by} is {str(path)!r}, which is not a program: {HOW_TO_INSTALL}")
    return path.absolute()


def _from_wheel() -> Path | None:
    try:
        recorded = files("accountd") or []
    except PackageNotFoundError:
        recorded = []
    scripts = [Path(str(file.locate())) for file in recorded if file.name == NAME]
    # `pip install --target` moves the scripts after it has recorded where they are.
    beside = Path(__file__).parent.parent / "bin" / NAME
    return next((path.resolve() for path in [*scripts, beside] if _is_program(path)), None)


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)
