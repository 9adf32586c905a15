"""Checks what tests/versions cannot compile: esp-idf-svc builds only with the toolchain of Espressif.

The package and version are those of Cargo.lock. Cargo downloads the sources, and nothing is built.

- The crate has the traits of embedded-io 0.7, and of no other version.
- The crates that the guide's table names as not fitting have the traits of another version of embedded-io.
- Each signature in esp-idf-svc/src/lib.rs is in the crate, word for word.
"""

import json
import pathlib
import re
import subprocess
import sys
import tomllib

# Crates and versions of the table that do not fit.
MISFITS = (("embassy-net", "0.7."), ("embedded-tls", "0.17."))
TARGET = "riscv32imc-esp-espidf"
HERE = pathlib.Path(__file__).parent


def metadata():
    command = ["cargo", "metadata", "--locked", "--format-version=1", f"--filter-platform={TARGET}"]
    return json.loads(subprocess.run(command, cwd=HERE, check=True, stdout=subprocess.PIPE).stdout)


def fail(text):
    sys.exit(f"tests/versions/check.py: {text}")


def words(text):
    """Returns the code without comments, with one space between two words."""
    text = re.sub(r"//.*", "", text)
    text = re.sub(r"\b(core|alloc|std)::\w+::", "", text)
    text = re.sub(r"\s+", " ", text)
    return re.sub(r" ?([(),<>{}&:;=]) ?", r"\1", text).replace(",)", ")")


def wanted(signature):
    """Returns the part of a signature that must be in the crate."""
    if signature.startswith("pub const"):
        # Generated from the headers of ESP-IDF. The crate uses it where it needs an `i32`.
        return words(signature).removeprefix("pub const ").partition(":")[0]
    if signature.startswith("pub struct"):
        return re.match(r"pub struct \w+", signature)[0]
    return words(signature).strip()


def check_misfits():
    packages = tomllib.loads((HERE / "Cargo.lock").read_text())["package"]
    for name, version in MISFITS:
        [package] = [p for p in packages if p["name"] == name and p["version"].startswith(version)]
        traits = [dep for dep in package["dependencies"] if dep.startswith("embedded-io")]
        if not traits or any(" 0.7." in dep for dep in traits):
            fail(f"{name} {package['version']} depends on {traits}")


def main():
    check_misfits()
    found = metadata()
    packages = {package["id"]: package for package in found["packages"]}
    nodes = {node["id"]: node for node in found["resolve"]["nodes"]}
    [service] = [id for id, package in packages.items() if package["name"] == "esp-idf-svc"]

    # Everything below the crate, because it takes the traits from another crate of its project.
    below, queue = set(), [service]
    while queue:
        for dep in nodes[queue.pop()]["deps"]:
            normal = any(kind["kind"] is None for kind in dep["dep_kinds"])
            if normal and dep["pkg"] not in below:
                below.add(dep["pkg"])
                queue.append(dep["pkg"])
    for crate in ("embedded-io", "embedded-io-async"):
        versions = {packages[id]["version"] for id in below if packages[id]["name"] == crate}
        if {version.rpartition(".")[0] for version in versions} != {"0.7"}:
            fail(f"esp-idf-svc depends on {crate} {sorted(versions)}, and not on 0.7 alone")

    sources = ""
    for id in below | {service}:
        if packages[id]["name"].startswith("esp-idf-"):
            root = pathlib.Path(packages[id]["manifest_path"]).parent
            sources += "".join(path.read_text() for path in sorted(root.glob("src/**/*.rs")))
    sources = words(sources)
    stub = (HERE / "esp-idf-svc/src/lib.rs").read_text()
    stub = re.sub(r"impl core::fmt::Display.*?\n    }\n", "", stub, flags=re.S)
    signatures = re.findall(r"^ +((?:pub )?(?:fn|trait|struct|const) [^{;=]*|impl[^{]*|pub \w+: .*|type .*;)", stub, re.M)
    if len(signatures) < 25:
        fail(f"only {len(signatures)} signatures found")
    missing = [signature for signature in signatures if wanted(signature) not in sources]
    if missing:
        fail(f"the crate has no {missing}")
    print(f"esp-idf-svc {packages[service]['version']}: {len(signatures)} signatures, embedded-io 0.7")


main()
