"""Checks that the image `every` keeps every public function of the crate."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# Functions that can panic: see tests/footprint/src/bin/every/main.rs.
LEFT_OUT = {"parse", "trigger_value", "step_async", "pipe.rs: run", "pipe.rs: socket"}


def public_functions():
    for path in sorted((ROOT / "src").rglob("*.rs")):
        source = path.read_text().split("#[cfg(test)]\nmod tests")[0]
        for name in re.findall(r"^ *pub (?:const |async )*fn (\w+)", source, re.M):
            yield path.relative_to(ROOT), name


images = "".join(path.read_text() for path in (ROOT / "tests/footprint/src/bin/every").glob("*.rs"))
held = set(re.findall(r"(\w+)\(", images))
missing = [f"{path}: {name}" for path, name in public_functions() if name not in held and not {name, f"{path.name}: {name}"} & LEFT_OUT]
if missing:
    sys.exit("the image `every` leaves out:\n" + "\n".join(missing))
print(f"{len(list(public_functions())) - len(LEFT_OUT)} public functions are in the image")
