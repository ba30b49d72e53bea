//! Rules about what changes the number of a component's replicas.

use super::rules;

rules! {
    SCALING_ADAPTER, "scaling-adapter", Note,
        "a component that is scaled has a scaling adapter, and no replicas in Git",
        "With an adapter the webhook refuses other changes of the replicas; a number in Git would be set back at every sync, or refused.",
        "ai-dynamo/dynamo docs/fern/pages/developer-guide/knowledge-base/kubernetes/kubernetes-operator/autoscaling.md";
    OBJECT_SCALER, "object-scaler", Note,
        "a component that the release scales gets a scaler for its adapter",
        "The adapter has the scale that autoscalers move; neither the graph nor the operator's own objects have one.",
        "ai-dynamo/dynamo docs/fern/pages/developer-guide/knowledge-base/kubernetes/kubernetes-operator/autoscaling.md";
    SCALING_BEHAVIOR, "scaling-behavior", Note,
        "replicas at most double every five minutes, and go one at a time after ten minutes of lower load",
        "A replica takes minutes to load its model, and until then the load looks as if nothing had been added; one that goes too early takes the same minutes to come back. The release can set both windows.",
        "https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#configurable-scaling-behavior";
    SCALING_OWNER, "scaling-owner", Error,
        "one party says how many replicas a component has",
        "A number in Git, a planner and a scaler would each undo what the other one does.",
        "ai-dynamo/dynamo deploy/helm/charts/platform/components/operator/templates/planner.yaml";
    SCALING_METRIC, "scaling-metric", Error,
        "a component is scaled by what is measured of it, between bounds that make sense",
        "A scaler without an answer from its metric leaves the replicas as they are, and nobody notices.",
        "ai-dynamo/dynamo lib/runtime/src/metrics/prometheus_names.rs";
    SCALING_SCALER, "scaling-scaler", Error,
        "the cluster has the scaler, and the scaler its metrics",
        "A ScaledObject needs KEDA and the address of Prometheus; a HorizontalPodAutoscaler needs an adapter that serves Prometheus' metrics.",
        "docs/releases.md#scaling";
    SCALING_UNWATCHED, "scaling-unwatched", Warning,
        "a graph that is scaled has monitors",
        "Scalers ask for series with the labels that the release's monitors give them; without these the replicas stay as they are.",
        "docs/releases.md#scaling";
    SCALING_MAXIMUM, "scaling-maximum", Warning,
        "the cluster has room for the most replicas that scalers may ask for",
        "A scaler that asks for more gets pods that wait, at the time of the highest load.",
        "docs/releases.md#scaling";
    SCALER_TARGET, "scaler-target", Error,
        "a scaler of a graph moves a scaling adapter that the graph has",
        "Graphs have no scale of their own, the operator sets back what it owns, and an adapter is made only for components with `scalingAdapter`.",
        "ai-dynamo/dynamo docs/fern/pages/developer-guide/knowledge-base/kubernetes/kubernetes-operator/autoscaling.md";
    SCALER_TWICE, "scaler-twice", Error,
        "one scaler moves a target",
        "Two would each undo what the other one does.",
        "https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/";
}
