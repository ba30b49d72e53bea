//! Rules about how a release is tried: before it is applied, after it, and while it runs.

use super::rules;

rules! {
    OBJECT_SMOKE_TEST, "object-smoke-test", Note,
        "a smoke test waits for the model and asks each graph of full size for a token",
        "A frontend is healthy before any worker is there; only a listed model and an answer show that requests are served. The Job is asked through the graph's own Service, so the colour that is not live is tried before it gets traffic.",
        "ai-dynamo/dynamo lib/llm/src/http/service/health.rs";
    SMOKE_TEST_FRONTEND, "smoke-test-frontend", Warning,
        "a smoke test asks a graph that has a frontend",
        "Without one nothing answers requests, so no Job is rendered.",
        "docs/releases.md#smoke-tests-preflight-and-health";
    OBJECT_PREFLIGHT, "object-preflight", Note,
        "a preflight looks for what the release needs from the cluster",
        "Storage classes, nodes with their devices, secrets and add-ons are outside of the manifests; without one of them pods wait and say little.",
        "ai-dynamo/dynamo deploy/pre-deployment/pre-deployment-check.sh";
    JOB_HOOK, "job-hook", Note,
        "with Argo CD a Job is a hook, elsewhere it is named after what it tries",
        "Jobs cannot be changed. A hook is made anew at every sync; otherwise a name with a hash makes a new Job when what it tries or its own pod changes, and Flux can wait for it.",
        "https://argo-cd.readthedocs.io/en/stable/user-guide/resource_hooks/";
    JOB_IMAGE, "job-image", Error,
        "the Jobs of a release need an image with Python 3",
        "They run a script with the interpreter of the frontend's image; a graph whose frontend names no image leaves them without one.",
        "docs/releases.md#smoke-tests-preflight-and-health";
    PREFLIGHT_NAMESPACE, "preflight-namespace", Warning,
        "a preflight runs where its namespace exists already",
        "Argo CD runs hooks before it applies the release's own namespace.",
        "https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#create-namespace";
    HEALTH_CANARY, "health-canary", Note,
        "an idle worker is asked for a token now and then, in the words of its engine",
        "An engine that hangs keeps its process alive. The answer decides about liveness too, whose default ends a pod after one failure; with it, it takes six.",
        "ai-dynamo/dynamo lib/bindings/python/src/dynamo/health_check.py";
    HEALTH_CANARY_UNKNOWN, "health-canary-unknown", Warning,
        "a worker can only be asked in the words of an engine that is known",
        "The runtime's own default is used where the engine has one.",
        "ai-dynamo/dynamo components/src/dynamo/vllm/health_check.py";
    HEALTH_STARTUP, "health-startup", Note,
        "a worker may take as long to start as its model takes to load",
        "The default gives every worker two hours, after which one that hangs is noticed. Two bytes a parameter, read at 0.25 GB a second, twice over, and ten minutes for the engine, is generous for a network file system. These figures are an assumption of this tool's own; `startupSeconds` takes their place.",
        "docs/releases.md#smoke-tests-preflight-and-health";
}
