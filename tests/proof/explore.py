"""Explores a function of a linked image with symbolic input: every path, every access, every result.

A path is a set of inputs that take the same branches. Paths that meet again at the head of a loop go on as one. On each path

- every read and write lies in the memory that the caller gives, in the function's own stack frames or in the constants of
  the image, for every input of the path, and is aligned, as a Cortex-M0 demands;
- the solver finds no input for which the result is not that of the reference.
"""

import functools
import logging
import random

# angr warns that the unicorn engine is missing; it is not used.
logging.getLogger("angr.state_plugins.unicorn_engine").setLevel(logging.CRITICAL)

import angr
import claripy
import pyvex
from angr.engines import HeavyVEXMixin
from liveness import Liveness


RETURN = 0x00F0_0000
STACK = 0x2010_0000
STACK_LIMIT = 1024
ARGUMENTS = ("r0", "r1", "r2", "r3")
MAX_STEPS = 20_000


class Fault(Exception):
    """A violation found on a path."""


class Region:
    """Memory that the caller gives to a function."""

    def __init__(self, address, content, writable=False):
        self.address, self.content, self.writable = address, content, writable

    @property
    def size(self):
        return len(self.content)


class Engine(HeavyVEXMixin):
    """angr's VEX engine, reduced, that checks each access.

    Without `HeavyResilienceMixin` an instruction that angr cannot model is an error, and not an unknown value.
    """

    def _perform_vex_expr_Load(self, addr, ty, endness, **kwargs):
        self.check("read", addr, pyvex.const.get_type_size(ty) // 8, self.state.globals["readable"])
        return super()._perform_vex_expr_Load(addr, ty, endness, **kwargs)

    def _perform_vex_stmt_Store(self, addr, data, endness, **kwargs):
        self.check("write", addr, len(data) // 8, self.state.globals["writable"])
        super()._perform_vex_stmt_Store(addr, data, endness, **kwargs)

    def _perform_vex_expr_Op(self, op, args):
        return self.operation(op, *args)

    # Each path executes the same few operations.
    @functools.lru_cache(maxsize=1 << 18)
    def operation(self, op, *args):
        return super()._perform_vex_expr_Op(op, args)

    def check(self, kind, address, length, regions):
        state = self.state
        sp = state.regs.sp.concrete_value
        allowed = [*regions, (sp, STACK)]
        if address.concrete:
            at = address.concrete_value
            is_good = at % length == 0 and any(start <= at and at + length <= end for start, end in allowed)
        else:
            at = address
            # angr would go on with some of more addresses.
            if len(state.solver.eval_upto(at, 2 if kind == "write" else 256)) > (1 if kind == "write" else 255):
                raise Fault(f"{kind} at an address that depends on the input, instruction {state.scratch.ins_addr:#x}")
            inside = [
                claripy.And(claripy.UGE(at, start), claripy.ULE(at, end - length))
                for start, end in allowed
                if end - start >= length
            ]
            is_good = not state.solver.satisfiable(
                extra_constraints=[claripy.Or(claripy.Not(claripy.Or(*inside)), at & length - 1 != 0)]
            )
        if not is_good:
            at = hex(at) if isinstance(at, int) else at
            raise Fault(f"{kind} of {length} byte{'s' if length > 1 else ''} at {at}, instruction {state.scratch.ins_addr:#x}")
        if sp < STACK - STACK_LIMIT:
            raise Fault("uses too much stack")


class Image:
    def __init__(self, path):
        self.project = angr.Project(path, auto_load_libs=False, engine=Engine)
        self.liveness = Liveness(self.project)
        main = self.project.loader.main_object
        self.constants = [(s.min_addr, s.max_addr + 1) for s in main.segments if s.filesize and not s.is_writable]

    def explore(self, name, arguments, regions, counters=False, assumed=()):
        """Yields the final state of each path of the function.

        States whose numbers on the stack differ are merged unless these are `counters`, on which addresses depend.
        """
        symbol = self.project.loader.find_symbol(name)
        options = {angr.options.SYMBOL_FILL_UNCONSTRAINED_MEMORY, angr.options.SYMBOL_FILL_UNCONSTRAINED_REGISTERS}
        state = self.project.factory.blank_state(addr=symbol.rebased_addr | 1, mode="symbolic", add_options=options)
        for option in (angr.options.simplification | {angr.options.SUPPORT_FLOATING_POINT}):
            state.options.discard(option)
        state.supports_inspect = False
        for register, value in zip(ARGUMENTS, arguments, strict=False):
            setattr(state.regs, register, value)
        state.regs.sp = STACK
        state.regs.lr = RETURN | 1
        for region in regions:
            for at, byte in enumerate(region.content):
                state.memory.store(region.address + at, byte if isinstance(byte, claripy.ast.Base) else claripy.BVV(byte, 8))
        state.globals["readable"] = [(r.address, r.address + r.size) for r in regions] + self.constants
        state.globals["counters"] = counters
        state.globals["writable"] = [(r.address, r.address + r.size) for r in regions if r.writable]
        state.add_constraints(*assumed)
        ends = []
        for end in self.run(state):
            ends.append(end)
            yield end
        check_complete(ends, [b for r in regions for b in r.content if isinstance(b, claripy.ast.Base) and b.symbolic], state)

    def run(self, state):
        pending, waiting = [state], {}
        while pending:
            state = pending.pop()
            for _ in range(MAX_STEPS):
                before = state.addr
                successors = self.project.factory.successors(state)
                if successors.unconstrained_successors:
                    raise Fault(f"jumps to an address that depends on the input, from {before:#x}")
                following = successors.flat_successors
                if not following:
                    raise Fault(f"stops at {before:#x}")
                state, *others = following
                pending.extend(others)
                if state.addr & ~1 == RETURN:
                    if state.regs.sp.concrete_value != STACK:
                        raise Fault("returns with another stack")
                    yield state
                    break
                if state.addr <= before and state.history.jumpkind == "Ijk_Boring":
                    waiting.setdefault(self.place(state), []).append(state)
                    break
            else:
                raise Fault("does not end")
            if not pending:
                pending = [merged(states) for states in waiting.values()]
                waiting = {}

    def place(self, state):
        """The key by which states are merged: address, stack pointer, and pointers in registers and on the stack."""
        sp = state.regs.sp.concrete_value
        is_known = (lambda _: True) if state.globals["counters"] else is_pointer
        words = [getattr(state.regs, register) for register in sorted(self.liveness.at(state.addr))]
        words += [state.memory.load(at, 4, endness="Iend_LE") for at in range(sp, STACK, 4)]
        values = [word.concrete_value if word.concrete else None for word in words]
        return state.addr, sp, *(value if value is not None and is_known(value) else None for value in values)


def is_pointer(word):
    return 0x1_0000 <= word < 0x10_0000 or 0x2000_0000 <= word < 0x2100_0000


# What VEX keeps of a processor, apart from the stack pointer and the program counter.
REGISTERS = (*(f"r{number}" for number in range(13)), "lr", "cc_op", "cc_dep1", "cc_dep2", "cc_ndep", "itstate", "geflag0",
             "geflag1", "geflag2", "geflag3", "qflag32")


def merged(states):
    """Merges states. Values that differ depend on each state's path condition.

    Not by angr's own `merge`, which loses values of memory that was merged before.
    """
    first = states[0]
    if len(states) == 1:
        return first
    result, which = first.copy(), claripy.BVS("which", 16)
    conditions = [which == number for number in range(len(states))]

    def one_of(values):
        return claripy.ite_cases(list(zip(conditions, values, strict=True)), values[0])

    for name in REGISTERS:
        values = [getattr(state.regs, name) for state in states]
        if any(value is not values[0] for value in values):
            setattr(result.regs, name, one_of(values))
    stack = (first.regs.sp.concrete_value, STACK)
    for start, end in (stack, *first.globals["writable"]):
        for at in range(start, end):
            values = [state.memory.load(at, 1) for state in states]
            if any(value is not values[0] for value in values):
                result.memory.store(at, one_of(values))
    each = (claripy.And(condition, *state.solver.constraints) for condition, state in zip(conditions, states, strict=True))
    result.solver.reload_solver([claripy.Or(*each)])
    return result


SAMPLES = 24
# Bytes that parsers treat differently, and any others.
TELLING = b'"\\/ubnU09afAFdD8\x00\x1f\x20\x7f\x80\x81\x82\x88\x89\x8a\xc3\xf0\x7e' * 2 + bytes(range(0, 256, 5))


def check_complete(ends, symbols, start):
    """Checks that no input was lost on the way, with samples: each that can start belongs to one path."""
    samples = random.Random(1)
    for _ in range(SAMPLES if symbols else 0):
        sample = [symbol == samples.choice(TELLING) for symbol in symbols]
        if not start.solver.satisfiable(extra_constraints=sample):
            continue
        if (paths := sum(end.solver.satisfiable(extra_constraints=sample) for end in ends)) != 1:
            raise Fault(f"an input belongs to {paths} paths: {sample}")


def compare(state, cases, actual):
    """Checks that on this path the result is what the reference says. `actual(expected)` pairs expected with actual values."""
    if state.solver.satisfiable(extra_constraints=[claripy.Not(claripy.Or(*(condition for condition, _ in cases)))]):
        raise Fault("the reference says nothing about some input")
    for condition, expected in cases:
        pairs = actual(expected)
        different = [claripy.Not(claripy.true() if a is b else a == b) for a, b in pairs]
        wrong = claripy.And(condition, claripy.Or(*different))
        if not wrong.is_false() and state.solver.satisfiable(extra_constraints=[wrong]):
            raise Fault(f"another result than {expected}")
