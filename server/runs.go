package server

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"inkstone/tracker"
	"inkstone/tracker/filter"
)

// runsData is a window of the list of runs, and what asked for it.
type runsData struct {
	runsAsked
	Total int `json:"total"`
	// Version is that of the store at which the runs stand in this order; Offset is where the window begins.
	Version int64        `json:"version"`
	Offset  int          `json:"offset"`
	Limit   int          `json:"limit"`
	Columns []runsColumn `json:"columns"`
	Runs    []runsRow    `json:"runs"` // without their specs and attempts
	// Next is where the next page begins for programs that go through all runs; "" on the last.
	Next   string      `json:"next,omitempty"`
	Groups []runsGroup `json:"groups,omitempty"`
	// Anchor is where a run stands that was asked about, -1 if it is not among these.
	Anchor   int            `json:"anchor"`
	Saved    []savedView    `json:"-"`
	Mistakes []mistakeView  `json:"-"`
	Mistake  string         `json:"-"` // of the groups
	Choices  []columnChoice `json:"-"`
	Change   *bulkChange    `json:"-"`
	Empty    bool           `json:"-"` // the store has no run at all
	// Moves tells that runs come, go and change places with the values that they record.
	Moves bool `json:"-"`
}

// The rows of a page, unless a limit is asked for, and the most of them.
const (
	usualRuns = 100
	mostRuns  = 1000
)

// runs answers GET /runs.
func (s *Server) runs(r *http.Request) (view, error) {
	d, err := s.readRuns(r)
	if mistakes := mistakesOf(err, d.runsAsked); len(mistakes) > 0 && !wantsJSON(r) {
		d.Mistakes, err = mistakes, nil
	}
	if err == nil && !wantsJSON(r) {
		err = s.furnish(r, &d)
	}
	return view{"runs", "Runs", d}, err
}

// readRuns reads the window that a request asks for.
func (s *Server) readRuns(r *http.Request) (runsData, error) {
	ctx := r.Context()
	d := runsData{runsAsked: askedRuns(r), Runs: []runsRow{}, Columns: []runsColumn{}, Anchor: -1}
	d.Limit, d.Offset = min(max(formInt(r, "limit", usualRuns), 1), mostRuns), max(formInt(r, "offset", 0), 0)
	q, err := s.Store.ParseQuery(ctx, d.Where, d.Sort)
	if err != nil {
		return d, err
	}
	version, _ := strconv.ParseInt(r.FormValue("as_of"), 10, 64)
	ordering, err := s.orders.at(ctx, d.runsAsked, q, version)
	if err != nil {
		return d, err
	}
	d.Moves = moves(q)
	d.Version, d.Total = ordering.Version, ordering.Len()
	d.Offset = min(d.Offset, max(d.Total-1, 0))
	if d.Columns, err = s.columnsOf(ctx, d.runsAsked, q, ordering); err != nil {
		return d, err
	}
	if d.Group != "" {
		return d, s.readGroups(ctx, &d, q)
	}
	if anchor := r.FormValue("anchor"); anchor != "" {
		if d.Anchor, err = s.Store.IndexOf(ctx, ordering, anchor); err != nil {
			return d, err
		}
	}
	window, err := s.readWindow(ctx, r, &d, q, ordering)
	if err != nil {
		return d, err
	}
	d.alignAs(r.FormValue("places"), window)
	d.Runs = rowsOf(d.Offset, window, d.Columns)
	ids := make([]string, len(d.Runs))
	for i, run := range d.Runs {
		ids[i] = run.ID
	}
	return d, s.addUnits(ctx, d.Columns, ids)
}

// moves tells whether a metric filters or orders.
func moves(q tracker.Query) bool {
	found := q.Order != nil && q.Order.Operand.Kind == filter.Metric
	filter.Operands(q.Where, func(o filter.Operand) { found = found || o.Kind == filter.Metric })
	return found
}

// readWindow reads by place, or, for programs that go through all, by the key of the page before, which stays right however
// much is recorded meanwhile.
func (s *Server) readWindow(ctx context.Context, r *http.Request, d *runsData, q tracker.Query, o *tracker.Ordering) ([]tracker.Row, error) {
	columns := operandsOf(d.Columns)
	if !wantsJSON(r) || r.Form.Has("offset") {
		return s.Store.Window(ctx, o, d.Offset, d.Offset+d.Limit, columns)
	}
	q.After, q.Limit = r.FormValue("after"), d.Limit
	page, err := s.Store.Query(ctx, q)
	if err != nil {
		return nil, err
	}
	d.Next = page.Next
	return s.Store.Rows(ctx, page.Runs, columns)
}

// alignAs takes the places of numbers from a page that goes on, or from a window.
func (d *runsData) alignAs(places string, window []tracker.Row) {
	if places == "" {
		alignColumns(d.Columns, window)
		return
	}
	for i, text := range strings.Split(places, ",") {
		if n, err := strconv.Atoi(text); err == nil && i < len(d.Columns) {
			d.Columns[i].places = min(max(n, 0), longest)
		}
	}
}

// furnish adds what stands around the list in the page.
func (s *Server) furnish(r *http.Request, d *runsData) error {
	var err error
	if d.Saved, err = s.savedViews(r.Context(), d.Query()); err != nil {
		return err
	}
	if d.Total == 0 && len(d.Mistakes) == 0 {
		all, err := s.Store.CountRuns(r.Context(), nil)
		if err != nil {
			return err
		}
		d.Empty = all == 0
	}
	d.Change = s.changes.find(r.FormValue("change"))
	catalog, err := s.Store.Catalog(r.Context())
	d.Choices = columnChoices(catalog, d.Columns)
	return err
}

// runsRows answers GET /runs/rows: a window of rows as they stand in the page, for its script.
func (s *Server) runsRows(w http.ResponseWriter, r *http.Request) error {
	d, err := s.readRuns(r)
	if err != nil {
		return err
	}
	return s.renderPart(w, r, "runs", "runs-window", d)
}

// RowsAddress is where the page's script finds further rows of this list, in its columns.
func (d runsData) RowsAddress() string {
	places := make([]string, len(d.Columns))
	for i, c := range d.Columns {
		places[i] = strconv.Itoa(c.places)
	}
	pinned, others := d.split()
	v := url.Values{"where": {d.Where}, "sort": {d.Sort}, "columns": {listed(others)}, "pinned": {listed(pinned)}, "places": {strings.Join(places, ",")}}
	return "/runs/rows?" + v.Encode()
}

// page is the address of the window that begins at an offset.
func (d runsData) page(offset int) string {
	v := d.values()
	v.Set("offset", strconv.Itoa(max(offset, 0)))
	if d.Limit != usualRuns {
		v.Set("limit", strconv.Itoa(d.Limit))
	}
	return runsAddress(v.Encode())
}

// NextPage is the address of the rows behind these, "" behind the last.
func (d runsData) NextPage() string {
	if d.Offset+len(d.Runs) >= d.Total {
		return ""
	}
	return d.page(d.Offset + d.Limit)
}

// PageBefore is the address of the rows before these, "" before the first.
func (d runsData) PageBefore() string {
	if d.Offset == 0 {
		return ""
	}
	return d.page(d.Offset - d.Limit)
}

// First and Last count the rows of the window from 1.
func (d runsData) First() int { return d.Offset + 1 }

// Last is the number of the window's last row.
func (d runsData) Last() int { return d.Offset + len(d.Runs) }

// Compared is the address that compares all runs of the filter.
func (d runsData) Compared() string {
	v := url.Values{"where": {d.Where}}
	if strings.TrimSpace(d.Where) == "" {
		v.Set("where", "seed is not null")
	}
	if d.Group != "" {
		v.Set("group", groupsForCompare(d.Group))
	}
	return "/compare?" + v.Encode()
}
