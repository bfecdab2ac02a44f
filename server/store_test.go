package server

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"inkstone/tracker"
)

// submit sends a form as a browser does, and returns the status and the text of the page that it leads to.
func (b *bench) submit(path string, form url.Values, header ...string) (int, string) {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.server.URL+path, strings.NewReader(form.Encode()))
	b.must(err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	answer, err := b.server.Client().Do(request)
	b.must(err)
	defer answer.Body.Close()
	var text strings.Builder
	_, err = io.Copy(&text, answer.Body)
	b.must(err)
	return answer.StatusCode, text.String()
}

// store reads the page of the store as programs do.
func (b *bench) storePage() (d storeData) {
	b.t.Helper()
	_, _, text := b.get("/store", "Accept", "application/json")
	b.must(json.Unmarshal([]byte(text), &d))
	return d
}

// settled waits for the end of what goes on.
func (b *bench) settled() *taskData {
	b.t.Helper()
	for give := time.Now().Add(20 * time.Second); time.Now().Before(give); time.Sleep(5 * time.Millisecond) {
		if d := b.storePage(); d.Task != nil && !d.Task.Running() {
			return d.Task
		}
	}
	b.t.Fatal("it does not end")
	return nil
}

func TestAnEmptyStoreTeachesUpkeep(t *testing.T) {
	b := newBench(t, "")
	_, _, text := b.get("/store")
	for _, want := range []string{"No check is known", "Check now", "No backup of this store is known", "inkstone backup FOLDER", "inkstone collect", "inkstone token create", b.store.Dir(), "nobody", "schema"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q:\n%s", want, text)
		}
	}
}

func TestTheStoreIsCheckedFromItsPage(t *testing.T) {
	b := newBench(t, "other")
	b.finish()
	if status, _ := b.submit("/store/check", nil); status != http.StatusOK {
		t.Fatalf("status %d", status)
	}
	if task := b.settled(); task.Kind != "check" || task.Error != "" || task.Ended.IsZero() {
		t.Errorf("got %+v", task)
	}
	_, _, text := b.get("/store")
	if !strings.Contains(text, "found everything sound: 4 runs") || !strings.Contains(text, `<span class="big">sound</span>`) {
		t.Errorf("the page says\n%s", text)
	}
	t.Run("what is damaged is named", func(t *testing.T) {
		b.must(b.store.KeepCheck(tracker.Report{Findings: []tracker.Finding{{Where: "chunk 3 of val/loss", What: "its checksum is wrong", Lost: true}}}, time.Second))
		_, _, text := b.get("/store")
		if !strings.Contains(text, "chunk 3 of val/loss") || !strings.Contains(text, `<span class="big">damaged</span>`) {
			t.Errorf("the page says\n%s", text)
		}
	})
}

func TestBackupsFromThePage(t *testing.T) {
	b := newBench(t, "other")
	folder := b.store.Dir() + "-backups"
	for _, name := range []string{"", "../out", "a/b", "/tmp/x", ".hidden", "..", strings.Repeat("n", 200)} {
		if status, text := b.submit("/store/backup", url.Values{"name": {name}}, "Accept", "application/json"); status != http.StatusBadRequest || !strings.Contains(text, "letters, digits") {
			t.Errorf("a backup named %q: status %d, %s", name, status, text)
		}
	}
	if status, text := b.submit("/store/backup", url.Values{"name": {"first"}}, "Accept", "application/json"); status != http.StatusOK || text != "{}\n" {
		t.Fatalf("status %d, %s", status, text)
	}
	if task := b.settled(); task.Kind != "backup" || task.Error != "" {
		t.Fatalf("got %+v", task)
	}
	if _, err := os.Stat(filepath.Join(folder, "first", "inkstone.db")); err != nil {
		t.Error(err)
	}
	_, _, text := b.get("/store")
	if !strings.Contains(text, filepath.Join(folder, "first")) || !strings.Contains(text, "sound when made") {
		t.Errorf("the page says\n%s", text)
	}
	if status, text := b.submit("/store/backup", url.Values{"name": {"first"}}, "Accept", "application/json"); status != http.StatusConflict || !strings.Contains(text, "another name") {
		t.Errorf("a second one: status %d, %s", status, text)
	}
}

func TestDeletedRunsComeBackFromThePage(t *testing.T) {
	b := newBench(t, "other")
	run := b.runs["other/2"].ID
	b.must(b.store.DeleteRuns(t.Context(), []string{run}))
	if d := b.storePage(); d.DeletedTotal != 1 || len(d.Deleted) != 1 || d.Deleted[0].ID != run {
		t.Fatalf("got %+v", d.Deleted)
	}
	if _, _, text := b.get("/store"); !strings.Contains(text, "study/other/2") {
		t.Errorf("the page says\n%s", text)
	}
	if status, _ := b.submit("/store/undelete", url.Values{"run": {run}}); status != http.StatusOK {
		t.Errorf("status %d", status)
	}
	if d := b.storePage(); d.DeletedTotal != 0 {
		t.Errorf("got %+v", d.Deleted)
	}
	if status, text := b.submit("/store/undelete", nil, "Accept", "application/json"); status != http.StatusBadRequest || !strings.Contains(text, "no run was chosen") {
		t.Errorf("status %d, %s", status, text)
	}
}

func TestTokensAreRevokedFromThePage(t *testing.T) {
	b := newBench(t, "")
	_, _, err := b.store.CreateToken(t.Context(), "wall", tracker.RoleRead, time.Time{})
	b.must(err)
	if d := b.storePage(); len(d.Tokens) != 1 || d.Tokens[0].Name != "wall" || d.TokensAsked || !d.Visitor.May {
		t.Fatalf("got %+v", d)
	}
	if status, _ := b.submit("/store/revoke", url.Values{"name": {"wall"}}); status != http.StatusOK {
		t.Errorf("status %d", status)
	}
	if d := b.storePage(); len(d.Tokens) != 0 {
		t.Errorf("got %+v", d.Tokens)
	}
}

func TestOneThingAtATime(t *testing.T) {
	u := &upkeep{}
	begun := make(chan struct{})
	work := func(ctx context.Context, progress func(done, total int)) error {
		progress(3, 7)
		close(begun)
		<-ctx.Done()
		return ctx.Err()
	}
	if err := u.begin("check", "", work); err != nil {
		t.Fatal(err)
	}
	<-begun
	if task := u.task(); !task.Running() || task.Done != 3 || task.Total != 7 {
		t.Errorf("got %+v", task)
	}
	if err := u.begin("backup", "", work); statusOf(err) != http.StatusConflict {
		t.Errorf("a second one: %v", err)
	}
	u.close()
	if task := u.task(); task.Running() || !task.Stopped || task.Error != "" {
		t.Errorf("stopped: %+v", task)
	}
	if err := u.begin("check", "", work); err == nil {
		t.Error("it begins behind the end")
	}
}

// TestTheOwnerIsNamed asks a server whose process looks after the store.
func TestTheOwnerIsNamed(t *testing.T) {
	b := newBench(t, "")
	release, _, err := b.store.LockOwner()
	b.must(err)
	defer release()
	if d := b.storePage(); d.Owner == nil || !d.Owner.Here || d.Owner.Process != os.Getpid() {
		t.Errorf("got %+v", d.Owner)
	}
}
