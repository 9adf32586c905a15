"""What a 32-bit ELF image is made of: its sections, and whether it has a heap."""

import collections
import re
import struct
import sys

ALLOCATORS = ("__rust_alloc", "__rust_dealloc", "__rust_realloc", "__rust_alloc_zeroed", "__rg_", "__rdl_", "malloc",
              "calloc", "realloc", "free")


class Image:
    def __init__(self, path):
        with open(path, "rb") as file:
            self.bytes = file.read()
        if self.bytes[:6] != b"\x7fELF\x01\x01":
            sys.exit(f"{path} is no 32-bit little-endian ELF file")
        offset, = struct.unpack_from("<I", self.bytes, 32)
        size, count, names = struct.unpack_from("<HHH", self.bytes, 46)
        rows = [struct.unpack_from("<10I", self.bytes, offset + i * size) for i in range(count)]
        self.sections = [(self.text(rows[names][4] + row[0]), *row[1:]) for row in rows]

    def text(self, at):
        return self.bytes[at:self.bytes.index(b"\0", at)].decode()

    def size(self, *names):
        """Bytes of all sections that have one of these names, or one of them and a point at the beginning."""
        return sum(s[5] for s in self.sections if any(s[0] == name or s[0].startswith(name + ".") for name in names))

    def symbols(self):
        """Name, size and kind (1 data, 2 function) of each symbol."""
        for section in self.sections:
            if section[1] != 2:
                continue
            names = self.sections[section[6]][4]
            for at in range(section[4], section[4] + section[5], 16):
                name, _, size, info = struct.unpack_from("<IIIB", self.bytes, at)
                yield self.text(names + name), size, info & 15

    def allocators(self):
        return [name for name, *_ in self.symbols() if any(word in name for word in ALLOCATORS[:6]) or name in ALLOCATORS]


def module(name):
    """Where the source of a symbol is, as `client::receive`; inlined functions count where they are inlined."""
    # The driver's only caller is in the image.
    if name.startswith("_ZN6driver4step"):
        return "io::blocking"
    # `_ZN12pusher_proto6client7receive59_..`, and for traits `_ZN.._$LT$pusher_proto..event..presence..Members$u20$as$u20$..`.
    path = re.search(r"^_ZN12pusher_proto\d+([a-z_]+)(?:\d+([a-z]\w*?)\d)?", name)
    path = path or re.search(r"pusher_proto\.\.(\w+)(?:\.\.([a-z]\w*))?", name)
    if path:
        return "::".join(part for part in path.groups() if part)
    return "the compiler's memory and arithmetic" if re.search("aeabi|compiler_builtins|^mem", name) else "other crates, core"


def modules(image):
    sizes = collections.Counter()
    for name, size, kind in image.symbols():
        if kind in (1, 2):
            sizes[module(name)] += size
    return sizes.most_common()


def check(image, path):
    if not list(image.symbols()):
        sys.exit(f"{path} has no symbols to look at")
    if image.allocators():
        sys.exit(f"{path} has a heap: {image.allocators()}")


def figures(name, image):
    print(f"figure {name}_text {image.size('.text')} B")
    print(f"figure {name}_rodata {image.size('.rodata')} B")
    print(f"figure {name}_ram {image.size('.data', '.bss')} B")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--no-heap", path]:
            check(Image(path), path)
        case ["--figures", name, path]:
            check(Image(path), path)
            figures(name, Image(path))
        case ["--modules", path]:
            print("\n".join(f"{name}\t{size}" for name, size in modules(Image(path))))
        case _:
            sys.exit("usage: elf.py --no-heap IMAGE | --figures NAME IMAGE | --modules IMAGE")
