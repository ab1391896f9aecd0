package main

import "unsafe"

// keptBytes is the largest buffer that is kept for the next input.
const keptBytes = 1 << 20

// incoming is where the host writes; outgoing is what it reads. Both stay referenced until the next call.
var incoming, outgoing []byte

func main() {}

// reserve gives the host a place for an input.
//
//go:wasmexport reserve
func reserve(size int32) unsafe.Pointer {
	if cap(incoming) < int(size) {
		incoming = make([]byte, max(int(size), 4096))
	}
	return unsafe.Pointer(unsafe.SliceData(incoming))
}

// prepare compiles the request in the first bytes of the reserved place.
//
//go:wasmexport prepare
func prepare(id, size int32) int64 {
	return told(prepareProgram(id, incoming[:size]))
}

// evaluate asks a program about the input in the first bytes of the reserved place.
//
//go:wasmexport evaluate
func evaluate(id, size int32) int64 {
	return told(evaluateProgram(id, incoming[:size]))
}

// release forgets a program.
//
//go:wasmexport release
func release(id int32) {
	delete(programs, id)
}

// told gives an answer as address and size in one number.
func told(said answer) int64 {
	outgoing = encoded(said)
	if cap(incoming) > keptBytes {
		incoming = nil
	}
	return int64(uintptr(unsafe.Pointer(unsafe.SliceData(outgoing))))<<32 | int64(len(outgoing))
}
