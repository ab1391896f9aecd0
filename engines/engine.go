// The official CUE and Rego engines as one program: policies are compiled once and evaluated over many inputs.
// It has no files, no network and no environment; who runs it bounds its time and memory.
package main

import (
	"encoding/json"
	"fmt"

	_ "time/tzdata" // Rego's time functions know zones, and there are no files to read them from
)

// request is a text and what is asked of it.
type request struct {
	Language string `json:"language"`
	Source   string `json:"source"`
	Mode     string `json:"mode"`    // of CUE: unify, validate or concrete
	Query    string `json:"query"`   // of Rego
	Version  string `json:"version"` // of Rego: v0 or v1
}

// fault is why a text does not compile; line and column count from 1, 0 where the engine does not tell.
type fault struct {
	Message string `json:"message"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
}

// answer is what is said of a compilation or an evaluation; nothing at all of one that went well and has no value.
type answer struct {
	Value  *any   `json:"value,omitempty"`
	Error  string `json:"error,omitempty"`  // of an evaluation
	Fault  *fault `json:"fault,omitempty"`  // of a compilation
	Broken string `json:"broken,omitempty"` // the engine itself failed
}

// program is a compiled text.
type program interface {
	evaluate(input []byte) answer
}

// programs are the compiled texts by the names that the host gave them.
var programs = map[int32]program{}

func prepareProgram(id int32, text []byte) (said answer) {
	defer recoverInto(&said)
	var wanted request
	if err := json.Unmarshal(text, &wanted); err != nil {
		return answer{Broken: err.Error()}
	}
	compiled, why := compile(wanted)
	if why != nil {
		return answer{Fault: why}
	}
	programs[id] = compiled
	return answer{}
}

func compile(wanted request) (program, *fault) {
	switch wanted.Language {
	case "cue":
		return compileCue(wanted)
	case "rego":
		return compileRego(wanted)
	}
	return nil, &fault{Message: fmt.Sprintf("there is no engine for %q", wanted.Language)}
}

func evaluateProgram(id int32, input []byte) (said answer) {
	defer recoverInto(&said)
	compiled, ok := programs[id]
	if !ok {
		return answer{Broken: fmt.Sprintf("there is no program %d", id)}
	}
	return compiled.evaluate(input)
}

// recoverInto turns a panic of an engine into an answer, so that its words reach whoever asked.
func recoverInto(said *answer) {
	if trouble := recover(); trouble != nil {
		*said = answer{Broken: fmt.Sprint(trouble)}
	}
}

func encoded(said answer) []byte {
	text, err := json.Marshal(said)
	if err != nil {
		text, _ = json.Marshal(answer{Broken: err.Error()})
	}
	return text
}

func value(of any) answer {
	return answer{Value: &of}
}
