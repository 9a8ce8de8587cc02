package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// scale measures all curves through the C library, and leaves scale.md and scale.svg.
func scale(dir, library string, size size, rounds int, log io.Writer) error {
	found, err := programs(dir, library, []string{"c"})
	if err != nil {
		return err
	}
	all := curves()
	for _, c := range all {
		fmt.Fprintln(log, c.title)
		if err := c.measure(found[0], size, rounds); err != nil {
			return err
		}
	}
	file, err := os.Create(filepath.Join(dir, "scale.md"))
	if err != nil {
		return err
	}
	defer file.Close()
	for _, c := range all {
		if err := writeCurve(io.MultiWriter(os.Stdout, file), c); err != nil {
			return err
		}
	}
	if err := drawCurves(filepath.Join(dir, "scale.svg"), all); err != nil {
		return err
	}
	return file.Close()
}
