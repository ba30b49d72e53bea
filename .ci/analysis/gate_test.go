// Does a gate open and shut when it must? What `graphwright render` makes of golden/analysis is asked of
// Prometheus' own engine over recorded series, and its answers are judged by Argo Rollouts' own evaluator.
//
// GATES is the rendered tree, TREES are the folders whose PromQL is parsed.
package analysis

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/template"
	"time"

	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	"github.com/argoproj/argo-rollouts/utils/evaluate"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/storage"
	"github.com/sirupsen/logrus"
	"sigs.k8s.io/yaml"
)

const (
	labels = `namespace="chat", job="qwen3-32b-green"`
	// How long the recorded series are.
	minutes = 60
	// When a run starts.
	start = 10 * time.Minute
)

// One model's requests: so many a second, of which shares are slow and fail.
type requests struct {
	model      string
	rate       float64
	slow       float64 // share whose first token takes 2.5 to 5 seconds
	stuttering float64 // share of gaps between tokens of 0.25 to 0.5 seconds
	failing    float64
	// Whether there is a counter of failed requests at all.
	counted bool
}

// An outage of one component, in seconds after the start of the series.
type outage struct {
	component    string
	from, length float64
	// Whether its pods are gone, and not only silent.
	gone bool
}

// What Prometheus has seen, in promqltest's words.
func series(every int, traffic []requests, outages []outage) string {
	samples := minutes * 60 / every
	text := fmt.Sprintf("load %ds\n", every)
	counter := func(name, more string, perSecond float64) {
		text += fmt.Sprintf("  %s{%s, %s} 0+%gx%d\n", name, labels, more, perSecond*float64(every), samples)
	}
	for _, one := range traffic {
		model := fmt.Sprintf("model=%q", one.model)
		ok := one.rate * (1 - one.failing)
		counter("dynamo_frontend_requests_total", model+`, status="success"`, ok)
		if one.counted {
			counter("dynamo_frontend_requests_total", model+`, status="error"`, one.rate*one.failing)
		}
		histogram := func(name string, rate, above float64, bounds [3]string) {
			for i, le := range append(bounds[:], "+Inf") {
				share := 1.0
				if i < 2 {
					share = 1 - above
				}
				counter("dynamo_frontend_"+name+"_bucket", fmt.Sprintf("%s, le=%q", model, le), rate*share)
			}
		}
		histogram("time_to_first_token_seconds", one.rate, one.slow, [3]string{"0.5", "2.5", "5"})
		histogram("inter_token_latency_seconds", one.rate*100, one.stuttering, [3]string{"0.05", "0.25", "0.5"})
	}
	for _, component := range []string{"frontend", "prefill", "decode"} {
		where := `endpoint="http"`
		if component != "frontend" {
			where = fmt.Sprintf(`endpoint="system", nvidia_com_dynamo_component=%q`, component)
		}
		var values []string
		was := false
		for i := 0; i <= samples; i++ {
			at := float64(i * every)
			value := "1"
			var now bool
			for _, o := range outages {
				if o.component == component && at >= o.from && at < o.from+o.length {
					now = true
					value = "0"
					if o.gone && was {
						value = "_"
					} else if o.gone {
						value = "stale"
					}
				}
			}
			was = now
			values = append(values, value)
		}
		text += fmt.Sprintf("  up{%s, %s} %s\n", labels, where, strings.Join(values, " "))
	}
	return text
}

var engine *promql.Engine

func ask(t *testing.T, at time.Duration, store storage.Queryable, query string) []float64 {
	t.Helper()
	asked, err := engine.NewInstantQuery(context.Background(), store, nil, query, time.Unix(0, 0).Add(at))
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer asked.Close()
	answer := asked.Exec(context.Background())
	vector, err := answer.Vector()
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	values := make([]float64, 0, len(vector))
	for _, sample := range vector {
		values = append(values, sample.F)
	}
	return values
}

func read[T any](t *testing.T, pattern string) []T {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(os.Getenv("GATES"), pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: no such files (%v)", pattern, err)
	}
	var all []T
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var one T
		if err := yaml.UnmarshalStrict(text, &one); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all = append(all, one)
	}
	return all
}

func gate(t *testing.T) v1alpha1.AnalysisTemplate {
	return read[v1alpha1.AnalysisTemplate](t, "gke-rollouts/*/*/analysistemplate-qwen3-32b-green-gate.yaml")[0]
}

// How a metric ends: by its limits, once it has as many measurements as it wants.
func run(t *testing.T, metric v1alpha1.Metric, store storage.Queryable, begin time.Duration) (v1alpha1.AnalysisPhase, [][]float64) {
	t.Helper()
	duration := func(text v1alpha1.DurationString) time.Duration {
		length, err := text.Duration()
		if err != nil {
			t.Fatal(err)
		}
		return length
	}
	failed, unclear := 0, 0
	var answers [][]float64
	for i := range metric.Count.IntValue() {
		at := begin + duration(metric.InitialDelay) + time.Duration(i)*duration(metric.Interval)
		answer := ask(t, at, store, metric.Provider.Prometheus.Query)
		answers = append(answers, answer)
		phase, err := evaluate.EvaluateResult(answer, metric, *logrus.NewEntry(logrus.New()))
		if err != nil {
			t.Fatalf("%s: %v: %v", metric.Name, answer, err)
		}
		switch phase {
		case v1alpha1.AnalysisPhaseFailed:
			failed++
		case v1alpha1.AnalysisPhaseInconclusive:
			unclear++
		}
		if failed > metric.FailureLimit.IntValue() {
			return v1alpha1.AnalysisPhaseFailed, answers
		}
		if unclear > metric.InconclusiveLimit.IntValue() {
			return v1alpha1.AnalysisPhaseInconclusive, answers
		}
	}
	return v1alpha1.AnalysisPhaseSuccessful, answers
}

var good = requests{model: "m", rate: 10, counted: true}

type situation struct {
	name    string
	traffic []requests
	outages []outage
	// Whether it is about outages alone, and has no requests.
	isOutage bool
	// How metrics end that do not end well.
	ends map[string]v1alpha1.AnalysisPhase
}

func with(base requests, change func(*requests)) requests {
	change(&base)
	return base
}

func situations() []situation {
	failed, unclear := v1alpha1.AnalysisPhaseFailed, v1alpha1.AnalysisPhaseInconclusive
	const first, gaps, errors = "time-to-first-token", "inter-token-latency", "error-ratio"
	nothing := map[string]v1alpha1.AnalysisPhase{first: unclear, gaps: unclear, errors: unclear}
	all := []situation{
		{name: "good", traffic: []requests{good}},
		{name: "no request ever failed", traffic: []requests{with(good, func(r *requests) { r.counted = false })}},
		{name: "some requests fail", traffic: []requests{with(good, func(r *requests) { r.failing = 0.09 })}},
		{name: "too many requests fail", traffic: []requests{with(good, func(r *requests) { r.failing = 0.11 })},
			ends: map[string]v1alpha1.AnalysisPhase{errors: failed}},
		{name: "all requests fail", traffic: []requests{with(good, func(r *requests) { r.failing = 1 })},
			ends: map[string]v1alpha1.AnalysisPhase{errors: failed}},
		{name: "some are slow", traffic: []requests{with(good, func(r *requests) { r.slow, r.stuttering = 0.04, 0.04 })},
			ends: map[string]v1alpha1.AnalysisPhase{}},
		{name: "slow to start", traffic: []requests{with(good, func(r *requests) { r.slow = 0.1 })},
			ends: map[string]v1alpha1.AnalysisPhase{first: failed}},
		{name: "slow to go on", traffic: []requests{with(good, func(r *requests) { r.stuttering = 0.1 })},
			ends: map[string]v1alpha1.AnalysisPhase{gaps: failed}},
		{name: "no series", ends: nothing},
		{name: "no requests", traffic: []requests{with(good, func(r *requests) { r.rate = 0 })}, ends: nothing},
		{name: "an idle model beside a good one", traffic: []requests{good, {model: "idle", counted: true}}},
		{name: "a slow model beside a good one",
			traffic: []requests{good, {model: "slow", rate: 1, slow: 0.2, counted: true}},
			ends:    map[string]v1alpha1.AnalysisPhase{first: failed}},
		{name: "a failing model beside a good one",
			traffic: []requests{good, {model: "failing", rate: 0.1, failing: 0.5, counted: true}},
			ends:    map[string]v1alpha1.AnalysisPhase{errors: failed}},
		{name: "never there", traffic: []requests{good},
			outages: []outage{{component: "decode", length: minutes * 60, gone: true}},
			ends:    map[string]v1alpha1.AnalysisPhase{"recovery-decode": failed}},
		{name: "away before the run", traffic: []requests{good},
			outages: []outage{{component: "decode", from: 300, length: 300}}},
	}
	for _, component := range []string{"frontend", "prefill", "decode"} {
		for _, gone := range []bool{false, true} {
			for length, fails := range map[float64]bool{45: false, 60: false, 90: true, 120: true, 300: true} {
				// Wherever it lies between two scrapes and between two measurements.
				for from := 0.0; from < 60; from += 7 {
					one := situation{
						name:     fmt.Sprintf("%s away for %g s from %g, gone %t", component, length, from, gone),
						isOutage: true,
						outages:  []outage{{component: component, from: 1200 + from, length: length, gone: gone}},
					}
					if fails {
						one.ends = map[string]v1alpha1.AnalysisPhase{"recovery-" + component: failed}
					}
					all = append(all, one)
				}
			}
		}
	}
	return all
}

func TestMain(m *testing.M) {
	engine = promql.NewEngine(promql.EngineOpts{MaxSamples: 10_000_000, Timeout: time.Minute, LookbackDelta: 5 * time.Minute})
	os.Exit(m.Run())
}

func TestGatesOfArgoRollouts(t *testing.T) {
	template := gate(t)
	names := map[string]bool{}
	for _, metric := range template.Spec.Metrics {
		names[metric.Name] = true
	}
	for _, every := range []int{15, 30} {
		for _, one := range situations() {
			store := promqltest.LoadedStorage(t, series(every, one.traffic, one.outages))
			for name := range one.ends {
				if !names[name] {
					t.Fatalf("%s: there is no metric %s", one.name, name)
				}
			}
			for _, metric := range template.Spec.Metrics {
				if one.isOutage && !strings.HasPrefix(metric.Name, "recovery-") {
					continue
				}
				expected, ok := one.ends[metric.Name]
				if !ok {
					expected = v1alpha1.AnalysisPhaseSuccessful
				}
				if phase, answers := run(t, metric, store, start); phase != expected {
					t.Errorf("%s, scraped every %d s: %s is %s and not %s: %v", one.name, every, metric.Name, phase, expected, answers)
				}
			}
			store.Close()
		}
	}
}

// What each answer that Prometheus can give counts for.
func TestConditions(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	good, bad, unclear := v1alpha1.AnalysisPhaseSuccessful, v1alpha1.AnalysisPhaseFailed, v1alpha1.AnalysisPhaseInconclusive
	for _, metric := range gate(t).Spec.Metrics {
		limit := map[string]float64{"time-to-first-token": 1.5, "inter-token-latency": 0.1, "error-ratio": 0.1}[metric.Name]
		if strings.HasPrefix(metric.Name, "recovery-") {
			limit = 60
		}
		for _, one := range []struct {
			answer   []float64
			expected v1alpha1.AnalysisPhase
		}{
			{[]float64{}, unclear}, {[]float64{nan}, unclear}, {[]float64{0}, good}, {[]float64{limit}, good},
			{[]float64{limit * 1.001}, bad}, {[]float64{inf}, bad}, {[]float64{0, nan}, unclear},
			{[]float64{nan, limit + 1}, bad}, {[]float64{0, limit + 1}, bad}, {[]float64{0, limit}, good},
		} {
			phase, err := evaluate.EvaluateResult(one.answer, metric, *logrus.NewEntry(logrus.New()))
			if err != nil || phase != one.expected {
				t.Errorf("%s: %v is %s and not %s (%v)", metric.Name, one.answer, phase, one.expected, err)
			}
		}
		if count := metric.Count.IntValue(); metric.FailureLimit.IntValue() >= count || metric.InconclusiveLimit.IntValue() >= count {
			t.Errorf("%s can never fail", metric.Name)
		}
	}
}

type metricTemplate struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name      string            `json:"name"`
		Namespace string            `json:"namespace"`
		Labels    map[string]string `json:"labels"`
	} `json:"metadata"`
	Spec struct {
		Provider struct {
			Type    string `json:"type"`
			Address string `json:"address"`
		} `json:"provider"`
		Query string `json:"query"`
	} `json:"spec"`
}

// A query as Flagger asks it, with the interval of a metric of a Canary.
func flaggerQuery(t *testing.T, query, interval string) string {
	t.Helper()
	parsed, err := template.New("query").Funcs(template.FuncMap{"interval": func() string { return interval }}).Parse(query)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := parsed.Execute(&text, nil); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// Flagger takes the last number of an answer, halts without one, and lets everything pass that is not above
// the largest of the range, what is not a number too.
func TestQuestionsOfFlagger(t *testing.T) {
	const name = "qwen3-32b-green-"
	templates := read[metricTemplate](t, "eks-flagger/*/*/metrictemplate-"+name+"*.yaml")
	limits := map[string]float64{"time-to-first-token": 1.5, "inter-token-latency": 0.1, "error-ratio": 0.1,
		"recovery-frontend": 60, "recovery-prefill": 60, "recovery-decode": 60}
	if len(templates) != len(limits) {
		t.Fatalf("%d templates", len(templates))
	}
	for _, one := range situations() {
		store := promqltest.LoadedStorage(t, series(15, one.traffic, one.outages))
		for _, template := range templates {
			metric := strings.TrimPrefix(template.Metadata.Name, name)
			limit, ok := limits[metric]
			if !ok {
				t.Fatalf("%s has no limit", template.Metadata.Name)
			}
			if one.isOutage && !strings.HasPrefix(metric, "recovery-") {
				continue
			}
			query := flaggerQuery(t, template.Spec.Query, "5m")
			halted := false
			for minute := range 15 {
				answer := ask(t, start+7*time.Minute+time.Duration(minute)*time.Minute, store, query)
				if len(answer) > 1 {
					t.Errorf("%s: %s has the answer %v", one.name, metric, answer)
				}
				halted = halted || len(answer) == 0 || answer[len(answer)-1] > limit
			}
			if _, expected := one.ends[metric]; halted != expected {
				t.Errorf("%s: %s halts: %t", one.name, metric, halted)
			}
		}
		store.Close()
	}
}

// Every PromQL in the rendered examples is one for Prometheus.
func TestPromQL(t *testing.T) {
	parse := parser.NewParser(parser.Options{})
	kinds := map[string]int{}
	check := func(kind, file, query string) {
		kinds[kind]++
		query = strings.NewReplacer("$__rate_interval", "1m", "$__interval", "1m", "$__range", "1h").Replace(query)
		if _, err := parse.ParseExpr(query); err != nil {
			t.Errorf("%s: %s: %v", file, query, err)
		}
	}
	look := func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(file) != ".yaml" {
			return err
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		for _, document := range bytes.Split(text, []byte("\n---\n")) {
			var object map[string]any
			if yaml.Unmarshal(document, &object) != nil {
				continue
			}
			kind, _ := object["kind"].(string)
			found := func(query string) { check(kind, file, query) }
			switch kind {
			case "PrometheusRule":
				texts(object, "expr", found)
			case "AnalysisTemplate":
				texts(object, "query", found)
			case "ScaledObject":
				texts(object, "query", found)
			case "MetricTemplate":
				texts(object, "query", func(query string) { found(flaggerQuery(t, query, "5m")) })
			case "ConfigMap":
				texts(object["data"], "", func(value string) {
					var dashboard any
					if strings.HasPrefix(value, "{") && json.Unmarshal([]byte(value), &dashboard) == nil {
						texts(dashboard, "expr", found)
					}
				})
			}
		}
		return nil
	}
	for _, tree := range filepath.SplitList(os.Getenv("TREES")) {
		if err := filepath.WalkDir(tree, look); err != nil {
			t.Fatal(err)
		}
	}
	for _, kind := range []string{"PrometheusRule", "AnalysisTemplate", "MetricTemplate", "ScaledObject", "ConfigMap"} {
		if kinds[kind] == 0 {
			t.Errorf("no PromQL in any %s", kind)
		}
	}
	t.Logf("parsed: %v", kinds)
}

// Every string under a key, or under any key.
func texts(value any, key string, found func(string)) {
	switch value := value.(type) {
	case map[string]any:
		for name, one := range value {
			if text, ok := one.(string); ok && (key == "" || name == key) {
				found(text)
			}
			texts(one, key, found)
		}
	case []any:
		for _, one := range value {
			texts(one, key, found)
		}
	}
}
