//! Rules about the gates that a graph passes before it gets more traffic.

use super::rules;

rules! {
    OBJECT_ANALYSIS, "object-analysis", Note,
        "a graph that traffic can move to gets an AnalysisTemplate where the cluster has Argo Rollouts",
        "It asks what the alerts ask, with the same limits, so that a rollout which nobody watches stops where somebody would be woken. It is a template and not an AnalysisRun: a run starts when it is applied, before the traffic has moved, it cannot be changed, and a cluster that is built anew from Git would run old gates again. Whoever moves the traffic starts the run.",
        "https://argo-rollouts.readthedocs.io/en/stable/features/analysis/";
    OBJECT_METRIC_TEMPLATE, "object-metric-template", Note,
        "a graph that traffic can move to gets MetricTemplates where the cluster has Flagger",
        "They ask what the alerts ask, each for one number. No Canary is rendered: Flagger copies Deployments and scales them, which a graph has none of, so a Canary can only watch a Service, with routes of its own.",
        "https://docs.flagger.app/usage/metrics; fluxcd/flagger pkg/canary/service_controller.go";
    ANALYSIS_LIMITS, "analysis-limits", Note,
        "one latency in five may be above its objective, and one measurement in five may find no traffic",
        "A gate that fails at the first outlier is soon ignored, and one that passes without traffic has seen nothing. Failed requests and outages above their limits fail at once.",
        "argoproj/argo-rollouts analysis/analysis.go";
    ANALYSIS_RECOVERY, "analysis-recovery", Note,
        "nothing of a graph is away for more than 60 seconds",
        "That is what upstream asks of a graph that loses a pod. What is counted are the seconds in which no pod of a component answered a scrape, over the time since the last measurement and two minutes more, so that an outage between two measurements is seen whole.",
        "ai-dynamo/dynamo tests/fault_tolerance/deploy/checkers.py";
    ANALYSIS_CAPABILITY, "analysis-capability", Warning,
        "a release that wants gates is on a cluster that can have them",
        "A gate needs Argo Rollouts or Flagger, and metrics of the graph; a rollout that waits for a gate which is not there waits for ever.",
        "docs/releases.md#gates";
    ANALYSIS_PROMETHEUS, "analysis-prometheus", Warning,
        "a cluster with gates says where Prometheus answers",
        "A gate without an address measures nothing, so none is rendered.",
        "docs/releases.md#gates";
}
