//! Rules about how requests reach a graph.

use super::rules;

rules! {
    OBJECT_ADDRESS, "object-address", Note,
        "a release that is exposed, or has two graphs, has an address that stays",
        "Callers inside the cluster keep one name while graphs come and go behind it; the graph that is not live has one too, to be tried before it gets traffic. The Service of the operator is named after the graph.",
        "docs/releases.md#exposure";
    OBJECT_INGRESS, "object-ingress", Note,
        "an exposed graph gets an Ingress where the cluster has those",
        "Time-outs, health checks and buffering are said in each controller's own words: their defaults cut long answers off after 30 to 60 seconds.",
        "https://kubernetes.io/docs/concepts/services-networking/ingress/";
    OBJECT_ROUTE, "object-route", Note,
        "an exposed graph gets a route where the cluster has a Gateway",
        "Both colours are backends all the time and only their weights change, so that moving the traffic waits for no new backend.",
        "https://gateway-api.sigs.k8s.io/guides/traffic-splitting/";
    OBJECT_BACKEND_POLICY, "object-backend-policy", Note,
        "a backend of Google's Gateways gets a health check and a time-out",
        "Without them the load balancer asks `/` for health, which a frontend does not answer, and ends answers after 30 seconds.",
        "https://cloud.google.com/kubernetes-engine/docs/how-to/configure-gateway-resources";
    EXPOSURE_CERTIFICATE, "exposure-certificate", Note,
        "the certificate of the hosts is in a Secret",
        "The release names the Secret, or an issuer of cert-manager that fills one.",
        "https://cert-manager.io/docs/usage/certificate/";
    EXPOSURE_FRONTEND, "exposure-frontend", Error,
        "only a graph with a frontend can be exposed",
        "Requests come in through a frontend, or through the sidecars of an endpoint picker's workers.",
        "ai-dynamo/dynamo deploy/operator/internal/dynamo/graph.go";
    EXPOSURE_KIND, "exposure-kind", Error,
        "an exposure says how requests get in, or the profile does",
        "Nothing in a cluster tells which of its doors is meant.",
        "docs/releases.md#exposure";
    EXPOSURE_HOST, "exposure-host", Error,
        "host names and paths are ones that a request can have",
        "A host name stands in one entry only, and a path starts with `/`.",
        "https://kubernetes.io/docs/concepts/services-networking/ingress/#hostname-wildcards";
    EXPOSURE_TLS, "exposure-tls", Warning,
        "what the internet reaches has a certificate that its entry can use",
        "Prompts and answers are private, and so are API keys. Each kind of entry takes certificates from somewhere else.",
        "docs/releases.md#exposure";
    EXPOSURE_TIMEOUT, "exposure-timeout", Warning,
        "an answer gets the time that its load balancer can give",
        "A longer time-out is cut to the longest that the load balancer takes, and answers end with it.",
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html";
    EXPOSURE_CLASS, "exposure-class", Note,
        "an entry should use a class that stays supported",
        "Application routing of AKS with NGINX gets no more fixes after November 2026.",
        "https://learn.microsoft.com/azure/aks/app-routing";
    EXPOSURE_CAPABILITY, "exposure-capability", Error,
        "an entry needs what the profile says the cluster has",
        "Objects of a kind that the cluster does not know are refused.",
        "docs/releases.md#exposure";
    CANARY_ROUTE, "canary-route", Error,
        "a canary needs an entry that can send a part of the requests elsewhere",
        "A weight that nothing obeys would look like a canary that gets no errors.",
        "docs/releases.md#canary";
}
