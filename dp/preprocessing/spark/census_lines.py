"""The lines of census files, and what each is: the rules of the in-process engine, written anew.

Free of Spark: a task calls clean_chunk() for a byte range of a file.
"""

import array
import collections
import re

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LINE_END = re.compile(rb"[\r\n]")
PLAIN = re.compile(rb"-?[0-9]{1,18}")
NUMBER = re.compile(rb"(-?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?)([0-9]{1,4}))?")
MOST_DIGITS, LONGEST_NUMBER, SHOWN = 18, 64, 40


# --- Reading lines.


def past_end(text, at):
    """Past the line end at `at`: a carriage return and a line feed are one."""
    return at + 2 if text[at : at + 2] == b"\r\n" else at + 1


def find_end(text, start):
    found = LINE_END.search(text, start)
    return found.start() if found else len(text)


def read_chunk(path, size, begin, end, longest):
    """The lines that start in [begin, end), and how many bytes of the last, an overlong one, are
    not held."""
    with open(path, "rb") as file:
        start = max(begin - 1, 0)
        wanted = min(size, end + longest + 2) - start
        file.seek(start)
        text = file.read(wanted)
        whole = len(text) == wanted and start + wanted == size
        last = end - 1 - start
        first = 0
        if begin > 0:
            at = find_end(text, 0)
            if at >= last:
                return b"", 0
            first = past_end(text, at)
            if first > last:
                return b"", 0
        at = find_end(text, min(last, len(text)))
        beyond = 0
        if at < len(text):
            text = text[: past_end(text, at)]
        elif not whole:
            while True:
                block = file.read(1 << 16)
                stop = find_end(block, 0)
                beyond += stop
                if stop < len(block) or not block:
                    break
        return text[first:], beyond


def lines_of(text):
    """(line, whether it ends with a carriage return alone) for each line."""
    at = 0
    while at < len(text):
        stop = find_end(text, at)
        after = past_end(text, stop) if stop < len(text) else stop
        yield text[at:stop], after == stop + 1 and text[stop:after] == b"\r"
        at = after


# --- One line.


def split_fields(line):
    """[(text, whether it was quoted)], or None for a quote that makes no sense."""
    fields, at = [], 0
    while True:
        if line[at : at + 1] == b'"':
            text, at = bytearray(), at + 1
            while True:
                quote = line.find(b'"', at)
                if quote < 0:
                    return None
                text += line[at:quote]
                after = line[quote + 1 : quote + 2]
                if after == b'"':
                    text += b'"'
                    at = quote + 2
                elif after in (b"", b","):
                    at = quote + 1
                    break
                else:
                    return None
            fields.append((bytes(text), True))
        else:
            stop = line.find(b",", at)
            stop = len(line) if stop < 0 else stop
            text = line[at:stop]
            if b'"' in text:
                return None
            fields.append((text, False))
            at = stop
        if at == len(line):
            return fields
        at += 1


def whole_number(text):
    """The whole number that a text means, or None."""
    found = NUMBER.fullmatch(text) if len(text) <= LONGEST_NUMBER else None
    if not found:
        return None
    sign, whole, fraction, power_sign, power = found.groups()
    fraction = fraction or b""
    if not whole and not fraction:
        return None
    exponent = int(power or 0) * (-1 if power_sign == b"-" else 1) - len(fraction)
    digits = (whole + fraction).lstrip(b"0")
    if not digits:
        return 0
    short = digits.rstrip(b"0")
    exponent += len(digits) - len(short)
    if exponent < 0 or len(short) + exponent > MOST_DIGITS:
        return None
    value = int(short) * 10**exponent
    return -value if sign else value


def shown(text):
    out = "".join(chr(c) if 0x20 <= c < 0x7F else "\\x%02x" % c for c in text[:SHOWN])
    return out + ("..." if len(text) > SHOWN else "")


class Cleaner:
    """Takes a line to a record or says why there is none. A record is a tuple of values by column
    of the layout, None for a missing one; a finding is (dirt, repair, column name, found, done).
    """

    def __init__(self, layout, names):
        columns = {c["name"]: (i, c) for i, c in enumerate(layout["columns"])}
        self.names = [n.encode() for n in names]
        self.columns = [columns[n] for n in names]
        self.ranges = [(c["low"], c["high"]) for _, c in self.columns]
        self.in_order = [i for i, _ in self.columns] == list(range(len(names)))
        self.longest = layout["longest_line_bytes"]
        self.missing = {m.encode() for m in layout["missing"]}
        self.plain = re.compile(rb"-?[0-9]{1,18}(?:,-?[0-9]{1,18}){%d}" % (len(names) - 1))

    def clean(self, line, carriage_return):
        """(kind, record, findings)"""
        if self.plain.fullmatch(line):
            values = tuple(map(int, line.split(b",")))
            if all(low <= v <= high for v, (low, high) in zip(values, self.ranges)):
                return (
                    "record",
                    self.by_layout(values),
                    [CARRIAGE_RETURN] if carriage_return else [],
                )
        if len(line) > self.longest:
            return self.overlong(len(line))
        if b"\0" in line:
            return refused("nul_byte", "", shown(line), "expected text without NUL bytes")
        findings = [CARRIAGE_RETURN] if carriage_return else []
        if line.startswith(BYTE_ORDER_MARK):
            line = line[len(BYTE_ORDER_MARK) :]
            findings.append(("byte_order_mark", "repaired", "", "a byte order mark", "removed"))
        if not line.strip(b" \t"):
            return "blank", None, [("blank_line", "blank", "", shown(line), "skipped")]
        fields = split_fields(line)
        if fields is None:
            return refused("stray_quote", "", shown(line), "expected quotes around whole fields")
        if [text.strip(b" \t") for text, _ in fields] == self.names:
            return (
                "header",
                None,
                findings + [("repeated_header", "header", "", "the header", "skipped")],
            )
        if len(fields) != len(self.names):
            return refused(
                "field_count", "", "%d fields" % len(fields), "expected %d fields" % len(self.names)
            )
        return self.clean_fields(fields, findings)

    def overlong(self, size):
        return refused(
            "overlong_line", "", "%d bytes" % size, "expected at most %d bytes" % self.longest
        )

    def clean_fields(self, fields, findings):
        values = []
        for (text, quoted), (_, column) in zip(fields, self.columns):
            name, trimmed = column["name"], text.strip(b" \t")
            if trimmed in self.missing:
                if column["use"] != "constant" and column["impute"] == "refuse":
                    return refused("missing_value", name, shown(text), "expected a value")
                substitute = (
                    "the layout's constant"
                    if column["use"] == "constant"
                    else "the " + column["impute"]
                )
                findings.append(("missing_value", "imputed", name, shown(text), substitute))
                values.append(None)
                continue
            value = whole_number(trimmed)
            if value is None:
                return refused("not_a_number", name, shown(text), "expected a whole number")
            if not column["low"] <= value <= column["high"]:
                return refused(
                    "out_of_range",
                    name,
                    shown(text),
                    "expected %d to %d" % (column["low"], column["high"]),
                )
            if quoted or not PLAIN.fullmatch(text):
                findings.append(
                    (
                        "quoted_number" if quoted else "number_form",
                        "repaired",
                        name,
                        shown(text),
                        "read as %d" % value,
                    )
                )
            values.append(value)
        return "record", self.by_layout(tuple(values)), findings

    def by_layout(self, values):
        if self.in_order:
            return values
        out = [None] * len(values)
        for value, (index, _) in zip(values, self.columns):
            out[index] = value
        return tuple(out)


CARRIAGE_RETURN = (
    "carriage_return",
    "repaired",
    "",
    "a carriage return alone",
    "read as a line end",
)


def refused(dirt, column, found, expected):
    return "refused", None, [(dirt, "refused", column, found, "left out: " + expected)]


# --- Stage 1: a chunk's lines.


def clean_chunk(job, source, begin, end):
    """Counts of lines, records, the lines that they stand on (from 0), and [(line, finding)]."""
    about = job["inputs"][source]
    layout = job["layout"]
    cleaner = Cleaner(layout, about["columns"])
    text, beyond = read_chunk(
        about["path"], about["bytes"], begin, end, layout["longest_line_bytes"]
    )
    own_header = begin <= about["header_offset"]
    kinds = collections.Counter()
    records, places, findings = [], array.array("q"), []
    number, held = 0, 0
    for line, carriage_return in lines_of(text):
        held += len(line)
        kind, record, found = cleaner.clean(line, carriage_return)
        last = number, line
        kinds[kind] += 1
        if kind == "record":
            records.append(record)
            places.append(number)
        if kind == "header" and own_header:
            found = found[:-1]
            own_header = False
        findings += [(number, f) for f in found]
        number += 1
    if beyond:  # the last line is longer than what was read of it
        number, line = last
        kinds[cleaner.clean(line, False)[0]] -= 1
        findings = [f for f in findings if f[0] != number]
        if places and places[-1] == number:
            places.pop()
            records.pop()
        kind, _, found = cleaner.overlong(len(line) + beyond)
        kinds[kind] += 1
        findings += [(number, f) for f in found]
        number += 1
    return {
        "lines": number,
        "kinds": dict(+kinds),
        "records": records,
        "places": places,
        "findings": findings,
    }
