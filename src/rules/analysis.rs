//! Rules about the gate of a promotion.

use super::rules;

rules! {
    OBJECT_GATE, "object-gate", Note,
        "a colour of full size gets the questions that decide about its promotion",
        "They are those of the alerts: first-token latency, latency between tokens, the share of errors; and no minute without workers. A graph is no Deployment, so Argo Rollouts and Flagger measure it and somebody else moves the traffic.",
        "https://argo-rollouts.readthedocs.io/en/stable/features/analysis/";
    GATE_PROMETHEUS, "gate-prometheus", Warning,
        "a gate needs the address of Prometheus",
        "An analysis that cannot ask fails every promotion.",
        "docs/releases.md#gates";
}
