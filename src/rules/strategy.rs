//! Rules about how a release takes over from the one before it.

use super::rules;

rules! {
    STRATEGY, "strategy", Error,
        "a blue/green release has a live colour, and that colour has a graph",
        "Traffic needs somewhere to go.",
        "docs/releases.md#blue-green";
    LIVE_ON_STANDBY, "live-on-standby", Error,
        "a colour that gets traffic has its full size",
        "A graph on standby may have no pods at all: requests would fail until the first ones have loaded the model.",
        "docs/releases.md#blue-green";
    STANDBY_SIZE, "standby-size", Note,
        "a colour on standby has few replicas of every component, or none, and nothing scales it",
        "It holds its objects ready without holding accelerators.",
        "docs/releases.md#blue-green";
    COLOR_NAME, "color-name", Note,
        "the two graphs of a release are named for it and their colour",
        "Frontends find workers by the beginning of the Dynamo namespace, so neither name may begin with the other.",
        "ai-dynamo/dynamo lib/llm/src/namespace.rs";
    COLOR_CACHE, "color-cache", Note,
        "each colour has its own cache of compiled kernels",
        "Kernels that one version compiled may not load in another one.",
        "https://docs.vllm.ai/en/latest/design/torch_compile.html";
    COLORS_SHARE_NODE, "colors-share-node", Error,
        "a volume that one node mounts is not shared by two graphs",
        "Pods of the second colour on another node wait for ever, and no colour is ready when it must be.",
        "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes";
    COLORS_GLOBAL, "colors-global", Error,
        "no component of a blue/green release is in the global Dynamo namespace",
        "Workers of both colours register in one namespace there, and every frontend takes them all.",
        "ai-dynamo/dynamo lib/llm/src/namespace.rs";
    PROMOTION, "promotion", Error,
        "traffic moves only to a graph that is there, and a graph goes only when it has none",
        "One field of the release moves the traffic; a change that would leave requests without an answer is not made.",
        "docs/releases.md#promote-roll-back-retire";
}
