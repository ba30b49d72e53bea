// Runs what `graphwright argocd health` and `graphwright flux health` print over recorded objects, with the
// Lua interpreter that Argo CD embeds and with Flux's own evaluator, and compares with what each file says.
//
//	main CONFIGMAP EXPRESSIONS DIRECTORY
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/fluxcd/pkg/apis/kustomize"
	"github.com/fluxcd/pkg/runtime/cel"
	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"
)

func main() {
	scripts := map[string]string{}
	var configMap struct {
		Data map[string]string `json:"data"`
	}
	read(os.Args[1], &configMap)
	for key, script := range configMap.Data {
		scripts[strings.TrimPrefix(key, "resource.customizations.health.")] = script
	}
	expressions := map[string]kustomize.HealthCheckExpressions{}
	var kustomization struct {
		Spec struct {
			HealthCheckExprs []kustomize.CustomHealthCheck `json:"healthCheckExprs"`
		} `json:"spec"`
	}
	read(os.Args[2], &kustomization)
	for _, one := range kustomization.Spec.HealthCheckExprs {
		expressions[schema.FromAPIVersionAndKind(one.APIVersion, one.Kind).GroupKind().String()] = one.HealthCheckExpressions
	}
	files, err := filepath.Glob(filepath.Join(os.Args[3], "*", "*.yaml"))
	check(err)
	passed, failed := 0, 0
	expect := func(file, tool, want, got string) {
		if want == got {
			passed++
			return
		}
		failed++
		fmt.Printf("%s: %s says %s, not %s\n", file, tool, got, want)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		check(err)
		wanted := map[string]string{}
		for _, line := range strings.Split(string(text), "\n") {
			if name, value, ok := strings.Cut(strings.TrimPrefix(line, "# "), ": "); ok && strings.HasPrefix(line, "# ") {
				wanted[name] = value
			}
		}
		json, err := yaml.YAMLToJSON(text)
		check(err)
		u := &unstructured.Unstructured{}
		check(u.UnmarshalJSON(json))
		object := u.Object
		gvk := u.GroupVersionKind()
		if want := wanted["argocd"]; want != "" {
			expect(file, "Argo CD", want, argo(scripts[gvk.Group+"_"+gvk.Kind], object))
		}
		if want := wanted["flux"]; want != "" {
			exprs, ok := expressions[gvk.GroupKind().String()]
			if !ok {
				check(fmt.Errorf("%s: no expressions", file))
			}
			expect(file, "Flux", want, flux(exprs, u))
		}
	}
	fmt.Printf("%d passed, %d failed\n", passed, failed)
	if failed > 0 || passed == 0 {
		os.Exit(1)
	}
}

// As Argo CD runs it: only the libraries that it opens, and the object as `obj`.
func argo(script string, object map[string]any) string {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for name, open := range map[string]lua.LGFunction{lua.BaseLibName: lua.OpenBase, lua.TabLibName: lua.OpenTable} {
		check(state.CallByParam(lua.P{Fn: state.NewFunction(open), NRet: 0, Protect: true}, lua.LString(name)))
	}
	state.SetGlobal("obj", value(state, object))
	if err := state.DoString(script); err != nil {
		return "error " + err.Error()
	}
	table, ok := state.Get(-1).(*lua.LTable)
	if !ok {
		return "no table"
	}
	return table.RawGetString("status").String()
}

func value(state *lua.LState, from any) lua.LValue {
	switch from := from.(type) {
	case map[string]any:
		table := state.NewTable()
		for key, item := range from {
			table.RawSetString(key, value(state, item))
		}
		return table
	case []any:
		table := state.NewTable()
		for _, item := range from {
			table.Append(value(state, item))
		}
		return table
	case string:
		return lua.LString(from)
	case bool:
		return lua.LBool(from)
	case int64:
		return lua.LNumber(from)
	case float64:
		return lua.LNumber(from)
	}
	return lua.LNil
}

// As kustomize-controller does it: the generations first, then the expressions. An error is no answer: it asks
// again, so an object without a status is waited for.
func flux(exprs kustomize.HealthCheckExpressions, object *unstructured.Unstructured) string {
	evaluator, err := cel.NewStatusEvaluator(&exprs)
	check(err)
	result, err := evaluator.Evaluate(context.Background(), object)
	if err != nil {
		return "error"
	}
	return string(result.Status)
}

func read(path string, into any) {
	text, err := os.ReadFile(path)
	check(err)
	check(yaml.Unmarshal(text, into))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
