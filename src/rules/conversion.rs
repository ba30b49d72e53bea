//! Rules about graphs and the change from one version of their API to the other.

use super::rules;

rules! {
    GRAPH_API_VERSION, "graph-api-version", Error,
        "a graph must be of a version that is known",
        "Only nvidia.com/v1alpha1 and nvidia.com/v1beta1 have a DynamoGraphDeployment.",
        "ai-dynamo/dynamo deploy/operator/config/crd/bases/nvidia.com_dynamographdeployments.yaml";
    GRAPH_TYPE, "graph-type", Error,
        "a field of a graph must hold the kind of value it is declared to hold",
        "A value of another kind cannot be read, so it cannot be carried over.",
        "ai-dynamo/dynamo deploy/operator/config/crd/bases/nvidia.com_dynamographdeployments.yaml";
    GRAPH_UNKNOWN_FIELD, "graph-unknown-field", Error,
        "a field of a graph must be one that its version has",
        "The API server drops unknown fields without a word, so the author's intent would be lost.",
        "ai-dynamo/dynamo deploy/operator/config/crd/bases/nvidia.com_dynamographdeployments.yaml";
    GRAPH_MISSING_FIELD, "graph-missing-field", Error,
        "a graph must give what its version requires",
        "The webhook or the CRD refuses a graph without it.",
        "ai-dynamo/dynamo deploy/operator/internal/webhook/validation/dynamographdeployment.go";
    GRAPH_COMPONENT_NAME, "graph-component-name", Error,
        "every component needs a name of its own",
        "Components are told apart by name, and v1alpha1 has them as keys of a mapping.",
        "ai-dynamo/dynamo deploy/operator/api/v1beta1/dynamographdeployment_types.go";
    GRAPH_NO_COUNTERPART, "graph-no-counterpart", Error,
        "a field that changes what runs must have a counterpart in the other version",
        "Leaving the field out would change the behaviour of the graph without a word.",
        "ai-dynamo/dynamo deploy/operator/api/CONVERSION.md";
    GRAPH_CONFLICT, "graph-conflict", Error,
        "the same thing must not be said twice",
        "The operator keeps one of the two values and drops the other.",
        "ai-dynamo/dynamo deploy/operator/api/v1alpha1/shared_spec_conversion.go";
    GRAPH_QUANTITY, "graph-quantity", Error,
        "a quantity must be one that Kubernetes can read",
        "The operator's own conversion drops quantities it cannot read, and the pod then asks for nothing.",
        "ai-dynamo/dynamo deploy/operator/api/v1alpha1/shared_spec_conversion.go";
    GRAPH_IGNORED_FIELD, "graph-ignored-field", Warning,
        "a field that the operator ignores has no effect",
        "It is left out of the rendered graph; `convert` keeps it for the way back.",
        "ai-dynamo/dynamo deploy/operator/internal/webhook/validation/dynamographdeployment_v1alpha1.go";
    GRAPH_UNCONVERTED, "graph-unconverted", Error,
        "what a conversion kept aside must still fit the graph",
        "The annotation graphwright.dev/unconverted holds what the other version cannot say; it was made for the graph as it was then.",
        "docs/guarantees.md#nothing-is-lost";
}
