"""Whether an image holds these functions: proof.py IMAGE NAME.."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests/footprint"))
from elf import Image, check  # noqa: E402

image = Image(sys.argv[1])
check(image, sys.argv[1])
there = {name for name, _, kind in image.symbols() if kind == 2}
missing = sorted(set(sys.argv[2:]) - there)
if missing or not sys.argv[2:]:
    sys.exit(f"not in {sys.argv[1]}: {missing}")
print(f"{len(sys.argv) - 2} functions, {image.size('.text') + image.size('.rodata')} bytes")
