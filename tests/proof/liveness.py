"""Which registers a function still reads from an address on, so that states that differ in others may be merged.

Too many are harmless: fewer states are merged. None of them decides what is proved.
"""

from functools import cache

CALLED = frozenset(("r0", "r1", "r2", "r3"))  # arguments and results
KEPT = frozenset(f"r{number}" for number in range(4, 12))
OVERWRITTEN = CALLED | {"r12", "lr"}


class Liveness:
    def __init__(self, project):
        self.project = project
        self.names = {offset: name for name, (offset, _) in project.arch.registers.items()
                      if name in KEPT | OVERWRITTEN}
        self.names |= {project.arch.registers["lr"][0]: "lr"}
        self.at = cache(self.at)
        self.block = cache(self.block)

    def block(self, address):
        return self.project.factory.block(address).vex

    def at(self, address):
        """The registers that are live at the beginning of the block at an address."""
        blocks, pending = {}, [address]
        while pending:
            if (here := pending.pop()) not in blocks:
                blocks[here] = self.block(here)
                pending.extend(self.following(blocks[here]))
        live, changed = {here: frozenset() for here in blocks}, True
        while changed:
            changed = False
            for here, block in blocks.items():
                now = self.before(block, live)
                changed |= now != live[here]
                live[here] = now
        return live[address]

    def exits(self, block):
        return [s for s in block.statements if s.tag == "Ist_Exit"]

    def following(self, block):
        for leaving in self.exits(block):
            yield leaving.dst.value
        if block.jumpkind == "Ijk_Call":
            yield block.addr + block.size
        elif block.jumpkind == "Ijk_Boring" and block.next.tag == "Iex_Const":
            yield block.next.con.value

    def before(self, block, live):
        if block.jumpkind == "Ijk_Call":
            now = live[block.addr + block.size] - OVERWRITTEN | CALLED
        elif block.jumpkind == "Ijk_Boring" and block.next.tag == "Iex_Const":
            now = live[block.next.con.value]
        else:
            now = CALLED | KEPT
        for statement in reversed(block.statements):
            if statement.tag == "Ist_Exit":
                now |= live[statement.dst.value]
            elif statement.tag == "Ist_Put":
                now -= {self.names.get(statement.offset)}
            now |= {self.names[e.offset] for e in statement.expressions if e.tag == "Iex_Get" and e.offset in self.names}
        return now
