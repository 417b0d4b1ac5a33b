"""Census files to clean records, as a Spark job: python3 census_job.py JOB.json

The same records, report and counts as the in-process engine's, bit for bit. Files are cut into
byte ranges; a task cleans the lines that start in its ranges (stage 1, persisted), and once
statistics and line numbers are known encodes them (stage 2). Inputs and the staging folder must be
visible to every worker.

JOB.json: {master, layout, statistics (or null: the records' own), scaling, on_duplicate,
chunk_bytes, inputs: [{path, name, bytes, header_offset, columns: [names, in the file's order]}],
staging}. Writes to the staging folder, for chunk N: inputs-N (float32), labels-N (int64), report-N;
and summary.json. Prints the share of its work that is done, a line each.
"""

import array
import collections
import json
import math
import os
import struct
import sys

import census_lines

# --- Statistics, by whole numbers.


def needs_statistics(layout, scaling):
    def needed(c):
        standardised = scaling == "standard" and c["use"] == "scaled" and c["high"] > c["low"] + 1
        return c["use"] != "constant" and (c["impute"] != "refuse" or standardised)

    return [i for i, c in enumerate(layout["columns"]) if needed(c)]


def statistics_of(column, counts):
    total = sum(counts.values())
    if total == 0:
        raise ValueError(
            "column '%s': expected a value to take the statistics of, got none" % column["name"]
        )
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
    return {
        "mean": (2 * plain + total) // (2 * total),
        "median": median,
        "mode": min(values, key=lambda v: (-counts[v], v)),
        "center": float(first) / float(total),
        "spread": math.sqrt(float(total * second - first * first)) / float(total),
    }


# --- Stage 2: features and the report.


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
            return (
                tuple(1.0 if value == code else 0.0 for code in range(c["low"], c["high"] + 1)),
                0,
            )
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
    """Writes a chunk's parts; its counts. `duplicates`: [(place among the records, where the first
    one is)]."""
    layout, staging = job["layout"], job["staging"]
    dropped = dict(duplicates)
    findings, records = chunk["findings"], chunk["records"]
    if dropped:
        lines = {chunk["places"][i]: text for i, text in dropped.items()}
        records = [r for i, r in enumerate(records) if i not in dropped]
        findings = [f for f in findings if f[0] not in lines]
        findings += [
            (line, ("duplicate", "duplicate", "", "the record of " + text, "dropped"))
            for line, text in lines.items()
        ]
        findings.sort(key=lambda f: f[0])
    body, clipped = encoder(layout, job["scaling"], statistics)(records)
    label, low = next((i, c["low"]) for i, c in enumerate(layout["columns"]) if c["use"] == "label")
    labels = struct.pack("<%dq" % len(records), *(r[label] - low for r in records))
    counts, imputed = collections.Counter(), collections.Counter()
    repaired_lines, imputed_lines, report = set(), set(), []
    for line, (dirt, repair, column, found, done) in findings:
        report.append(
            "%s,%d,%s,%s,%s,%s,%s\n"
            % (
                quoted(names[source]),
                first_line + line,
                repair,
                dirt,
                quoted(column),
                quoted(found),
                quoted(done),
            )
        )
        counts[repair + "/" + dirt] += 1
        if repair == "repaired":
            repaired_lines.add(line)
        if repair == "imputed":
            imputed_lines.add(line)
            imputed[column] += 1
    for name, content in (
        ("inputs", body),
        ("labels", labels),
        ("report", "".join(report).encode()),
    ):
        path = os.path.join(staging, "%s-%d" % (name, chunk_index))
        partial = path + ".%d" % os.getpid()  # another attempt at this task may be writing too
        with open(partial, "wb") as file:
            file.write(content)
        os.replace(partial, path)
    return {
        "rows": len(records),
        "clipped": clipped,
        "findings": dict(counts),
        "imputed": dict(imputed),
        "repaired_lines": len(repaired_lines),
        "imputed_lines": len(imputed_lines),
        "duplicates": len(dropped),
    }


# --- The job.


def find_duplicates(cleaned, starts, sources, names):
    """(chunk, [(place among its records, "FILE:LINE" of the first)]) for chunks that hold some."""

    def keyed(item):
        index, chunk = item
        return (
            (record, (index, i, line))
            for i, (record, line) in enumerate(zip(chunk["records"], chunk["places"]))
        )

    def of_group(group):
        where = sorted(group[1])
        first, _, line = where[0]
        text = "%s:%d" % (names[sources[first]], starts[first] + line)
        return [(index, (place, text)) for index, place, _ in where[1:]]

    return cleaned.flatMap(keyed).groupByKey().flatMap(of_group).groupByKey()


def plan_ranges(job):
    return [
        (source, begin, min(about["bytes"], begin + job["chunk_bytes"]))
        for source, about in enumerate(job["inputs"])
        for begin in range(0, about["bytes"], job["chunk_bytes"])
    ]


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
    os.environ.setdefault(
        "PYSPARK_PYTHON", sys.executable if job["master"].startswith("local") else "python3"
    )
    from pyspark import SparkConf, SparkContext, StorageLevel

    conf = SparkConf().setAppName("assay prepare").set("spark.ui.enabled", "false")
    conf.set(
        "spark.driver.bindAddress", "127.0.0.1" if job["master"].startswith("local") else "0.0.0.0"
    )
    if job["master"].startswith("local"):
        conf.set("spark.driver.host", "127.0.0.1")
    conf.setMaster(job["master"])
    spark = SparkContext(conf=conf)
    spark.setLogLevel("ERROR")
    spark.addPyFile(census_lines.__file__)
    try:
        return run_on(spark, job, StorageLevel.MEMORY_AND_DISK)
    finally:
        spark.stop()


def run_on(spark, job, level):
    names = [about["name"] for about in job["inputs"]]
    ranges = plan_ranges(job)
    sources = [source for source, _, _ in ranges]
    slices = max(1, min(len(ranges), 2 * spark.defaultParallelism))
    cleaned = (
        spark.parallelize(list(enumerate(ranges)), slices)
        .map(lambda item: (item[0], census_lines.clean_chunk(job, *item[1])))
        .persist(level)
    )
    about = dict(cleaned.mapValues(lambda chunk: (chunk["lines"], chunk["kinds"])).collect())
    print("progress 0.5", flush=True)
    starts = first_lines(ranges, [about[i][0] for i in range(len(ranges))])

    drop = job["on_duplicate"] == "drop"
    joined = (
        cleaned.leftOuterJoin(find_duplicates(cleaned, starts, sources, names))
        .map(with_duplicates)
        .persist(level)
        if drop
        else cleaned.mapValues(lambda chunk: (chunk, []))
    )
    needed = needs_statistics(job["layout"], job["scaling"])
    statistics = job["statistics"]
    if statistics is None:

        def kept(pair):
            chunk, groups = pair
            gone = {place for place, _ in groups}
            return {"records": [r for i, r in enumerate(chunk["records"]) if i not in gone]}

        has_records = any(kinds.get("record") for _, kinds in about.values())
        statistics = own_statistics(job, joined.mapValues(kept), needed) if has_records else {}

    done = dict(
        joined.map(
            lambda item: (
                item[0],
                finish_chunk(
                    job,
                    statistics,
                    names,
                    item[0],
                    item[1][0],
                    sources[item[0]],
                    starts[item[0]],
                    item[1][1],
                ),
            )
        ).collect()
    )
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
    counts = {
        name: total[name]
        for name in (
            "lines",
            "written",
            "refused",
            "duplicates",
            "blank",
            "header",
            "repaired_lines",
            "imputed_lines",
            "clipped",
        )
    }
    counts.update(findings=dict(findings), imputed=dict(imputed))
    return {
        "counts": counts,
        "statistics": statistics,
        "rows": [done[i]["rows"] for i in range(chunks)],
    }


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
