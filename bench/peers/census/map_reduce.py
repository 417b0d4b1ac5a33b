"""Preprocessing in MapReduce style on one machine: the input is split into files, each is mapped by a process to a
file of (row number, record), and these are sorted and reduced to one. map_reduce.py INPUT OUTPUT_FOLDER PROCESSES"""
import array
import csv
import heapq
import multiprocessing
import os
import pickle
import sys

from columns import clean_row, encode_row

ROWS_PER_SPLIT = 100_000


def split(source, folder):
    """Files of so many lines each, without the header: [(first row's number, path)]."""
    parts = []
    with open(source, "rb") as file:
        file.readline()
        first = 0
        while True:
            lines = [line for _, line in zip(range(ROWS_PER_SPLIT), file)]
            if not lines:
                return parts
            path = os.path.join(folder, f"split-{first}")
            with open(path, "wb") as out:
                out.writelines(lines)
            parts.append((first, path))
            first += len(lines)


def map_part(part):
    first, path = part
    pairs = []
    csv.field_size_limit(1 << 30)
    with open(path, newline="", encoding="utf-8", errors="replace") as file:
        for number, row in enumerate(csv.reader(file), first):
            values = clean_row(row)
            if values is not None:
                pairs.append((number, encode_row(values)))
    with open(path + ".mapped", "wb") as out:
        pickle.dump(pairs, out, protocol=pickle.HIGHEST_PROTOCOL)
    return path + ".mapped"


def pairs_of(path):
    with open(path, "rb") as file:
        yield from pickle.load(file)


def reduce_parts(paths, folder):
    inputs, labels = array.array("f"), array.array("q")
    for _, (features, label) in heapq.merge(*map(pairs_of, paths), key=lambda pair: pair[0]):
        inputs.extend(features)
        labels.append(label)
    with open(os.path.join(folder, "inputs"), "wb") as out:
        inputs.tofile(out)
    with open(os.path.join(folder, "labels"), "wb") as out:
        labels.tofile(out)
    return len(labels)


def main():
    source, folder, processes = sys.argv[1], sys.argv[2], int(sys.argv[3])
    os.makedirs(folder, exist_ok=True)
    parts = split(source, folder)
    with multiprocessing.Pool(processes) as pool:
        mapped = pool.map(map_part, parts, chunksize=1)
    print(reduce_parts(mapped, folder))


if __name__ == "__main__":
    main()
