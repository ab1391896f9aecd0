module assay.example/engines

go 1.25

require (
	cuelang.org/go v0.15.1
	github.com/open-policy-agent/opa v1.4.2
)
