# Waits until the graph lists its model, then asks it for one token. Says why if it cannot.
#
# FRONTEND  the frontend's address, such as http://chat-frontend:8000
# MODEL     the model that must be listed; any if empty
# ASKS      "chat", "completion" or both, with a comma
# TIMEOUT   seconds until the model must be listed
# PAUSE     seconds between two tries
import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.request

FRONTEND = os.environ["FRONTEND"].rstrip("/")
MODEL = os.environ.get("MODEL", "")
ASKS = [ask for ask in os.environ.get("ASKS", "chat").split(",") if ask]
TIMEOUT = float(os.environ.get("TIMEOUT", "1800"))
PAUSE = float(os.environ.get("PAUSE", "5"))
TRIES = 3


def fail(reason):
    print("failed: " + reason, flush=True)
    sys.exit(1)


def call(path, body=None):
    """The answer as JSON, or a reason in one line why there is none, and whether another try may help."""
    data = None if body is None else json.dumps(body).encode()
    headers = dict([("Content-Type", "application/json")])
    request = urllib.request.Request(FRONTEND + path, data, headers)
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            text = answer.read()
    except urllib.error.HTTPError as error:
        again = error.code >= 500 or error.code == 429
        return None, "%s answers %d: %s" % (path, error.code, body_of(error) or error.reason), again
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        said = " ".join(str(reason).split()) or type(error).__name__
        return None, "%s does not answer: %s" % (path, said), True
    try:
        return json.loads(text), None, False
    except ValueError:
        return None, "%s answers something else than JSON" % path, True


def body_of(error):
    """The beginning of what came with an error status, if it can be read."""
    try:
        return " ".join(error.read(300).decode("utf-8", "replace").split())
    except (OSError, http.client.HTTPException):
        return ""


def listed():
    """The names of the models that are listed, or a reason."""
    answer, reason, _ = call("/v1/models")
    if reason:
        return [], reason
    models = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(models, list):
        return [], "/v1/models answers without a list of models"
    names = [model.get("id") for model in models if isinstance(model, dict)]
    return [name for name in names if isinstance(name, str)], None


def wait():
    end = time.monotonic() + TIMEOUT
    said = None
    while True:
        names, reason = listed()
        if MODEL in names or (names and not MODEL):
            return MODEL or names[0]
        if not reason and not names:
            reason = "no model is listed: the frontend is up and sees no worker that is ready"
        if not reason:
            reason = "%s is not listed, only %s" % (MODEL, ", ".join(sorted(names)))
        if reason != said:
            print("waiting: " + reason, flush=True)
            said = reason
        if time.monotonic() + PAUSE > end:
            fail("after %d seconds, %s" % (TIMEOUT, reason))
        time.sleep(PAUSE)


def ask(kind, model):
    if kind == "chat":
        path = "/v1/chat/completions"
        body = dict(messages=[dict(role="user", content="Say yes.")])
    else:
        path = "/v1/completions"
        body = dict(prompt="One, two,")
    body.update(model=model, max_tokens=1, stream=False)
    for left in reversed(range(TRIES)):
        answer, reason, again = call(path, body)
        if not reason:
            choices = answer.get("choices") if isinstance(answer, dict) else None
            if choices and isinstance(choices, list):
                print("ok: %s gives a token" % path, flush=True)
                return
            reason = "%s answers without a choice: %s" % (path, json.dumps(answer)[:300])
        if not again or not left:
            fail(reason)
        print("again: " + reason, flush=True)
        time.sleep(PAUSE)


name = wait()
print("ok: %s is listed" % name, flush=True)
for kind in ASKS:
    ask(kind, name)
