package intake

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

func isArchive(name string) bool {
	return hasEnding(name, ".zip", ".tar", ".tar.gz", ".tgz")
}

// isOther reports whether a file is an archive that nobody reads here.
func isOther(name string) bool {
	return hasEnding(name, ".rar", ".7z", ".gz", ".xz", ".txz", ".bz2", ".tbz2", ".zst", ".lz4", ".jar", ".iso")
}

func hasEnding(name string, endings ...string) bool {
	for _, ending := range endings {
		if strings.HasSuffix(strings.ToLower(name), ending) {
			return true
		}
	}
	return false
}

// archive reads an archive in the reader's folder.
func (r *reader) archive(s Submission, name string) Submission {
	f, err := r.root.Open(name)
	if err != nil {
		s.settle(err)
		return s
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		s.settle(err)
		return s
	}
	c := newCollector(r.exercises, r.known)
	s.settle(unpack(f, info.Size(), c))
	c.finish(&s)
	return s
}

// unpack collects the files of an archive, whose format its first bytes tell.
func unpack(f io.ReaderAt, size int64, c *collector) error {
	if size > maxArchive {
		return refusal(fmt.Sprintf("the archive is larger than %d MiB: hand in the exercises only", maxArchive>>20))
	}
	if size == 0 {
		return refusal("the archive is empty")
	}
	head := make([]byte, 4)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	all := io.NewSectionReader(f, 0, size)
	switch head = head[:n]; {
	case bytes.HasPrefix(head, []byte("PK")):
		return unzip(f, size, c)
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		plain, err := gzip.NewReader(all)
		if err != nil {
			return damaged(err)
		}
		return untar(&limited{plain, maxUnpacked}, c)
	}
	return untar(all, c)
}

// damaged is the refusal of an archive that breaks its format. An error of the
// disk stays what it is.
func damaged(err error) error {
	var refused refusal
	var disk *fs.PathError
	if err == nil || errors.As(err, &refused) || errors.As(err, &disk) {
		return err
	}
	return refusal("the archive is damaged: " + err.Error())
}

func unzip(f io.ReaderAt, size int64, c *collector) error {
	z, err := zip.NewReader(f, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // see clean
		return damaged(err)
	}
	for _, file := range z.File {
		if strings.HasSuffix(file.Name, "/") {
			continue
		}
		e := entry{name: file.Name, kind: kindOf(file.Mode()), time: file.Modified, open: file.Open}
		if file.Flags&1 != 0 {
			e.kind = encrypted
		}
		if err := c.add(e); err != nil {
			return err
		}
	}
	return nil
}

func kindOf(mode fs.FileMode) kind {
	switch {
	case mode&fs.ModeSymlink != 0:
		return link
	case !mode.IsRegular():
		return device
	}
	return regular
}

func untar(r io.Reader, c *collector) error {
	archive := tar.NewReader(r)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) { // see clean
			return damaged(err)
		}
		if header.Typeflag == tar.TypeDir {
			if c.entries++; c.entries < maxEntries {
				continue
			}
		}
		e := entry{name: header.Name, kind: device, time: header.ModTime,
			open: func() (io.ReadCloser, error) { return io.NopCloser(archive), nil }}
		switch header.Typeflag {
		case tar.TypeReg:
			e.kind = regular
		case tar.TypeLink, tar.TypeSymlink:
			e.kind = link
		}
		if err := c.add(e); err != nil {
			return damaged(err)
		}
	}
}

// A limited reader refuses an archive that becomes too large.
type limited struct {
	r    io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, refusal(fmt.Sprintf("the archive unpacks to more than %d MiB: hand in the exercises only", maxUnpacked>>20))
	}
	return n, err
}
