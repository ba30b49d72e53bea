"""PyYAML, the pure and the C loader, against the cases on stdin."""

import json
import sys

import yaml


def same(a, b):
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return a == b
    if type(a) is not type(b):
        return False
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(
            type(key) is str and same(value, b[key]) for key, value in a.items()
        )
    return a == b


exceptions = [line.split("\t") for line in open(sys.argv[1]) if not line.startswith("#")]
cases = [json.loads(line) for line in sys.stdin.buffer.read().decode().split("\n") if line]
for reader, loader in ("pyyaml", yaml.SafeLoader), ("pyyaml-c", yaml.CSafeLoader):
    passed = failed = excepted = 0
    known = {hazard for name, hazard, _ in exceptions if name == reader}
    for case in cases:
        try:
            got = yaml.load(case["yaml"], loader)
        except Exception as error:
            got = error
        if same(got, case["data"]):
            passed += 1
        elif known.intersection(case["hazards"]):
            excepted += 1
        else:
            failed += 1
            if failed <= 10:
                print(f"{reader}: {case['yaml']!r} is {case['data']!r}, not {got!r}", file=sys.stderr)
    print(reader, passed, failed, excepted, sep="\t")
