"""Holds reports of the cases in tests/errors, and of a clean graph, against the schemas of their formats."""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import junitparser
from jsonschema import Draft4Validator, Draft7Validator, FormatChecker
from lxml import etree

binary, root, sarif_schema, junit_schema = sys.argv[1:]
root = Path(root).resolve()
cases = root / "tests/errors"

# https://docs.gitlab.com/ci/testing/code_quality/: fields that are wrong are ignored without a word.
GITLAB = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32}(-[0-9]+)?$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^(?!\\./|/)."},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}

sarif_validator = Draft4Validator if "draft-04" in Path(sarif_schema).read_text() else Draft7Validator
sarif_validator = sarif_validator(json.loads(Path(sarif_schema).read_text()), format_checker=FormatChecker())
gitlab_validator = Draft7Validator(GITLAB)
junit_validator = etree.XMLSchema(etree.parse(junit_schema))
if not list(sarif_validator.iter_errors({"version": "2.1.0", "runs": [{"tool": {}, "results": []}]})):
    sys.exit("the SARIF schema refuses nothing")
COMMAND = re.compile(r"^::(error|warning|notice) ([a-zA-Z]+=[^,:\r\n]*)(,[a-zA-Z]+=[^,:\r\n]*)*::[^\r\n]+$")


def inputs():
    """Arguments of `render`, with a clean graph first."""
    yield "clean", [str(root / "golden/vllm-disagg/graph.yaml"), "--profile", "eks-p5"]
    for case in sorted(cases.iterdir()):
        if case.name == "neighbours" or case.suffix == ".txt":
            continue
        if case.is_dir():
            words = case / "args"
            words = words.read_text() if words.exists() else "."
            yield case.name, [w if w.startswith("--") or i and words.split()[i - 1] == "--profile" else str(case / w)
                              for i, w in enumerate(words.split())]
        else:
            head = case.read_text().splitlines()[:1]
            profile = head[0].removeprefix("# profile: ") if head and head[0].startswith("# profile: ") else None
            yield case.name, [str(case)] + (["--profile", profile] if profile else [])


def check_sarif(text):
    document = json.loads(text)
    yield from (error.message[:200] for error in sarif_validator.iter_errors(document))
    (run,) = document["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    used = {result["ruleId"] for result in run["results"]}
    if set(rules) != used or len(set(rules)) != len(rules):
        yield f"rules {rules} are not the used ones"
    for result in run["results"]:
        if rules[result["ruleIndex"]] != result["ruleId"]:
            yield "a rule's index is wrong"
        place = result["locations"][0]["physicalLocation"]
        uri = place["artifactLocation"]["uri"]
        if uri.startswith(("/", "file:", "./")) or not (root / uri).exists():
            yield f"`{uri}` is no file of the repository"
        if place["region"]["startLine"] < 1:
            yield "lines count from 1"
    prints = [result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]]
    if len(set(prints)) != len(prints):
        yield "fingerprints are not unique"
    return sum("suppressions" not in result for result in run["results"])


def check_gitlab(text):
    document = json.loads(text)
    yield from (error.message[:200] for error in gitlab_validator.iter_errors(document))
    prints = [entry["fingerprint"] for entry in document]
    if len(set(prints)) != len(prints):
        yield "fingerprints are not unique"
    return len(document)


def check_junit(text):
    if not junit_validator.validate(etree.fromstring(text.encode())):
        yield str(junit_validator.error_log.last_error)[:200]
    document = junitparser.JUnitXml.fromstring(text.encode())
    suites = list(document)
    found = 0
    for suite in suites:
        results = [type(result).__name__ for case in suite for result in case.result]
        # What is waived is a skipped test.
        found += results.count("Failure") + sum(1 for case in suite if case.system_out)
        if suite.tests != len(list(suite)) or suite.failures != results.count("Failure"):
            yield f"the sums of {suite.name} are wrong"
    if not suites or sum(suite.tests for suite in suites) == 0:
        yield "no test at all"
    return found


def check_github(text):
    lines = text.splitlines()
    commands = [line for line in lines if line.startswith("::")]
    for line in commands:
        if not COMMAND.match(line):
            yield f"no command: {line[:200]}"
    for kind in ("error", "warning", "notice"):
        if sum(line.startswith(f"::{kind} ") for line in commands) > 10:
            yield f"too many annotations: {kind}"
    if any("##[" in line for line in lines if not line.startswith("::")):
        yield "a line of the log holds a command"
    return len(commands)


def drain(generator):
    problems = []
    while True:
        try:
            problems.append(next(generator))
        except StopIteration as end:
            return problems, end.value


CHECKS = {"sarif": check_sarif, "gitlab": check_gitlab, "junit": check_junit, "github": check_github}


def report(name, form, command):
    """What a run reports in a form, and what is wrong with that."""
    run = subprocess.run([binary, *command], cwd=root, capture_output=True, text=True)
    if run.returncode not in (0, 1, 2):
        sys.exit(f"{name}: exit status {run.returncode}: {run.stderr}")
    file = next((word.split("=")[1] for word in command if word.startswith(f"{form}=")), None)
    problems, count = drain(CHECKS[form](Path(file).read_text() if file else run.stdout))
    for problem in problems:
        print(f"{name} as {form}: {problem}")
    return len(problems), count


passed, failed, findings = 0, 0, dict.fromkeys(CHECKS, 0)
with tempfile.TemporaryDirectory() as directory:
    for name, arguments in inputs():
        counts = {}
        for form in CHECKS:
            command = ["render", *arguments, "--report", f"{form}={directory}/{form}"]
            problems, counts[form] = report(name, form, command)
            passed, failed = passed + (not problems), failed + bool(problems)
            findings[form] += counts[form]
        if len({counts[form] for form in ("sarif", "gitlab", "junit")}) != 1:
            print(f"{name}: the forms do not agree: {counts}")
            failed += 1
# Where findings are the answer, they are on stdout.
for form in CHECKS:
    problems, count = report("all", form, ["validate", "tests/errors", "tests/rules", "--message-format", form])
    passed, failed = passed + (not problems), failed + bool(problems)
    print(f"{count} findings of everything as {form}")

print(", ".join(f"{count} findings as {form}" for form, count in findings.items()))
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0 or findings["sarif"] < 100)
