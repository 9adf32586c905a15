"""Prints the imports of a WebAssembly module, one per line: module and name."""

import sys


def number(data, at):
    """Returns an unsigned LEB128 number and its end position."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def text(data, at):
    length, at = number(data, at)
    return data[at : at + length].decode(), at + length


def skip_limits(data, at):
    flags, at = number(data, at)
    _, at = number(data, at)
    return number(data, at)[1] if flags & 1 else at


def skip_description(data, at):
    kind, at = data[at], at + 1
    if kind == 0:  # function: the index of its type
        return number(data, at)[1]
    if kind == 1:  # table: type and limits
        return skip_limits(data, at + 1)
    if kind == 2:  # memory
        return skip_limits(data, at)
    if kind == 3:  # global: type and mutability
        return at + 2
    raise ValueError(f"unknown kind of import: {kind}")


def imports(data):
    if data[:8] != b"\0asm\1\0\0\0":
        raise ValueError("not a WebAssembly module")
    at = 8
    while at < len(data):
        section, (size, at) = data[at], number(data, at + 1)
        if section == 2:
            count, entry = number(data, at)
            for _ in range(count):
                module, entry = text(data, entry)
                name, entry = text(data, entry)
                entry = skip_description(data, entry)
                yield f"{module} {name}"
        at += size


with open(sys.argv[1], "rb") as file:
    for line in imports(file.read()):
        print(line)
