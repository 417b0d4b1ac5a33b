"""Census files to clean records, as a Spark job: python3 census_job.py JOB.json

The same cleaning as the in-process engine, written anew: the same records, report and counts, bit for bit. Files
are cut into byte ranges; a task cleans the lines that start in its ranges (stage 1, persisted), and once statistics
and line numbers are known encodes them (stage 2). Inputs and the staging folder must be visible to every worker.

JOB.json: {master, layout, statistics (or null: the records' own), scaling, on_duplicate, chunk_bytes,
inputs: [{path, name, bytes, header_offset, columns: [names, in the file's order]}], staging}.
Writes to the staging folder, for chunk N: inputs-N (float32), labels-N (int64), report-N; and summary.json. Prints
the share of its work that is done, a line each.
"""
import array
import collections
import json
import math
import os
import re
import struct
import sys

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LINE_END = re.compile(rb"[\r\n]")
PLAIN = re.compile(rb"-?[0-9]{1,18}")
NUMBER = re.compile(rb"(-?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?)([0-9]{1,4}))?")
MOST_DIGITS, LONGEST_NUMBER, SHOWN = 18, 64, 40


# --- Reading lines. ---------------------------------------------------------------------------------------------

def past_end(text, at):
    """Past the line end at `at`: a carriage return and a line feed are one."""
    return at + 2 if text[at:at + 2] == b"\r\n" else at + 1


def find_end(text, start):
    found = LINE_END.search(text, start)
    return found.start() if found else len(text)


def read_chunk(path, size, begin, end, longest):
    """The lines that start in [begin, end), and how many bytes of the last, an overlong one, are not held."""
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
            text = text[:past_end(text, at)]
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


# --- One line. --------------------------------------------------------------------------------------------------

def split_fields(line):
    """[(text, whether it was quoted)], or None for a quote that makes no sense."""
    fields, at = [], 0
    while True:
        if line[at:at + 1] == b'"':
            text, at = bytearray(), at + 1
            while True:
                quote = line.find(b'"', at)
                if quote < 0:
                    return None
                text += line[at:quote]
                after = line[quote + 1:quote + 2]
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
    value = int(short) * 10 ** exponent
    return -value if sign else value


def shown(text):
    out = "".join(chr(c) if 0x20 <= c < 0x7f else "\\x%02x" % c for c in text[:SHOWN])
    return out + ("..." if len(text) > SHOWN else "")


class Cleaner:
    """Takes a line to a record or says why there is none. A record is a tuple of values by column of the layout,
    None for a missing one; a finding is (dirt, repair, column name, found, done)."""

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
                return "record", self.by_layout(values), [CARRIAGE_RETURN] if carriage_return else []
        if len(line) > self.longest:
            return self.overlong(len(line))
        if b"\0" in line:
            return refused("nul_byte", "", shown(line), "expected text without NUL bytes")
        findings = [CARRIAGE_RETURN] if carriage_return else []
        if line.startswith(BYTE_ORDER_MARK):
            line = line[len(BYTE_ORDER_MARK):]
            findings.append(("byte_order_mark", "repaired", "", "a byte order mark", "removed"))
        if not line.strip(b" \t"):
            return "blank", None, [("blank_line", "blank", "", shown(line), "skipped")]
        fields = split_fields(line)
        if fields is None:
            return refused("stray_quote", "", shown(line), "expected quotes around whole fields")
        if [text.strip(b" \t") for text, _ in fields] == self.names:
            return "header", None, findings + [("repeated_header", "header", "", "the header", "skipped")]
        if len(fields) != len(self.names):
            return refused("field_count", "", "%d fields" % len(fields), "expected %d fields" % len(self.names))
        return self.clean_fields(fields, findings)

    def overlong(self, size):
        return refused("overlong_line", "", "%d bytes" % size, "expected at most %d bytes" % self.longest)

    def clean_fields(self, fields, findings):
        values = []
        for (text, quoted), (_, column) in zip(fields, self.columns):
            name, trimmed = column["name"], text.strip(b" \t")
            if trimmed in self.missing:
                if column["use"] != "constant" and column["impute"] == "refuse":
                    return refused("missing_value", name, shown(text), "expected a value")
                substitute = ("the layout's constant" if column["use"] == "constant" else "the " + column["impute"])
                findings.append(("missing_value", "imputed", name, shown(text), substitute))
                values.append(None)
                continue
            value = whole_number(trimmed)
            if value is None:
                return refused("not_a_number", name, shown(text), "expected a whole number")
            if not column["low"] <= value <= column["high"]:
                return refused("out_of_range", name, shown(text),
                               "expected %d to %d" % (column["low"], column["high"]))
            if quoted or not PLAIN.fullmatch(text):
                findings.append(("quoted_number" if quoted else "number_form", "repaired", name, shown(text),
                                 "read as %d" % value))
            values.append(value)
        return "record", self.by_layout(tuple(values)), findings

    def by_layout(self, values):
        if self.in_order:
            return values
        out = [None] * len(values)
        for value, (index, _) in zip(values, self.columns):
            out[index] = value
        return tuple(out)


CARRIAGE_RETURN = ("carriage_return", "repaired", "", "a carriage return alone", "read as a line end")


def refused(dirt, column, found, expected):
    return "refused", None, [(dirt, "refused", column, found, "left out: " + expected)]


# --- Stage 1: a chunk's lines. ----------------------------------------------------------------------------------

def clean_chunk(job, source, begin, end):
    """Counts of lines, records, the lines that they stand on (from 0), and [(line, finding)]."""
    about = job["inputs"][source]
    layout = job["layout"]
    cleaner = Cleaner(layout, about["columns"])
    text, beyond = read_chunk(about["path"], about["bytes"], begin, end, layout["longest_line_bytes"])
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
    return {"lines": number, "kinds": dict(+kinds), "records": records, "places": places, "findings": findings}


# --- Statistics, by whole numbers. ------------------------------------------------------------------------------

def needs_statistics(layout, scaling):
    def needed(c):
        standardised = scaling == "standard" and c["use"] == "scaled" and c["high"] > c["low"] + 1
        return c["use"] != "constant" and (c["impute"] != "refuse" or standardised)
    return [i for i, c in enumerate(layout["columns"]) if needed(c)]


def statistics_of(column, counts):
    total = sum(counts.values())
    if total == 0:
        raise ValueError("column '%s': expected a value to take the statistics of, got none" % column["name"])
    # A scale is that of a scaled column; other columns' is their range of codes.
    low, high = column.get("scale_low", column["low"]), column.get("scale_high", column["high"])
    values = sorted(counts)
    plain = sum(v * counts[v] for v in values)
    clipped = {v: min(max(v, low), high) for v in values}
    first = sum(clipped[v] * counts[v] for v in values)
    second = sum(clipped[v] * clipped[v] * counts[v] for v in values)
    below, median = 0, None
    for v in values:
        below += counts[v]
        if below > (total - 1) // 2:
            median = v
            break
    return {"mean": (2 * plain + total) // (2 * total), "median": median,
            "mode": min(values, key=lambda v: (-counts[v], v)),
            "center": float(first) / float(total),
            "spread": math.sqrt(float(total * second - first * first)) / float(total)}


# --- Stage 2: features and the report. --------------------------------------------------------------------------

def encoder(layout, scaling, statistics):
    """[(column index, {value: (features, clipped)})], which is filled as values come up."""
    plans = []
    for index, c in enumerate(layout["columns"]):
        if c["use"] in ("scaled", "one_hot"):
            plans.append((index, c, statistics.get(c["name"]), {}))

    def features(c, s, value):
        if value is None:
            value = s[c["impute"]]
        if c["use"] == "one_hot":
            return tuple(1.0 if value == code else 0.0 for code in range(c["low"], c["high"] + 1)), 0
        low, high = c["scale_low"], c["scale_high"]
        clipped = min(max(value, low), high)
        if scaling == "standard" and c["high"] > c["low"] + 1:
            if not s["spread"] > 0:
                raise ValueError("column '%s': expected a spread above 0" % c["name"])
            feature = (float(clipped) - s["center"]) / s["spread"]
        else:
            feature = float(clipped - low) / float(high - low)
        return (feature,), int(clipped != value)

    def encode(records):
        out, total = array.array("f"), 0
        for record in records:
            for index, c, s, known in plans:
                value = record[index]
                found = known.get(value)
                if found is None:
                    found = known[value] = features(c, s, value)
                out.extend(found[0])
                total += found[1]
        return out.tobytes(), total

    return encode


def quoted(text):
    return '"' + text.replace('"', '""') + '"'


def finish_chunk(job, statistics, names, chunk_index, chunk, source, first_line, duplicates):
    """Writes a chunk's parts; its counts. `duplicates`: [(place among the records, the first one's text)]."""
    layout, staging = job["layout"], job["staging"]
    dropped = dict(duplicates)
    findings, records = chunk["findings"], chunk["records"]
    if dropped:
        lines = {chunk["places"][i]: text for i, text in dropped.items()}
        records = [r for i, r in enumerate(records) if i not in dropped]
        findings = [f for f in findings if f[0] not in lines]
        findings += [(line, ("duplicate", "duplicate", "", "the record of " + text, "dropped"))
                     for line, text in lines.items()]
        findings.sort(key=lambda f: f[0])
    body, clipped = encoder(layout, job["scaling"], statistics)(records)
    label, low = next((i, c["low"]) for i, c in enumerate(layout["columns"]) if c["use"] == "label")
    labels = struct.pack("<%dq" % len(records), *(r[label] - low for r in records))
    counts, imputed = collections.Counter(), collections.Counter()
    repaired_lines, imputed_lines, report = set(), set(), []
    for line, (dirt, repair, column, found, done) in findings:
        report.append("%s,%d,%s,%s,%s,%s,%s\n" % (quoted(names[source]), first_line + line, repair, dirt,
                                                  quoted(column), quoted(found), quoted(done)))
        counts[repair + "/" + dirt] += 1
        if repair == "repaired":
            repaired_lines.add(line)
        if repair == "imputed":
            imputed_lines.add(line)
            imputed[column] += 1
    for name, content in (("inputs", body), ("labels", labels), ("report", "".join(report).encode())):
        path = os.path.join(staging, "%s-%d" % (name, chunk_index))
        partial = path + ".%d" % os.getpid()  # another attempt at this task may be writing too
        with open(partial, "wb") as file:
            file.write(content)
        os.replace(partial, path)
    return {"rows": len(records), "clipped": clipped, "findings": dict(counts), "imputed": dict(imputed),
            "repaired_lines": len(repaired_lines), "imputed_lines": len(imputed_lines),
            "duplicates": len(dropped)}


# --- The job. ---------------------------------------------------------------------------------------------------

def find_duplicates(cleaned, starts, sources, names):
    """(chunk, [(place among its records, "FILE:LINE" of the first)]) for the chunks that hold some."""
    def keyed(item):
        index, chunk = item
        return ((record, (index, i, line)) for i, (record, line) in enumerate(zip(chunk["records"], chunk["places"])))

    def of_group(group):
        where = sorted(group[1])
        first, _, line = where[0]
        text = "%s:%d" % (names[sources[first]], starts[first] + line)
        return [(index, (place, text)) for index, place, _ in where[1:]]

    return cleaned.flatMap(keyed).groupByKey().flatMap(of_group).groupByKey()


def plan_ranges(job):
    return [(source, begin, min(about["bytes"], begin + job["chunk_bytes"]))
            for source, about in enumerate(job["inputs"])
            for begin in range(0, about["bytes"], job["chunk_bytes"])]


def first_lines(ranges, lines):
    """The number of each chunk's first line in its file, from 1."""
    starts, source, number = [], None, 1
    for (of, _, _), count in zip(ranges, lines):
        if of != source:
            source, number = of, 1
        starts.append(number)
        number += count
    return starts


def own_statistics(job, cleaned, needed):
    columns = job["layout"]["columns"]

    def count(chunks):
        counts = {i: collections.Counter() for i in needed}
        for _, chunk in chunks:
            for i in needed:
                counts[i].update(r[i] for r in chunk["records"])
        return [counts]

    def merge(a, b):
        for i in needed:
            a[i].update(b[i])
        return a

    counts = cleaned.mapPartitions(count).treeReduce(merge)
    for i in needed:
        counts[i].pop(None, None)
    return {columns[i]["name"]: statistics_of(columns[i], counts[i]) for i in needed}


def with_duplicates(item):
    """(chunk number, (chunk, [(place of a duplicate, ...)]))"""
    index, (chunk, groups) = item
    return index, (chunk, list(groups or ()))


def run(job):
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable if job["master"].startswith("local") else "python3")
    from pyspark import SparkConf, SparkContext, StorageLevel
    conf = SparkConf().setAppName("assay prepare").set("spark.ui.enabled", "false")
    conf.set("spark.driver.bindAddress", "127.0.0.1" if job["master"].startswith("local") else "0.0.0.0")
    if job["master"].startswith("local"):
        conf.set("spark.driver.host", "127.0.0.1")
    conf.setMaster(job["master"])
    spark = SparkContext(conf=conf)
    spark.setLogLevel("ERROR")
    try:
        return run_on(spark, job, StorageLevel.MEMORY_AND_DISK)
    finally:
        spark.stop()


def run_on(spark, job, level):
    names = [about["name"] for about in job["inputs"]]
    ranges = plan_ranges(job)
    sources = [source for source, _, _ in ranges]
    slices = max(1, min(len(ranges), 2 * spark.defaultParallelism))
    cleaned = spark.parallelize(list(enumerate(ranges)), slices).map(
        lambda item: (item[0], clean_chunk(job, *item[1]))).persist(level)
    about = dict(cleaned.mapValues(lambda chunk: (chunk["lines"], chunk["kinds"])).collect())
    print("progress 0.5", flush=True)
    starts = first_lines(ranges, [about[i][0] for i in range(len(ranges))])

    drop = job["on_duplicate"] == "drop"
    joined = (cleaned.leftOuterJoin(find_duplicates(cleaned, starts, sources, names)).map(with_duplicates).persist(level)
              if drop else cleaned.mapValues(lambda chunk: (chunk, [])))
    needed = needs_statistics(job["layout"], job["scaling"])
    statistics = job["statistics"]
    if statistics is None:
        def kept(pair):
            chunk, groups = pair
            gone = {place for place, _ in groups}
            return {"records": [r for i, r in enumerate(chunk["records"]) if i not in gone]}
        has_records = any(kinds.get("record") for _, kinds in about.values())
        statistics = own_statistics(job, joined.mapValues(kept), needed) if has_records else {}

    done = dict(joined.map(lambda item: (item[0], finish_chunk(
        job, statistics, names, item[0], item[1][0], sources[item[0]], starts[item[0]], item[1][1]))).collect())
    print("progress 0.9", flush=True)
    return summary(about, done, statistics, len(ranges))


def summary(about, done, statistics, chunks):
    total, findings, imputed = collections.Counter(), collections.Counter(), collections.Counter()
    for i in range(chunks):
        lines, kinds = about[i]
        total["lines"] += lines
        for kind, name in (("refused", "refused"), ("blank", "blank"), ("header", "header")):
            total[name] += kinds.get(kind, 0)
        part = done[i]
        total["written"] += part["rows"]
        for name in ("clipped", "repaired_lines", "imputed_lines", "duplicates"):
            total[name] += part[name]
        findings.update(part["findings"])
        imputed.update(part["imputed"])
    counts = {name: total[name] for name in ("lines", "written", "refused", "duplicates", "blank", "header",
                                             "repaired_lines", "imputed_lines", "clipped")}
    counts.update(findings=dict(findings), imputed=dict(imputed))
    return {"counts": counts, "statistics": statistics, "rows": [done[i]["rows"] for i in range(chunks)]}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        job = json.load(file)
    result = run(job)
    path = os.path.join(job["staging"], "summary.json")
    with open(path + ".partial", "w", encoding="utf-8") as file:
        json.dump(result, file)
    os.replace(path + ".partial", path)


if __name__ == "__main__":
    main()
