#!/usr/bin/env python3
"""One graph on one cluster, by us and by kustomize, in one paired run.

compare.py OURS KUBECTL KUSTOMIZE OVERLAY [RUNS]: paths of the three programs and of the overlay. Prints a table and
writes it to the file that GRAPHWRIGHT_RESULTS names, as JSON.
"""

import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
import measure

ROOT = pathlib.Path(__file__).parent.parent.parent


def main():
    ours, kubectl, kustomize, overlay, *rest = sys.argv[1:]
    runs = int(rest[0]) if rest else 31
    example = str(ROOT / "golden/vllm-disagg")
    name = "graphwright render, validated"
    commands = {
        name: [ours, "-q", "render", example, "--profile", "eks-p5"],
        "kubectl kustomize": [kubectl, "kustomize", overlay],
        "kustomize build": [kustomize, "build", overlay],
        "  (/bin/true)": ["/bin/true"],
        "  (graphwright --version)": [ours, "--version"],
        "  (kubectl version --client)": [kubectl, "version", "--client"],
        "  (kustomize version)": [kustomize, "version"],
    }
    for one in list(commands)[:3]:
        made = subprocess.run(commands[one], capture_output=True, check=True).stdout
        kinds = sum(line.startswith(b"kind:") for line in made.splitlines())
        print(f"{one:44}{kinds:4} documents, {len(made)} bytes")
    print(f"\nmedian of {runs} runs each, taking turns, after 2 to warm up; load {measure.load():.1f}\n")
    figures = measure.paired(commands, runs)
    print(measure.table(figures, name))
    results = {"golden/vllm-disagg on eks-p5": measure.as_data(figures)}

    shared = os.environ.get("GRAPHWRIGHT_SHARED", str(ROOT.parent / "shared"))
    base = pathlib.Path(shared, "corpus/recipes/qwen3-32b/vllm/cloud-providers/kustomize/base/deploy.yaml")
    if base.exists():
        title = "upstream's qwen3-32b base on eks-p5"
        alone = measure.paired({title: [ours, "-q", "render", str(base), "--profile", "eks-p5"]}, runs)
        print(measure.table(alone, title).split("\n", 1)[1])
        results[title] = measure.as_data(alone)
    if "GRAPHWRIGHT_RESULTS" in os.environ:
        pathlib.Path(os.environ["GRAPHWRIGHT_RESULTS"]).write_text(json.dumps(results, indent=2) + "\n")


main()
