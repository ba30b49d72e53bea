# Looks at the cluster before anything is applied: storage classes, nodes and their devices, secrets, and
# what the profile says is installed. Says for each what is missing and what to do.
#
# EXPECTED  what must be there, as JSON: namespace, storageClasses, pods, secrets, apis, elastic
# API       the API server; the cluster's own if empty
# ACCOUNT   the directory of the service account's files
import http.client
import json
import os
import ssl
import sys
import urllib.error
import urllib.parse
import urllib.request

EXPECTED = json.loads(os.environ["EXPECTED"])
API = os.environ.get("API") or "https://kubernetes.default.svc"
ACCOUNT = os.environ.get("ACCOUNT") or "/var/run/secrets/kubernetes.io/serviceaccount"
SUFFIXES = dict(m=0.001, k=1e3, M=1e6, G=1e9, T=1e12, Ki=2**10, Mi=2**20, Gi=2**30, Ti=2**40)

failures = []


def ok(what):
    print("ok: " + what, flush=True)


def fail(what, help):
    failures.append(what)
    print("failed: %s: %s" % (what, help), flush=True)


def read(name):
    try:
        with open(os.path.join(ACCOUNT, name)) as file:
            return file.read().strip()
    except OSError:
        return ""


def get(path):
    """The object at a path, or the status that says why there is none."""
    headers = dict(Accept="application/json")
    token = read("token")
    if token:
        headers["Authorization"] = "Bearer " + token
    context = None
    if API.startswith("https:"):
        authority = os.path.join(ACCOUNT, "ca.crt")
        context = ssl.create_default_context(cafile=authority if os.path.exists(authority) else None)
    request = urllib.request.Request(API + path, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30, context=context) as answer:
            return json.load(answer), 200
    except urllib.error.HTTPError as error:
        return None, error.code
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        said = " ".join(str(reason).split()) or type(error).__name__
        print("failed: the API server does not answer: %s" % said, flush=True)
        sys.exit(1)


def number(quantity):
    text = str(quantity)
    for length in (2, 1):
        factor = SUFFIXES.get(text[-length:])
        if factor:
            return float(text[:-length]) * factor
    return float(text)


def storage():
    wanted = EXPECTED.get("storageClasses") or []
    if not wanted:
        return
    answer, status = get("/apis/storage.k8s.io/v1/storageclasses")
    if answer is None:
        fail("storage classes cannot be read (%d)" % status, "grant list on storageclasses")
        return
    mark = "storageclass.kubernetes.io/is-default-class"
    names, default = [], []
    for item in answer.get("items") or []:
        metadata = item.get("metadata") or dict()
        names.append(metadata.get("name"))
        if (metadata.get("annotations") or dict()).get(mark) == "true":
            default.append(metadata.get("name"))
    for name in wanted:
        if name and name not in names:
            fail("there is no storage class %s" % name, "make it, or name another one in the profile")
        elif not name and not default:
            fail("there is no default storage class", "mark one with " + mark)
        else:
            ok("storage class %s" % (name or default[0]))


def nodes():
    wanted = EXPECTED.get("pods") or []
    if not wanted:
        return
    answer, status = get("/api/v1/nodes")
    if answer is None:
        fail("nodes cannot be read (%d)" % status, "grant list on nodes")
        return
    found = answer.get("items") or []
    for pod in wanted:
        selector = pod.get("selector") or dict()
        fitting = []
        for node in found:
            labels = (node.get("metadata") or dict()).get("labels") or dict()
            if all(labels.get(key) == value for key, value in selector.items()):
                fitting.append(node)
        said = ", ".join("%s=%s" % pair for pair in sorted(selector.items())) or "any labels"
        if not fitting and EXPECTED.get("elastic"):
            ok("%s: no node with %s yet; nodes come with the first pod" % (pod["name"], said))
            continue
        if not fitting:
            fail("no node for %s has %s" % (pod["name"], said), "add nodes, or correct the profile's pool; say `elastic: true` where the cluster adds them")
            continue
        has_all = True
        amounts = [(key, number(amount)) for key, amount in sorted((pod.get("resources") or dict()).items())]
        for resource, amount in amounts:
            most = max(allocatable(node, resource) for node in fitting)
            if most < amount:
                has_all = False
                device = "the device plugin" if "/" in resource else "the nodes"
                fail(
                    "%s asks for %g %s and a node has %g at most" % (pod["name"], amount, resource, most),
                    "look at %s, or correct the profile's pool" % device,
                )
            else:
                ok("%s: %d nodes, %g %s" % (pod["name"], len(fitting), amount, resource))
        amounts = [(key, amount) for key, amount in amounts if amount > 0]
        if not has_all or not amounts:
            continue
        room = sum(min(allocatable(node, key) // amount for key, amount in amounts) for node in fitting)
        count = pod.get("count") or 1
        if room >= count:
            continue
        what = "%s has %d pods and %d nodes have room for %d" % (pod["name"], count, len(fitting), room)
        if EXPECTED.get("elastic"):
            ok(what + "; nodes come with the first pod")
        else:
            fail(what, "add nodes, or say `elastic: true` where the cluster adds them")


def allocatable(node, resource):
    return number(((node.get("status") or dict()).get("allocatable") or dict()).get(resource, 0))


def secrets():
    namespace = EXPECTED.get("namespace") or read("namespace") or "default"
    for name in EXPECTED.get("secrets") or []:
        path = "/api/v1/namespaces/%s/secrets/%s" % (namespace, urllib.parse.quote(name))
        _, status = get(path)
        if status == 200:
            ok("secret %s" % name)
        elif status == 404:
            fail("there is no secret %s in %s" % (name, namespace), "make it, or declare where it comes from")
        else:
            fail("secret %s cannot be read (%d)" % (name, status), "grant get on it")


def apis():
    for addon, version in sorted((EXPECTED.get("apis") or dict()).items()):
        _, status = get("/apis/" + version)
        if status == 200:
            ok("%s serves %s" % (addon, version))
        elif status == 404:
            fail("%s does not serve %s" % (addon, version), "install it, or correct the profile")
        else:
            fail("%s cannot be asked for %s (%d)" % (addon, version, status), "look at the API server")


for check in (apis, storage, nodes, secrets):
    check()
if failures:
    print("%d checks failed" % len(failures), flush=True)
    sys.exit(1)
