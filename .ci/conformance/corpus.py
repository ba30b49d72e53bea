#!/usr/bin/env python3
"""Renders every upstream graph on every built-in profile and checks what comes out with other people's tools.

Usage: corpus.py GRAPHWRIGHT SHARED

Checks, for each file of SHARED/corpus and each profile that `profile list` shows:
- the command ends with 0, or with 2 and only errors that `expected.json` lists for the file or that say that
  the graph does not fit the profile; never with a panic or a signal;
- every custom resource passes the CRD in SHARED/crds or the JSON Schema in SHARED/crds/catalog, unknown
  fields refused (fastjsonschema);
- every built-in kind passes the schemas of the `kubernetes-validate` package, in strict mode;
- for each file, at least one profile of each cloud renders, or `expected.json` says why not.

Most of upstream's samples have a tag such as `my-tag`, which the webhook refuses since Dynamo 1.5 and so do we. They
are rendered with a version in its place, and once as they are, which must be refused for that alone.

Prints what failed and ends with a line `N passed, N failed`.
"""

import collections
import glob
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import fastjsonschema
import kubernetes_validate
import yaml

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
KUBERNETES = "1.34"
# A graph pinned to nodes a cluster does not have is refused: that is an answer, not a failure.
MISFIT = {"no-pool-fits", "pool-ambiguous", "multinode-orchestrator"}


def is_misfit(code):
    return code in MISFIT or code.startswith("fit-")

HERE = os.path.dirname(os.path.abspath(__file__))


def strict(schema):
    """openAPIV3Schema as strict JSON Schema draft 7: unknown fields refused."""
    if isinstance(schema, list):
        return [strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    out = {
        key: value
        for key, value in schema.items()
        if key not in ("description", "default", "format", "example", "externalDocs")
        and not key.startswith("x-kubernetes-")
    }
    for key in ("properties", "patternProperties", "definitions"):
        if isinstance(schema.get(key), dict):
            out[key] = {name: strict(sub) for name, sub in schema[key].items()}
    for key in ("items", "additionalProperties", "not", "allOf", "anyOf", "oneOf"):
        if key in out:
            out[key] = strict(out[key])
    if "(?i)" in str(out.get("pattern")):
        # Python wants the flag at the start.
        out["pattern"] = "(?i)" + out["pattern"].replace("(?i)", "")
    if schema.get("x-kubernetes-int-or-string"):
        out.pop("anyOf", None)
        out["type"] = ["integer", "string"]
    if out.pop("nullable", False) and isinstance(out.get("type"), str):
        out["type"] = [out["type"], "null"]
    for key, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(out.get(key), bool):
            flag = out.pop(key)
            if flag and bound in out:
                out[key] = out.pop(bound)
    keeps_unknown = schema.get("x-kubernetes-preserve-unknown-fields")
    if "properties" in out and "additionalProperties" not in out and not keeps_unknown:
        out["additionalProperties"] = False
    if schema.get("x-kubernetes-embedded-resource") and "properties" in out:
        for name in ("apiVersion", "kind", "metadata"):
            out["properties"].setdefault(name, {})
    return out


def custom_schemas(shared):
    """(apiVersion, kind) -> compiled validator, made when first asked for."""
    found = {}
    for path in sorted(glob.glob(f"{shared}/crds/*.yaml")):
        for document in yaml.load_all(open(path), Loader):
            if not document or document.get("kind") != "CustomResourceDefinition":
                continue
            spec = document["spec"]
            for version in spec["versions"]:
                key = (f"{spec['group']}/{version['name']}", spec["names"]["kind"])
                found[key] = version["schema"]["openAPIV3Schema"]
    for path in sorted(glob.glob(f"{shared}/crds/catalog/*/*.json")):
        group = os.path.basename(os.path.dirname(path))
        kind, version = os.path.basename(path)[: -len(".json")].rsplit("_", 1)
        found.setdefault((f"{group}/{version}", kind), json.load(open(path)))
    compiled = {}

    def validator(api_version, kind):
        key = (api_version, kind)
        if key not in found:
            key = (api_version, kind.lower())
        if key not in found:
            return None
        if key not in compiled:
            schema = strict(found[key])
            # metadata is the API server's, and openAPIV3Schema leaves it open.
            if "properties" in schema:
                schema["properties"]["metadata"] = {"type": "object"}
            compiled[key] = fastjsonschema.compile(schema)
        return compiled[key]

    return validator


class Checks:
    def __init__(self, shared):
        self.custom = custom_schemas(shared)
        self.seen = {}

    def problems(self, document):
        key = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).digest()
        if key not in self.seen:
            self.seen[key] = self._problems(document)
        return self.seen[key]

    def _problems(self, document):
        api_version, kind = document["apiVersion"], document["kind"]
        name = f"{kind}/{document['metadata']['name']}"
        group = api_version.split("/")[0] if "/" in api_version else ""
        if "." in group and not group.endswith(".k8s.io"):
            validator = self.custom(api_version, kind)
            if validator is None:
                return [f"{name}: no schema for {api_version} {kind}"]
            try:
                validator(document)
            except fastjsonschema.JsonSchemaException as error:
                return [f"{name}: {error.message[:300]}"]
            return []
        try:
            kubernetes_validate.validate(document, KUBERNETES, strict=True)
        except kubernetes_validate.ValidationError as error:
            return [f"{name}: {str(error)[:300]}"]
        except kubernetes_validate.SchemaNotFoundError:
            return [f"{name}: kubernetes-validate has no schema for {api_version} {kind}"]
        return []


PLACEHOLDER = re.compile(r"(image: \S+):(my-tag|latest|<IMAGE_TAG>)$", re.MULTILINE)


def mended(shared, directory):
    """Copies upstream's graphs to a folder with a version in place of placeholder tags. Gives the paths, sorted, and
    which of them had placeholders."""
    paths, changed = [], set()
    for path in sorted(glob.glob(f"{shared}/corpus/**/*.yaml", recursive=True)):
        text = open(path).read()
        good = PLACEHOLDER.sub(r"\1:1.5.0", text)
        copy = os.path.join(directory, os.path.relpath(path, f"{shared}/corpus"))
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        with open(copy, "w") as file:
            file.write(good)
        paths.append(copy)
        if good != text:
            changed.add(copy)
    return paths, changed


def main():
    with tempfile.TemporaryDirectory() as directory:
        run(sys.argv[1], sys.argv[2], directory)


def run(binary, shared, directory):
    """Renders everything and prints what failed."""
    expected = json.load(open(f"{HERE}/expected.json"))
    table = subprocess.run([binary, "profile", "list"], check=True, capture_output=True, text=True).stdout
    columns = [line.split() for line in table.splitlines()[1:]]
    profiles = [{"name": column[0], "provider": column[1].lower()} for column in columns if len(column) > 2]
    corpus, placeholders = mended(shared, directory)
    assert corpus and placeholders, "no corpus"
    jobs = [(path, profile) for path in corpus for profile in profiles]

    def render(job):
        path, profile = job
        return subprocess.run(
            [binary, "render", path, "--profile", profile["name"], "--message-format", "json"],
            capture_output=True,
        )

    checks = Checks(shared)
    passed = failed = objects = misfits = 0
    clouds = collections.defaultdict(set)
    used = collections.defaultdict(set)
    kinds = collections.Counter()

    def fail(path, profile, why):
        nonlocal failed
        failed += 1
        print(f"FAILED {path} on {profile['name']}: {why}")

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for (path, profile), run in zip(jobs, pool.map(render, jobs)):
            short = os.path.relpath(path, directory)
            messages = [json.loads(line) for line in run.stderr.decode().splitlines() if line.startswith("{")]
            errors = [m for m in messages if m["severity"] == "error"]
            if run.returncode not in (0, 1, 2) or b"panicked" in run.stderr:
                fail(short, profile, f"exit {run.returncode}: {run.stderr.decode()[-300:]}")
                continue
            allowed = expected.get(short, {}).get("errors", {})
            unexpected = [m for m in errors if m["code"] not in allowed and not is_misfit(m["code"])]
            if unexpected:
                fail(short, profile, "; ".join(f"{m['code']}: {m['message']}" for m in unexpected[:3]))
                continue
            if run.returncode != 0:
                if not errors:
                    fail(short, profile, f"exit {run.returncode} without an error: {run.stderr.decode()[-300:]}")
                    continue
                used[short].update(m["code"] for m in errors if m["code"] in allowed)
                misfits += any(is_misfit(m["code"]) for m in errors)
                passed += 1
                continue
            documents = list(yaml.load_all(run.stdout, Loader))
            problems = [p for d in documents for p in checks.problems(d)]
            if not documents:
                fail(short, profile, "nothing rendered")
            elif problems:
                fail(short, profile, "; ".join(problems[:3]))
            else:
                passed += 1
                objects += len(documents)
                kinds.update(d["kind"] for d in documents)
                clouds[short].add(profile["provider"])
    for path in sorted(placeholders):
        short = os.path.relpath(path, directory)
        as_it_is = render((f"{shared}/corpus/{short}", profiles[0]))
        messages = [json.loads(line) for line in as_it_is.stderr.decode().splitlines() if line.startswith("{")]
        allowed = expected.get(short, {}).get("errors", {})
        if any(m["code"] == "runtime-version" or m["code"] in allowed for m in messages):
            passed += 1
        else:
            fail(short, profiles[0], "a placeholder for a tag is not refused")
    for path in corpus:
        short = os.path.relpath(path, directory)
        entry = expected.get(short, {})
        stale = set(entry.get("errors", {})) - used[short]
        if stale:
            print(f"FAILED {short}: expected.json lists {sorted(stale)}, which did not occur")
            failed += 1
        if entry.get("errors"):
            continue
        for cloud in ("eks", "aks", "gke"):
            if cloud not in clouds[short] and cloud not in entry.get("noCloud", {}):
                print(f"FAILED {short}: renders on no {cloud} profile")
                failed += 1
    print(f"{len(corpus)} files x {len(profiles)} profiles; {objects} objects valid, {misfits} pairs do not fit")
    print(", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())))
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
