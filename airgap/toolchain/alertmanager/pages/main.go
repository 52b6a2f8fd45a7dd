// Writes Alertmanager's web pages, as a release with compiled ones carries them, into a folder: the layout that the
// servers of later releases serve, with everything but the page itself and its icon below assets/.
package main

import (
	"bytes"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/prometheus/alertmanager/asset"
)

func main() {
	if err := write("/static", os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func write(folder, into string) error {
	dir, err := asset.Assets.Open(folder)
	if err != nil {
		return err
	}
	entries, err := dir.Readdir(-1)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name := folder + "/" + entry.Name()
		if entry.IsDir() {
			err = write(name, into)
		} else {
			err = copyFile(asset.Assets, name, into)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func copyFile(assets http.FileSystem, name, into string) error {
	file, err := assets.Open(name)
	if err != nil {
		return err
	}
	content, err := io.ReadAll(file)
	if err != nil {
		return err
	}
	place := strings.TrimPrefix(name, "/static/")
	switch place {
	case "index.html":
		content = bytes.ReplaceAll(content, []byte(`src="script.js"`), []byte(`src="assets/script.js"`))
	case "script.js":
		content = bytes.ReplaceAll(content, []byte(`"lib/`), []byte(`"assets/lib/`))
		place = "assets/" + place
	case "favicon.ico":
	default:
		place = "assets/" + place
	}
	target := filepath.Join(into, place)
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	return os.WriteFile(target, content, 0o644)
}
