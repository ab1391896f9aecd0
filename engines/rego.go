package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
)

// reaching are the functions that ask the network: a policy that calls one does not compile.
var reaching = map[string]struct{}{
	ast.HTTPSend.Name:        {},
	ast.NetLookupIPAddr.Name: {},
}

// regoProgram is a module with a query, ready to be asked.
type regoProgram struct {
	query rego.PreparedEvalQuery
}

func compileRego(wanted request) (program, *fault) {
	version := ast.RegoV1
	if wanted.Version == "v0" {
		version = ast.RegoV0
	}
	capabilities := ast.CapabilitiesForThisVersion(ast.CapabilitiesRegoVersion(version))
	capabilities.AllowNet = []string{} // no schema is fetched
	query, err := rego.New(
		rego.Query(wanted.Query),
		rego.Module("policy.rego", wanted.Source),
		rego.SetRegoVersion(version),
		rego.Capabilities(capabilities),
		rego.UnsafeBuiltins(reaching),
	).PrepareForEval(context.Background())
	if err != nil {
		return nil, regoFault(err)
	}
	return &regoProgram{query: query}, nil
}

func (p *regoProgram) evaluate(input []byte) answer {
	var document any
	decoder := json.NewDecoder(bytes.NewReader(input))
	decoder.UseNumber()
	if err := decoder.Decode(&document); err != nil {
		return answer{Error: err.Error()}
	}
	if _, err := decoder.Token(); err != io.EOF {
		return answer{Error: "the input is more than one JSON value"}
	}
	results, err := p.query.Eval(context.Background(), rego.EvalInput(document))
	if err != nil {
		return answer{Error: err.Error()}
	}
	if len(results) == 0 || len(results[0].Expressions) == 0 {
		return answer{} // undefined
	}
	return value(results[0].Expressions[0].Value)
}

// regoFault tells where the first error is. Errors of parsing come in a list that does not unwrap.
func regoFault(err error) *fault {
	why := &fault{Message: err.Error()}
	if one := firstOf(err); one != nil && one.Location != nil {
		why.Line, why.Column = one.Location.Row, one.Location.Col
	}
	return why
}

func firstOf(err error) *ast.Error {
	switch several := err.(type) {
	case *ast.Error:
		return several
	case ast.Errors:
		if len(several) > 0 {
			return several[0]
		}
	case rego.Errors:
		for _, each := range several {
			if one := firstOf(each); one != nil {
				return one
			}
		}
	}
	return nil
}
