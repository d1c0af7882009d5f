// Reads Nomad jobs in JSON with the types that Nomad itself publishes for them, and prints what its server would make of them.
// A name that the types do not have, or a value of another type, is an error: the exit status is 1.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/hashicorp/nomad/api"
)

func main() {
	for _, file := range os.Args[1:] {
		if err := check(file); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", file, err)
			os.Exit(1)
		}
	}
}

func check(file string) error {
	data, err := os.Open(file)
	if err != nil {
		return err
	}
	defer data.Close()
	var request struct{ Job *api.Job }
	decoder := json.NewDecoder(data)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&request); err != nil {
		return err
	}
	if request.Job == nil || request.Job.ID == nil {
		return fmt.Errorf("no job with an ID")
	}
	request.Job.Canonicalize()
	return json.NewEncoder(os.Stdout).Encode(request.Job)
}
