"""The census columns as a script has them: name, lowest and highest code, what a missing value becomes."""
COLUMNS = [
    ("state", 13, 13, 13), ("puma", 1101, 1107, 1102), ("sex", 0, 1, 1), ("age", 0, 99, 43),
    ("educ", 1, 16, 11), ("income", -20000, 999999, 21000), ("latino", 0, 1, 0), ("black", 0, 1, 0),
    ("asian", 0, 1, 0), ("married", 0, 1, 0), ("divorced", 0, 1, 0), ("uscitizen", 0, 1, 1), ("children", 0, 1, 0), ("disability", 0, 1, 0),
    ("militaryservice", 0, 1, 0), ("employed", 0, 1, None), ("englishability", 0, 1, 1), ("fips", 13121, 13121, 13121)]
NAMES = [name for name, _, _, _ in COLUMNS]
SCALES = {"income": (0, 100000)}  # others: their codes


def clean_row(row):
    """The row's codes, or None if it is invalid. Missing values are imputed."""
    if len(row) != len(COLUMNS):
        return None
    values = []
    for text, (_, low, high, substitute) in zip(row, COLUMNS):
        if text.strip() in ("", "NA"):
            if substitute is None:
                return None
            values.append(substitute)
            continue
        try:
            value = float(text)
        except ValueError:
            return None
        if not value.is_integer() or not low <= value <= high:  # nan and inf are no integers
            return None
        values.append(int(value))
    return values


def encode_row(values):
    """21 features and the label."""
    features, label = [], 0
    for value, (name, low, high, _) in zip(values, COLUMNS):
        if name == "employed":
            label = value
        elif name == "puma":
            features.extend(1.0 if value == code else 0.0 for code in range(low, high + 1))
        elif high > low:
            bottom, top = SCALES.get(name, (low, high))
            features.append((min(max(value, bottom), top) - bottom) / (top - bottom))
    return features, label
