"""What the functions of the image must return, written from the RFCs and the documentation, not from the code.

A reference is given the bytes, symbolic or not, and returns cases: a condition on the bytes and what holds then. The
conditions of all cases exclude each other and cover everything.
"""

import claripy

TRUE, FALSE = claripy.true(), claripy.false()
all_of, any_of, no, choose = claripy.And, claripy.Or, claripy.Not, claripy.If


def within(byte, low, high):
    return all_of(claripy.UGE(byte, low), claripy.ULE(byte, high))


def one_of(byte, text):
    return any_of(*(byte == ord(c) for c in text))


def number(bytes_):
    """Decimal digits alone, at least one, up to 4,294,967,289."""
    # Nine digits fit 32 bits. The solver takes much longer for wider numbers.
    width = 32 if len(bytes_) < 10 else 64
    value, good = claripy.BVV(0, width), TRUE if bytes_ else FALSE
    for byte in bytes_:
        good = all_of(good, within(byte, 0x30, 0x39))
        value = value * 10 + (byte - 0x30).zero_extend(width - 8)
    good = all_of(good, claripy.ULE(value, 4_294_967_289))
    return [(good, {"found": 1, "value": value[31:0]}), (no(good), {"found": 0})]


def nibble(byte):
    return choose(within(byte, 0x30, 0x39), byte - 0x30, (byte & 0xDF) - 0x37).zero_extend(24)


def is_hex(byte):
    return any_of(within(byte, 0x30, 0x39), within(byte, 0x41, 0x46), within(byte, 0x61, 0x66))


SHORT = {'"': 0x22, "\\": 0x5C, "/": 0x2F, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9}


def utf8(code):
    """The cases of RFC 3629 §3: a condition on the code point and its bytes."""
    def low(shift):
        return (claripy.LShR(code, shift) & 0x3F | 0x80)[7:0]

    def lead(mark, shift):
        return (claripy.LShR(code, shift) | mark)[7:0]

    yield within(code, 0, 0x7F), [code[7:0]]
    yield within(code, 0x80, 0x7FF), [lead(0xC0, 6), low(0)]
    yield within(code, 0x800, 0xFFFF), [lead(0xE0, 12), low(6), low(0)]
    yield within(code, 0x1_0000, 0x10_FFFF), [lead(0xF0, 18), low(12), low(6), low(0)]


def unescape(text):
    """RFC 8259 §7, from after the opening quote. A lone surrogate stands for U+FFFD.

    The results are the text and the number of bytes behind the closing quote, or the position of the first byte that is
    wrong, where the opening quote is at 0.
    """
    end = len(text)
    # The condition under which this many bytes are read and written, and the bytes written.
    states = {(0, 0): (TRUE, [])}
    cases = []

    def wrong(condition, at):
        if not condition.is_false():
            cases.append((condition, {"found": 0, "at": at + 1}))

    def go(condition, read, written):
        if condition.is_false():
            return
        key = (read, len(written))
        known, bytes_ = states.get(key, (FALSE, written))
        states[key] = (any_of(known, condition), [choose(condition, new, old) for new, old in zip(written, bytes_, strict=True)])

    def digits(condition, start):
        """The condition under which four digits are there, and their value; the others are wrong."""
        value, broken = claripy.BVV(0, 32), []
        for at in range(start, start + 4):
            if at >= end:
                return FALSE, value, [*broken, (condition, end)]
            good = is_hex(text[at])
            broken.append((all_of(condition, no(good)), at))
            condition = all_of(condition, good)
            value = value << 4 | nibble(text[at])
        return condition, value, broken

    for read in range(end + 1):
        for written_len in range(read + 1):
            if (read, written_len) not in states:
                continue
            condition, written = states.pop((read, written_len))
            if read == end:
                wrong(condition, end)
                continue
            byte = text[read]
            cases.append((all_of(condition, byte == 0x22), {"found": 1, "text": written, "behind": end - read - 1}))
            wrong(all_of(condition, claripy.ULT(byte, 0x20)), read)
            plain = all_of(claripy.UGE(byte, 0x20), byte != 0x22, byte != 0x5C)
            go(all_of(condition, plain), read + 1, [*written, byte])
            escaped = all_of(condition, byte == 0x5C)
            if read + 1 == end:
                wrong(escaped, end)
                continue
            kind = text[read + 1]
            for letter, stands_for in SHORT.items():
                go(all_of(escaped, kind == ord(letter)), read + 2, [*written, claripy.BVV(stands_for, 8)])
            wrong(all_of(escaped, no(one_of(kind, [*SHORT, "u"]))), read + 1)
            good, unit, broken = digits(all_of(escaped, kind == ord("u")), read + 2)
            for case in broken:
                wrong(*case)
            high, low = within(unit, 0xD800, 0xDBFF), within(unit, 0xDC00, 0xDFFF)
            paired = FALSE
            if read + 12 <= end:
                marked = all_of(high, text[read + 6] == 0x5C, text[read + 7] == ord("u"))
                both, second, _ = digits(all_of(good, marked), read + 8)
                paired = all_of(both, within(second, 0xDC00, 0xDFFF))
                code = 0x1_0000 + ((unit & 0x3FF) << 10 | second & 0x3FF)
                for fits, bytes_ in utf8(code):
                    go(all_of(paired, fits), read + 12, [*written, *bytes_])
            alone = all_of(good, no(paired))
            code = choose(any_of(high, low), claripy.BVV(0xFFFD, 32), unit)
            for fits, bytes_ in utf8(code):
                go(all_of(alone, fits), read + 6, [*written, *bytes_])
    return cases


def is_utf8(bytes_):
    """The condition under which the bytes are UTF-8, and that under which they may still become it (RFC 3629 §4)."""
    # By the number of bytes that a character still lacks, and the range of the next one.
    states = {(0, 0, 0): TRUE}
    for byte in bytes_:
        following = {}

        def go(key, condition, following=following):
            following[key] = any_of(following.get(key, FALSE), condition)

        for (lacking, low, high), condition in states.items():
            if lacking:
                fits = all_of(condition, within(byte, low, high))
                go((lacking - 1, *((0x80, 0xBF) if lacking > 1 else (0, 0))), fits)
                continue
            for first, last, key in (
                (0x00, 0x7F, (0, 0, 0)),
                (0xC2, 0xDF, (1, 0x80, 0xBF)),
                (0xE0, 0xE0, (2, 0xA0, 0xBF)),
                (0xE1, 0xEC, (2, 0x80, 0xBF)),
                (0xED, 0xED, (2, 0x80, 0x9F)),
                (0xEE, 0xEF, (2, 0x80, 0xBF)),
                (0xF0, 0xF0, (3, 0x90, 0xBF)),
                (0xF1, 0xF3, (3, 0x80, 0xBF)),
                (0xF4, 0xF4, (3, 0x80, 0x8F)),
            ):
                go(key, all_of(condition, within(byte, first, last)))
        states = following
    return states.get((0, 0, 0), FALSE), any_of(FALSE, *states.values())


NONE, TEXT, BINARY, PING, PONG, CLOSE = range(6)
(RESERVED, UNKNOWN, MASKED, FRAGMENTED, CONTROL_TOO_LONG, CONTINUATION, INTERRUPTED, NOT_MINIMAL, OUT_OF_RANGE, TOO_BIG,
 NOT_UTF8, CLOSE_TOO_SHORT, CLOSE_CODE) = range(0x10, 0x1D)


def frame(bytes_):
    """RFC 6455 §5.2, as far as the first message, control frame or violation, for a client that can hold no message.

    Its buffer holds one byte, so that each message that is not empty is too big.
    """
    cases = []

    def end(condition, kind, unread, value=0, payload=()):
        if not condition.is_false():
            cases.append((condition, {"kind": kind, "unread": unread, "value": value, "payload": payload}))

    # Empty fragments may follow each other. The kind of the message they belong to.
    states = [(TRUE, 0, None)]
    while states:
        condition, at, unfinished = states.pop()
        rest = len(bytes_) - at
        if rest < 2:
            end(condition, NONE, 0)
            continue
        first, second = bytes_[at], bytes_[at + 1]
        opcode, length, fin = first & 0x0F, second & 0x7F, first & 0x80 != 0

        def violation(when, kind, value=0, used=2):
            nonlocal condition
            end(all_of(condition, when), kind, rest - used, value)
            condition = all_of(condition, no(when))

        violation(first & 0x70 != 0, RESERVED)
        violation(any_of(within(opcode, 3, 7), within(opcode, 11, 15)), UNKNOWN, opcode.zero_extend(56))
        violation(second & 0x80 != 0, MASKED)
        control = opcode & 8 != 0
        violation(all_of(control, no(fin)), FRAGMENTED)
        violation(all_of(control, claripy.UGT(length, 125)), CONTROL_TOO_LONG)
        if unfinished is None:
            violation(opcode == 0, CONTINUATION)
        else:
            violation(all_of(no(control), opcode != 0), INTERRUPTED)
        for size in range(min(rest - 2, 125) + 1):
            whole = all_of(condition, control, length == size)
            payload = bytes_[at + 2:at + 2 + size]
            unread = rest - 2 - size
            for code, kind in ((9, PING), (10, PONG)):
                end(all_of(whole, opcode == code), kind, unread, size, payload)
            close = all_of(whole, opcode == 8)
            if size == 0:
                end(close, CLOSE, unread)
            elif size == 1:
                end(close, CLOSE_TOO_SHORT, unread)
            else:
                code = claripy.Concat(*payload[:2])
                valid = any_of(within(code, 1000, 1003), within(code, 1007, 1014), within(code, 3000, 4999))
                text, _ = is_utf8(payload[2:])
                end(all_of(close, no(valid)), CLOSE_CODE, unread, code.zero_extend(48))
                end(all_of(close, valid, no(text)), NOT_UTF8, unread)
                end(all_of(close, valid, text), CLOSE, unread, code.zero_extend(48), payload[2:])
        end(all_of(condition, control, claripy.UGT(length, rest - 2)), NONE, 0)
        condition = all_of(condition, no(control))
        for marker, width, least in ((126, 2, 126), (127, 8, 0x1_0000)):
            long = all_of(condition, length == marker)
            if rest < 2 + width:
                end(long, NONE, 0)
                continue
            value = claripy.Concat(*bytes_[at + 2:at + 2 + width]).zero_extend(64 - 8 * width)
            minimal, range_ = claripy.UGE(value, least), value[63:63] == 0
            end(all_of(long, no(minimal)), NOT_MINIMAL, rest - 2 - width)
            end(all_of(long, minimal, no(range_)), OUT_OF_RANGE, rest - 2 - width)
            end(all_of(long, minimal, range_), TOO_BIG, rest - 2 - width, value)
        condition = all_of(condition, claripy.ULT(length, 126))
        end(all_of(condition, length != 0), TOO_BIG, rest - 2, length.zero_extend(56))
        empty = all_of(condition, length == 0)
        for code, kind in ((1, TEXT), (2, BINARY)):
            is_kind = opcode == code if unfinished is None else (TRUE if unfinished == kind else FALSE)
            end(all_of(empty, fin, is_kind), kind, rest - 2)
            if not (going := all_of(empty, no(fin), is_kind)).is_false():
                states.append((going, at + 2, kind))
    return cases
