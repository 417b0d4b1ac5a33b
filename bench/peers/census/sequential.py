"""Preprocessing as a sequential script does it: the csv module, row by row. sequential.py INPUT OUTPUT_FOLDER"""
import array
import csv
import os
import sys

from columns import clean_row, encode_row


def main():
    source, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    inputs, labels, invalid = array.array("f"), array.array("q"), 0
    csv.field_size_limit(1 << 30)
    with open(source, newline="", encoding="utf-8", errors="replace") as file:
        reader = csv.reader(file)
        next(reader)
        for row in reader:
            values = clean_row(row)
            if values is None:
                invalid += 1
                continue
            features, label = encode_row(values)
            inputs.extend(features)
            labels.append(label)
    with open(os.path.join(folder, "inputs"), "wb") as out:
        inputs.tofile(out)
    with open(os.path.join(folder, "labels"), "wb") as out:
        labels.tofile(out)
    print(len(labels), invalid)


if __name__ == "__main__":
    main()
