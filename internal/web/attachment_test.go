package web

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"quid/internal/store"
)

// attach sends a file as the form of the page does.
func (b *workbench) attach(path, key, content string) sight {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	file, err := w.CreateFormFile("file", "../../etc/passwd.html")
	if err == nil {
		_, err = file.Write([]byte(content))
	}
	if err == nil {
		err = w.WriteField("key", key)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		b.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+path, &body)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	return b.do(r)
}

// A file of an entry is handed out so that it can do nothing, is no other
// customer's, and is gone when it was thrown away.
func TestAFileOfAnEntryDoesNothing(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	ids := b.customersNamed("Meier Pumpen GmbH", "Huber Antriebe AG")
	entry := b.sync(phoneEntry{Key: "a", Customer: fmt.Sprint(ids[0]), Type: b.serviceID("hotline"), Day: "2026-11-22", Minutes: 20})[0].Booked.Entry
	b.get(entry).says(t, http.StatusOK, "Meier Pumpen GmbH", "24 min", "Nothing is attached yet")

	const script = "\xff\xd8\xff\xe0<script>alert(1)</script>"
	b.attach(entry+"/files", "f1", script).says(t, http.StatusOK, "Throw away")
	b.attach(entry+"/files", "f1", script)
	b.attach(entry+"/files", "f2", "%PDF-1.7 <script>").says(t, http.StatusOK, "File 2")
	b.attach(entry+"/files", "f3", "<html>").says(t, http.StatusUnprocessableEntity, "only pictures")
	b.attach(entry+"/files", "f4", "\xff\xd8\xff"+strings.Repeat("x", 6<<20)).says(t, http.StatusUnprocessableEntity, "at most 5 MB")
	b.lang = "de"
	b.attach(entry+"/files", "f3", "<html>").says(t, http.StatusUnprocessableEntity, "nur Bilder")

	files, err := b.app.DB.Read().AttachmentsOf(t.Context(), ids[0])
	if err != nil || len(files) != 2 {
		t.Fatalf("kept is %+v, %v", files, err)
	}
	for i, want := range []string{`inline; filename="quid-%d.jpg"`, `attachment; filename="quid-%d.pdf"`} {
		a := b.get(attachmentPath(files[i]))
		h := a.Header
		if a.Status != http.StatusOK || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Content-Security-Policy") != "default-src 'none'; sandbox" ||
			h.Get("Content-Disposition") != fmt.Sprintf(want, files[i].ID) || h.Get("Content-Type") != files[i].Media || !strings.Contains(h.Get("Cache-Control"), "no-store") {
			t.Errorf("file %d: %d %v", i, a.Status, h)
		}
	}
	if a := b.get(attachmentPath(files[0])); a.Body != script {
		t.Errorf("the file is %q", a.Body)
	}
	other := files[0]
	other.Customer = ids[1]
	for _, path := range []string{attachmentPath(other), "/attachments/x/1", "/entries/1/1", entryPath(store.Ref{Customer: ids[1], ID: files[0].Entry})} {
		if a := b.get(path); a.Status != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", path, a.Status)
		}
	}
	if a := b.get(attachmentPath(files[0]) + "/drop"); a.Status == http.StatusOK {
		t.Error("a GET throws the file away")
	}
	b.post(attachmentPath(files[0])+"/drop", nil).says(t, http.StatusOK, "Datei 1")
	if a := b.get(attachmentPath(files[0])); a.Status != http.StatusNotFound {
		t.Errorf("what was thrown away is still there: %d", a.Status)
	}
}
