package main

import (
	"encoding/json"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/errors"
	cuejson "cuelang.org/go/encoding/json"
)

// cueProgram is a CUE value with which inputs are unified.
type cueProgram struct {
	context *cue.Context
	policy  cue.Value
	options []cue.Option
}

// compileCue compiles a text. Imports are those of CUE's standard library; there is nowhere to load others from.
func compileCue(wanted request) (program, *fault) {
	compiled := &cueProgram{context: cuecontext.New()}
	switch wanted.Mode {
	case "validate":
		compiled.options = []cue.Option{cue.Final()}
	case "concrete":
		compiled.options = []cue.Option{cue.Final(), cue.Concrete(true)}
	}
	compiled.policy = compiled.context.CompileString(wanted.Source, cue.Filename("policy.cue"))
	if err := compiled.policy.Err(); err != nil {
		return nil, cueFault(err)
	}
	return compiled, nil
}

func (p *cueProgram) evaluate(input []byte) answer {
	// CUE is more than JSON: what is no JSON must not be read as CUE
	if !json.Valid(input) {
		return answer{Error: "the input is no JSON"}
	}
	expression, err := cuejson.Extract("input.json", input)
	if err != nil {
		return answer{Error: err.Error()}
	}
	data := p.context.BuildExpr(expression)
	if err := data.Err(); err != nil {
		return answer{Error: err.Error()}
	}
	result := p.policy.Unify(data)
	if err := result.Err(); err != nil {
		return answer{Error: err.Error()}
	}
	if err := result.Validate(p.options...); err != nil {
		return answer{Error: err.Error()}
	}
	return value(true)
}

// cueFault tells of the first error what is wrong, and of the first error with a position in the policy where.
func cueFault(err error) *fault {
	why := &fault{Message: err.Error()}
	for _, one := range errors.Errors(err) {
		for _, position := range errors.Positions(one) {
			if position.Filename() == "policy.cue" && position.Line() > 0 {
				why.Line, why.Column = position.Line(), position.Column()
				return why
			}
		}
	}
	return why
}
