// Command yaml-readers reads the cases on stdin as kubectl (sigs.k8s.io/yaml), gopkg.in/yaml.v3 and kustomize
// do, and compares what they see with the data.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	yamlv3 "gopkg.in/yaml.v3"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

type testCase struct {
	YAML    string          `json:"yaml"`
	Data    json.RawMessage `json:"data"`
	Object  bool            `json:"object"`
	Hazards []string        `json:"hazards"`
}

type reader struct {
	name        string
	objectsOnly bool
	read        func(text string) (any, error)
}

func main() {
	log.SetFlags(0)
	exceptions, err := readExceptions(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	var cases []testCase
	input := bufio.NewReader(os.Stdin)
	for {
		line, err := input.ReadBytes('\n')
		if err == io.EOF {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		var c testCase
		if err := json.Unmarshal(line, &c); err != nil {
			log.Fatal(err)
		}
		cases = append(cases, c)
	}
	for _, r := range []reader{
		{"sigs-yaml", false, readSigs},
		{"go-yaml-v3", false, readV3},
		{"kustomize", true, readKustomize},
	} {
		var passed, failed, excepted int
		for _, c := range cases {
			if r.objectsOnly && !c.Object {
				continue
			}
			want, err := decode(c.Data)
			if err != nil {
				log.Fatal(err)
			}
			got, err := r.read(c.YAML)
			switch {
			case err == nil && same(got, want):
				passed++
			case isKnown(exceptions[r.name], c.Hazards):
				excepted++
			default:
				failed++
				if failed <= 10 {
					log.Printf("%s: %q is %s, not %#v (%v)", r.name, c.YAML, c.Data, got, err)
				}
			}
		}
		fmt.Printf("%s\t%d\t%d\t%d\n", r.name, passed, failed, excepted)
	}
}

func readSigs(text string) (any, error) {
	asJSON, err := yaml.YAMLToJSONStrict([]byte(text))
	if err != nil {
		return nil, err
	}
	return decode(asJSON)
}

func readV3(text string) (any, error) {
	var got any
	err := yamlv3.Unmarshal([]byte(text), &got)
	return got, err
}

// readKustomize builds the object as a kustomization's only resource and reads the result as kubectl does.
func readKustomize(text string) (any, error) {
	fs := filesys.MakeFsInMemory()
	if err := fs.WriteFile("kustomization.yaml", []byte("resources:\n  - case.yaml\n")); err != nil {
		return nil, err
	}
	if err := fs.WriteFile("case.yaml", []byte(text)); err != nil {
		return nil, err
	}
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(fs, ".")
	if err != nil {
		return nil, err
	}
	out, err := resources.AsYaml()
	if err != nil {
		return nil, err
	}
	return readSigs(string(out))
}

func decode(text []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var data any
	err := decoder.Decode(&data)
	return data, err
}

func same(got, want any) bool {
	switch want := want.(type) {
	case map[string]any:
		got, ok := got.(map[string]any)
		if !ok || len(got) != len(want) {
			return false
		}
		for key, value := range want {
			other, found := got[key]
			if !found || !same(other, value) {
				return false
			}
		}
		return true
	case []any:
		got, ok := got.([]any)
		if !ok || len(got) != len(want) {
			return false
		}
		for i := range want {
			if !same(got[i], want[i]) {
				return false
			}
		}
		return true
	case json.Number:
		return sameNumber(got, want)
	default:
		return got == want
	}
}

// sameNumber compares integers as integers, as the API server does, and the rest as 64-bit floats.
func sameNumber(got any, want json.Number) bool {
	var number json.Number
	switch got := got.(type) {
	case json.Number:
		number = got
	case int, int64, uint64:
		number = json.Number(fmt.Sprint(got))
	case float64:
		wanted, err := want.Float64()
		return err == nil && got == wanted
	default:
		return false
	}
	if a, err := number.Int64(); err == nil {
		if b, err := want.Int64(); err == nil {
			return a == b
		}
	}
	a, errA := number.Float64()
	b, errB := want.Float64()
	return errA == nil && errB == nil && a == b
}

func readExceptions(path string) (map[string][]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	exceptions := map[string][]string{}
	for _, line := range strings.Split(string(text), "\n") {
		columns := strings.Split(line, "\t")
		if len(columns) == 3 && !strings.HasPrefix(line, "#") {
			exceptions[columns[0]] = append(exceptions[columns[0]], columns[1])
		}
	}
	return exceptions, nil
}

func isKnown(known, hazards []string) bool {
	for _, hazard := range hazards {
		for _, name := range known {
			if hazard == name {
				return true
			}
		}
	}
	return false
}
