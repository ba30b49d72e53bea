#!/usr/bin/env python3
"""The same manifests checked by us and by kubeconform, in one paired run.

compare.py OURS KUBECONFORM SHARED WORK [RUNS]: paths of the two programs, of the folder with upstream's graphs and
CRDs, and of a folder to work in. Prints tables and writes them to the file that GRAPHWRIGHT_RESULTS names, as JSON.
"""

import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parent.parent.parent
sys.path += [str(ROOT / "benches"), str(ROOT / ".ci/conformance")]
import measure
import mutations

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
        - name: web
          image: registry.example.com/web:1.2.3
          ports:
            - name: http
              containerPort: 8080
          resources:
            requests:
              cpu: 100m
              memory: 64Mi
            limits:
              memory: 128Mi
"""


def main():
    ours, kubeconform, shared, work, *rest = sys.argv[1:]
    runs = int(rest[0]) if rest else 15
    work = pathlib.Path(work)
    schemas, project = work / "schemas", work / "project"
    schemas.mkdir()
    (project / "manifests").mkdir(parents=True)
    (project / ".git").mkdir()
    mutations.built_in_schemas(schemas)
    mutations.kubeconform_schemas(shared, schemas)
    objects = 0
    for index, (_, documents) in enumerate(mutations.rendered(ours, shared)):
        mutations.write(project / f"manifests/{index}.yaml", documents)
        objects += len(documents)
    (project / "deployment.yaml").write_text(DEPLOYMENT)
    crds = sorted(str(path) for path in pathlib.Path(shared, "crds").glob("*.yaml"))
    subprocess.run([ours, "-q", "schema", "import", *crds], cwd=project, check=True)
    os.chdir(project)

    location = ["-schema-location", f"{schemas}/{{{{ .ResourceKind }}}}{{{{ .KindSuffix }}}}.json"]
    theirs = [kubeconform, "-strict", "-n", str(os.cpu_count()), *location]
    mine = [ours, "-q", "validate", "--kubernetes-version", mutations.KUBERNETES]
    name = "graphwright validate"
    results = {}
    for title, paths in ((f"{objects} objects", ["manifests"]), ("one Deployment, cold", ["deployment.yaml"])):
        print(f"\n{title}: median of {runs} runs each, taking turns; load {measure.load():.1f}")
        figures = measure.paired({name: [*mine, *paths], "kubeconform -strict": [*theirs, *paths]}, runs)
        print(measure.table(figures, name))
        if paths == ["manifests"]:
            for one in figures.values():
                print(f"{one.name:44}{objects / one.wall_ms * 1e3:10.0f} objects a second")
        results[title] = measure.as_data(figures)
    if "GRAPHWRIGHT_RESULTS" in os.environ:
        pathlib.Path(os.environ["GRAPHWRIGHT_RESULTS"]).write_text(json.dumps(results, indent=2) + "\n")


main()
