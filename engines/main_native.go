//go:build !wasip1

// The same program without WebAssembly, for tests that compare: one request a line, one answer a line.
package main

import (
	"bufio"
	"encoding/json"
	"os"
)

// line is a request with the inputs over which its program is evaluated.
type line struct {
	Program json.RawMessage `json:"program"`
	Inputs  []string        `json:"inputs"`
}

// lineAnswer is what was said of the compilation and of each input.
type lineAnswer struct {
	Compiled answer   `json:"compiled"`
	Answers  []answer `json:"answers"`
}

func main() {
	out := json.NewEncoder(os.Stdout)
	in := json.NewDecoder(bufio.NewReader(os.Stdin))
	for in.More() {
		var asked line
		if err := in.Decode(&asked); err != nil {
			os.Exit(2)
		}
		said := lineAnswer{Compiled: prepareProgram(0, asked.Program), Answers: []answer{}}
		if said.Compiled.Fault == nil && said.Compiled.Broken == "" {
			for _, input := range asked.Inputs {
				said.Answers = append(said.Answers, evaluateProgram(0, []byte(input)))
			}
		}
		if err := out.Encode(said); err != nil {
			os.Exit(2)
		}
	}
}
