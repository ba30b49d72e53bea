// Runs the gates of a rendered tree: their queries by Prometheus' own engine over made-up series, and their
// conditions by the language that Argo Rollouts evaluates them with. Every other query of the tree is parsed.
//
//	main TREE
package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	"sigs.k8s.io/yaml"
)

const step = 15 * time.Second

type metric struct {
	Name             string `json:"name"`
	SuccessCondition string `json:"successCondition"`
	FailureCondition string `json:"failureCondition"`
	Provider         struct {
		Prometheus struct {
			Query string `json:"query"`
		} `json:"prometheus"`
	} `json:"provider"`
}

type object struct {
	Kind     string `json:"kind"`
	Metadata struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Spec struct {
		Query   string   `json:"query"`
		Metrics []metric `json:"metrics"`
		Groups  []struct {
			Rules []struct {
				Expr string `json:"expr"`
			} `json:"rules"`
		} `json:"groups"`
		Triggers []struct {
			Metadata map[string]string `json:"metadata"`
		} `json:"triggers"`
	} `json:"spec"`
}

// What the graph does: at each step, given the seconds since the beginning.
type story struct {
	name string
	// Requests a second, the share that fails, seconds to the first token and between tokens.
	rate, failing, first, between float64
	// Seconds, before the end, in which there is no worker.
	outage [2]float64
	// What each metric is to say.
	want map[string]string
}

var stories = []story{
	{"good", 10, 0, 0.4, 0.02, [2]float64{}, map[string]string{
		"time-to-first-token": "success", "inter-token-latency": "success", "error-ratio": "success", "recovery": "success"}},
	{"slow", 10, 0, 8, 0.3, [2]float64{}, map[string]string{
		"time-to-first-token": "failure", "inter-token-latency": "failure", "error-ratio": "success", "recovery": "success"}},
	{"failing", 10, 0.2, 0.4, 0.02, [2]float64{}, map[string]string{
		"time-to-first-token": "success", "error-ratio": "failure", "recovery": "success"}},
	{"a few fail", 10, 0.05, 0.4, 0.02, [2]float64{}, map[string]string{"error-ratio": "success"}},
	{"no requests", 0, 0, 0.4, 0.02, [2]float64{}, map[string]string{
		"time-to-first-token": "inconclusive", "inter-token-latency": "inconclusive", "error-ratio": "inconclusive", "recovery": "success"}},
	{"45 s without workers", 10, 0, 0.4, 0.02, [2]float64{75, 30}, map[string]string{"recovery": "success"}},
	{"90 s without workers", 10, 0, 0.4, 0.02, [2]float64{120, 30}, map[string]string{"recovery": "failure"}},
}

func main() {
	passed, failed := 0, 0
	expect := func(ok bool, format string, arguments ...any) {
		if ok {
			passed++
			return
		}
		failed++
		fmt.Printf(format+"\n", arguments...)
	}
	var gate *object
	check(filepath.Walk(os.Args[1], func(path string, info os.FileInfo, err error) error {
		if err != nil || !strings.HasSuffix(path, ".yaml") {
			return err
		}
		text, err := os.ReadFile(path)
		check(err)
		var one object
		if yaml.Unmarshal(text, &one) != nil {
			return nil
		}
		queries := []string{}
		switch one.Kind {
		case "AnalysisTemplate":
			for _, metric := range one.Spec.Metrics {
				queries = append(queries, metric.Provider.Prometheus.Query)
			}
			if strings.Contains(one.Metadata.Name, "green") {
				gate = &one
			}
		case "MetricTemplate":
			queries = append(queries, one.Spec.Query)
		case "PrometheusRule":
			for _, group := range one.Spec.Groups {
				for _, rule := range group.Rules {
					queries = append(queries, rule.Expr)
				}
			}
		case "ScaledObject":
			for _, trigger := range one.Spec.Triggers {
				queries = append(queries, trigger.Metadata["query"])
			}
		}
		for _, query := range queries {
			_, err := parser.ParseExpr(query)
			expect(err == nil, "%s: %v: %s", path, err, query)
		}
		return nil
	}))
	if gate == nil {
		check(fmt.Errorf("no AnalysisTemplate in %s", os.Args[1]))
	}
	for _, story := range stories {
		results := story.tell(gate.Spec.Metrics)
		for name, want := range story.want {
			expect(results[name] == want, "%s: %s is %s, not %s", story.name, name, results[name], want)
		}
	}
	fmt.Printf("%d passed, %d failed\n", passed, failed)
	if failed > 0 {
		os.Exit(1)
	}
}

// What each metric says at the end of the story.
func (s story) tell(metrics []metric) map[string]string {
	directory, err := os.MkdirTemp("", "series")
	check(err)
	defer os.RemoveAll(directory)
	db, err := tsdb.Open(directory, nil, nil, tsdb.DefaultOptions(), nil)
	check(err)
	defer db.Close()
	end := time.Unix(1_700_000_000, 0)
	length := 20 * time.Minute
	appender := db.Appender(context.Background())
	add := func(at time.Time, name string, value float64, pairs ...string) {
		all := append([]string{labels.MetricName, name, "namespace", "chat", "job", "qwen3-32b-green"}, pairs...)
		_, err := appender.Append(storage.SeriesRef(0), labels.FromStrings(all...), at.UnixMilli(), value)
		check(err)
	}
	bounds := []float64{0.01, 0.02, 0.05, 0.1, 0.5, 1, 1.5, 5, 10}
	for at := end.Add(-length); !at.After(end); at = at.Add(step) {
		seconds := at.Sub(end.Add(-length)).Seconds()
		left := end.Sub(at).Seconds()
		up := 1.0
		if s.outage[0] > 0 && left < s.outage[0] && left >= s.outage[1] {
			up = 0
		}
		add(at, "up", up, "endpoint", "system", "pod", "a")
		count := s.rate * seconds
		add(at, "dynamo_frontend_requests_total", count*(1-s.failing), "model", "m", "status", "success")
		if s.failing > 0 {
			add(at, "dynamo_frontend_requests_total", count*s.failing, "model", "m", "status", "error")
		}
		for name, value := range map[string]float64{"time_to_first_token_seconds": s.first, "inter_token_latency_seconds": s.between} {
			for _, bound := range append(bounds, math.Inf(1)) {
				below := 0.0
				if value <= bound {
					below = count
				}
				add(at, "dynamo_frontend_"+name+"_bucket", below, "model", "m", "le", fmt.Sprint(bound))
			}
		}
	}
	check(appender.Commit())
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 1_000_000, Timeout: time.Minute, LookbackDelta: 5 * time.Minute})
	said := map[string]string{}
	for _, metric := range metrics {
		query, err := engine.NewInstantQuery(context.Background(), db, nil, metric.Provider.Prometheus.Query, end)
		check(err)
		result := query.Exec(context.Background())
		check(result.Err)
		vector, err := result.Vector()
		check(err)
		values := []float64{}
		for _, sample := range vector {
			values = append(values, sample.F)
		}
		// As Argo Rollouts does: what is neither good nor bad is inconclusive.
		holds := func(condition string) bool {
			environment := map[string]any{"result": values, "isNaN": math.IsNaN}
			program, err := expr.Compile(condition, expr.Env(environment), expr.AsBool())
			check(err)
			answer, err := expr.Run(program, environment)
			check(err)
			return answer.(bool)
		}
		good, bad := holds(metric.SuccessCondition), holds(metric.FailureCondition)
		switch {
		case good && !bad:
			said[metric.Name] = "success"
		case bad && !good:
			said[metric.Name] = "failure"
		default:
			said[metric.Name] = "inconclusive"
		}
		query.Close()
	}
	return said
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
