package pages

import (
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	scaler "golang.org/x/image/draw"
)

// contactSheets puts the pictures in the folder SCREENSHOTS side by side, one
// sheet for each language, theme and width; long ones go on in further sheets.
func contactSheets(t *testing.T) {
	t.Helper()
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		return
	}
	files, err := filepath.Glob(filepath.Join(dir, "*_*_*_*.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	groups := map[string][]string{}
	for _, file := range files {
		parts := strings.SplitN(strings.TrimSuffix(filepath.Base(file), ".jpg"), "_", 2)
		groups[parts[1]] = append(groups[parts[1]], file)
	}
	for group, files := range groups {
		for n := 0; len(files) > 0; n++ {
			most := min(8, len(files))
			if err := sheet(filepath.Join(dir, "sheet-"+group+"-"+strconv.Itoa(n)+".jpg"), files[:most]); err != nil {
				t.Error(err)
			}
			files = files[most:]
		}
	}
}

// sheet draws pictures of at most 1,400 pixels height, 390 wide, in a row.
func sheet(path string, files []string) error {
	const width, height, gap = 390, 1400, 16
	out := image.NewRGBA(image.Rect(0, 0, len(files)*(width+gap), height))
	for n, file := range files {
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		picture, err := jpeg.Decode(f)
		f.Close()
		if err != nil {
			return err
		}
		scaled := picture.Bounds().Dy() * width / picture.Bounds().Dx()
		scaler.ApproxBiLinear.Scale(out, image.Rect(n*(width+gap), 0, n*(width+gap)+width, scaled), picture, picture.Bounds(), scaler.Src, nil)
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return jpeg.Encode(f, out, &jpeg.Options{Quality: 85})
}
