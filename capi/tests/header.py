"""Checks that the C header documents lengths, lifetimes and errors of each function.

    header.py HEADER                checks it
    header.py --functions HEADER    prints the names of the functions
"""

import pathlib
import re
import sys

header = pathlib.Path(sys.argv[-1]).read_text()
# A comment, then a declaration that ends with a parenthesis.
functions = re.findall(r"((?:^//.*\n)+)^(?!typedef)([a-z][^;{}/()]*\([^;{}]*?\);)$", header, re.M)
names = []
problems = []
for comment, declaration in functions:
    name = re.search(r"(\w+)\(", declaration).group(1)
    names.append(name)
    comment = " ".join(line[2:].strip() for line in comment.splitlines())
    result = declaration.split(name)[0].strip()
    if "Interrupt: " not in comment:
        problems.append(f"{name}: may it be called from an interrupt?")
    if result == "pusher_status" and "Errors: PUSHER_ERROR_" not in comment:
        problems.append(f"{name}: which errors?")
    if result != "pusher_status" and not re.match(r"Returns |Reads ", comment):
        problems.append(f"{name}: what does it return?")
    # Whatever has a length or a lifetime is named.
    for parameter in re.findall(r"(\w+)(?:,|\)$)", re.sub(r"\s+", " ", declaration.rstrip(";"))):
        obvious = {"connection", "client", "channel", "ticket", "void", "retries", "http_status", "status"}
        if parameter not in obvious and f"`{parameter}`" not in comment and f"`*{parameter}`" not in comment:
            problems.append(f"{name}: does not document `{parameter}`")
    for error in re.findall(r"PUSHER_\w+", comment):
        if not re.search(rf"\b{error}\b", header.replace(comment, "")):
            problems.append(f"{name}: {error} does not exist")
declared = re.findall(r"\b(pusher_\w+)\([^)]", re.sub(r"^//.*$|/\*.*?\*/", "", header, flags=re.M | re.S))
problems += [f"{name}: not described" for name in sorted(set(declared) - set(names))]
if problems:
    sys.exit("\n".join(problems))
if sys.argv[1] == "--functions":
    print("\n".join(names))
else:
    print(f"{len(names)} functions are described")
