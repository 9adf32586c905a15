"""Analyzes a 32-bit ELF image: the sizes of its sections, and whether it has a heap."""

import struct
import sys

ALLOCATORS = ("__rust_alloc", "__rust_dealloc", "__rust_realloc", "__rust_alloc_zeroed", "__rg_", "__rdl_", "malloc",
              "calloc", "realloc", "free")


class Image:
    def __init__(self, path):
        with open(path, "rb") as file:
            self.bytes = file.read()
        if self.bytes[:6] != b"\x7fELF\x01\x01":
            sys.exit(f"{path} is not a 32-bit little-endian ELF file")
        offset, = struct.unpack_from("<I", self.bytes, 32)
        size, count, names = struct.unpack_from("<HHH", self.bytes, 46)
        rows = [struct.unpack_from("<10I", self.bytes, offset + i * size) for i in range(count)]
        self.sections = [(self.text(rows[names][4] + row[0]), *row[1:]) for row in rows]

    def text(self, at):
        return self.bytes[at:self.bytes.index(b"\0", at)].decode()

    def size(self, *names):
        """Returns the bytes of all sections with one of these names, or with a name that continues one after a dot."""
        return sum(s[5] for s in self.sections if any(s[0] == name or s[0].startswith(name + ".") for name in names))

    def symbols(self):
        """Yields the name, size and kind (1 data, 2 function) of each symbol."""
        for section in self.sections:
            if section[1] != 2:
                continue
            names = self.sections[section[6]][4]
            for at in range(section[4], section[4] + section[5], 16):
                name, _, size, info = struct.unpack_from("<IIIB", self.bytes, at)
                yield self.text(names + name), size, info & 15

    def allocators(self):
        return [name for name, *_ in self.symbols() if any(word in name for word in ALLOCATORS[:6]) or name in ALLOCATORS]


def check(image, path):
    if not list(image.symbols()):
        sys.exit(f"{path} has no symbols")
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
        case _:
            sys.exit("usage: elf.py --no-heap IMAGE | --figures NAME IMAGE")
