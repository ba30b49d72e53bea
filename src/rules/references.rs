//! Rules about objects that refer to one another.

use super::rules;

rules! {
    REFERENCE_MISSING, "reference-missing", Warning,
        "an object that is referred to should be among those applied, or be declared to exist",
        "Pods wait for ever for a claim, a ConfigMap, a Secret or an account that nobody makes. Render it, put it beside the graph, or list it under `existing` in the release or the profile.",
        "https://kubernetes.io/docs/concepts/configuration/configmap/#using-configmaps-as-files-from-a-pod";
    REFERENCE_KEY, "reference-key", Error,
        "a key that is read must be in the ConfigMap or Secret that is applied with it",
        "The container never starts otherwise.",
        "https://kubernetes.io/docs/tasks/configure-pod-container/configure-pod-configmap/#restrictions";
    REFERENCE_PORT, "reference-port", Error,
        "a port of a Service that is referred to must be one of its ports",
        "Requests are answered by an error otherwise.",
        "https://kubernetes.io/docs/concepts/services-networking/ingress/#resource-backend";
    SELECTOR_EMPTY, "selector-empty", Warning,
        "a selector should match pods that are applied with it",
        "A budget, monitor, policy or Service for pods that do not exist does nothing, and says nothing.",
        "https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors";
    MONITOR_TARGET, "monitor-target", Warning,
        "a PodMonitor should name a port that the pods it selects have",
        "Prometheus finds no target otherwise, and nothing is scraped.",
        "https://prometheus-operator.dev/docs/developer/getting-started/#using-podmonitors";
}
