// Command image-registry serves the images of an OCI image layout to a container runtime,
// under their repository names without the registry's host, as a runtime asks a mirror for them.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
)

const referenceName = "org.opencontainers.image.ref.name"

// server keeps the registry's manifests, which live in memory only, in step with the layout's index.
type server struct {
	registry http.Handler
	folder   string
	loading  sync.Mutex
	loaded   time.Time
}

func (s *server) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	if err := s.load(); err != nil {
		log.Print(err)
		http.Error(response, err.Error(), http.StatusInternalServerError)
		return
	}
	s.registry.ServeHTTP(response, request)
}

func (s *server) load() error {
	s.loading.Lock()
	defer s.loading.Unlock()
	stat, err := os.Stat(filepath.Join(s.folder, "index.json"))
	if err != nil || stat.ModTime().Equal(s.loaded) {
		return err
	}
	index, err := layout.ImageIndexFromPath(s.folder)
	if err != nil {
		return err
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return err
	}
	for _, descriptor := range manifest.Manifests {
		if err := s.put(index, descriptor); err != nil {
			return fmt.Errorf("image %q: %w", descriptor.Annotations[referenceName], err)
		}
	}
	s.loaded = stat.ModTime()
	return nil
}

// put stores the manifest only: its blobs lie on the disk that the registry reads.
func (s *server) put(index v1.ImageIndex, descriptor v1.Descriptor) error {
	reference, err := name.ParseReference(descriptor.Annotations[referenceName])
	if err != nil {
		return err
	}
	image, err := index.Image(descriptor.Digest)
	if err != nil {
		return err
	}
	manifest, err := image.RawManifest()
	if err != nil {
		return err
	}
	path := fmt.Sprintf("/v2/%s/manifests/%s", reference.Context().RepositoryStr(), reference.Identifier())
	request := httptest.NewRequest(http.MethodPut, path, bytes.NewReader(manifest))
	request.Header.Set("Content-Type", string(descriptor.MediaType))
	response := httptest.NewRecorder()
	s.registry.ServeHTTP(response, request)
	if response.Code != http.StatusCreated {
		return fmt.Errorf("the registry answered %d: %s", response.Code, response.Body)
	}
	return nil
}

func main() {
	address := flag.String("address", "127.0.0.1:5000", "address to listen on")
	folder := flag.String("layout", "", "folder of the OCI image layout")
	flag.Parse()
	blobs := registry.NewDiskBlobHandler(filepath.Join(*folder, "blobs"))
	quiet := registry.Logger(log.New(io.Discard, "", 0))
	handler := &server{registry: registry.New(registry.WithBlobHandler(blobs), quiet), folder: *folder}
	if err := handler.load(); err != nil {
		log.Fatalf("cannot serve %s: %v", *folder, err)
	}
	log.Printf("serving %s on %s", *folder, *address)
	log.Fatal(http.ListenAndServe(*address, handler))
}
