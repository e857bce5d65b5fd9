"""Makes feynman.txt from FeynmanEquations.csv and BonusEquations.csv: formula, value, then the variables, each with the middle of its range.

The value is Python's own: `python3 feynman.py FOLDER_OF_THE_TABLES > feynman.txt`. A middle where the value is complex is moved towards the lower end."""
import csv, math, sys
names = {k: getattr(math, k) for k in "exp sqrt sin cos tanh pi".split()} | {"arcsin": math.asin, "arccos": math.acos, "ln": math.log}
for table in ["FeynmanEquations.csv", "BonusEquations.csv"]:
    for row in csv.DictReader(open(f"{sys.argv[1]}/{table}", encoding="utf-8-sig")):
        if not row["Formula"]:
            continue
        for share in [0.5, 0.3, 0.1, 0.0]:
            variables = {row[f"v{i}_name"]: float(row[f"v{i}_low"]) + share * (1 + 0.01 * i) * (float(row[f"v{i}_high"]) - float(row[f"v{i}_low"])) for i in range(1, 11) if row.get(f"v{i}_name")}
            try:
                value = eval(row["Formula"], {}, names | variables)
                break
            except ValueError:
                continue
        else:
            raise SystemExit(row["Formula"])
        print(row["Formula"], repr(float(value)), *(f"{k}={v!r}" for k, v in variables.items()), sep=" | ")
