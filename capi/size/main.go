// Command size says how large libposthog.so is and what it is made of, and fails when it has grown too large:
//
//	go run ./capi/size build/libposthog.so build/c/libposthog-names.so
//
// The second file is the same build with its symbols, which tell the packages code and data belong to.
package main

import (
	"debug/elf"
	"fmt"
	"os"
	"strings"

	"github.com/libposthog/libposthog/tests/size"
)

// maxSize is the most the library may weigh, in bytes.
const maxSize = 10_000_000

func main() {
	if len(os.Args) != 3 {
		size.Fail(fmt.Errorf("usage: size LIBRARY LIBRARY_WITH_SYMBOLS"))
	}
	shipped, err := os.Stat(os.Args[1])
	size.Fail(err)
	fmt.Printf("%s: %d bytes (at most %d)\n", os.Args[1], shipped.Size(), maxSize)
	size.Fail(report(os.Args[2], shipped.Size()))
	if shipped.Size() > maxSize {
		size.Fail(fmt.Errorf("%s is %d bytes too large", os.Args[1], shipped.Size()-maxSize))
	}
}

// report prints the bytes of code and data by dependency.
func report(path string, total int64) error {
	file, err := elf.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	symbols, err := file.Symbols()
	if err != nil {
		return err
	}
	owners, err := size.Owners("./capi")
	if err != nil {
		return err
	}
	shares := map[string]int64{}
	for _, s := range symbols {
		if s.Section >= elf.SHN_LORESERVE || int(s.Section) >= len(file.Sections) ||
			file.Sections[s.Section].Type == elf.SHT_NOBITS {
			continue // takes no room in the file
		}
		shares[owner(owners, s.Name)] += int64(s.Size)
	}
	fmt.Print("\ncode and data by dependency:\n\n")
	size.Print(shares, total, "relocations, types, strings and line tables")
	return nil
}

// owner finds the package a symbol belongs to: its name is the import path, a dot and the rest.
func owner(owners map[string]string, symbol string) string {
	name, _, _ := strings.Cut(symbol, "[") // type arguments name other packages
	for end := len(name); end > 0; end = strings.LastIndexByte(name[:end], '.') {
		if owner, known := owners[strings.TrimPrefix(name[:end], "type:*")]; known {
			return owner
		}
	}
	return "C code and tables of the linker"
}
